// Runs a module of a test in a process of its own, with the built package and what it depends on in reach.
import { fileURLToPath } from 'node:url';
import { type ProcessResult, runProcess } from '../support/run-process.ts';

export const REGISTER = fileURLToPath(new URL('../../dist/register.cjs', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));

/** One call with a known price ($0.00035), as any instrumentation would tell it. */
export const ONE_CALL = `
const { trace } = await import('@opentelemetry/api');
const oneCall = () => trace.getTracer('test').startSpan('chat gpt-4o', { kind: 2, attributes: {
  'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o',
  'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 10,
} }).end();
`;

export interface ModuleOptions {
  /** Data directory. */
  readonly dir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Under the flag. */
  readonly register?: boolean;
}

export function runModule(code: string, { dir, env, register = false }: ModuleOptions): Promise<ProcessResult> {
  const flags = register ? ['--import', REGISTER] : [];
  return runProcess(process.execPath, [...flags, '--input-type=module', '-e', code], {
    cwd: repository,
    env: { AGENT_VITALS_DIR: dir, OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env },
  });
}
