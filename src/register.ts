// What `--import agent-vitals/register` and `--require agent-vitals/register` load. Must parse and do no harm on any Node.
import { createRequire } from 'node:module';
import { unsupportedNode } from './internal/unsupported-node.ts';

const complaint = unsupportedNode();
if (complaint !== undefined) {
  process.stderr.write(complaint);
} else if (!isOn(process.env.AGENT_VITALS_DISABLED) && !isOn(process.env.OTEL_SDK_DISABLED)) {
  try {
    createRequire(import.meta.url)('./agent-vitals.cjs').start();
  } catch (error) {
    process.stderr.write(`agent-vitals: could not start, the app runs without it: ${String(error).split('\n')[0]}\n`);
  }
}

/** As OpenTelemetry reads a boolean variable, and `1` besides. */
function isOn(value: string | undefined): boolean {
  return ['true', '1'].includes(value?.trim().toLowerCase() ?? '');
}
