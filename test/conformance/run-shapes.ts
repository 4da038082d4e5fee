// Runs every shape of one SDK in a child process against a provider of its own, and puts together what was seen on both sides of the wire.
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Provider, startProvider } from '../../examples/quickstart/provider/start-provider.js';
import type { TrialRecord } from './child/trial.ts';
import { type JournalSpan, readSpans } from './journal.ts';
import type { SdkRun } from './sdks.ts';

/** What a shape did: compared whole, with and without us. */
export interface Observation extends TrialRecord {
  /** As the server saw them. */
  readonly requests: readonly unknown[];
}

export interface Run {
  readonly observations: ReadonlyMap<string, Observation>;
  /** `endMillis`: from the last line of the script to the end of the process. */
  readonly process: {
    readonly stdout: string;
    readonly stderr: string;
    readonly exitCode: number | null;
    readonly endMillis: number;
  };
  readonly spans: readonly JournalSpan[];
}

export interface RunOptions extends SdkRun {
  /** Flags before the script: how we, or something that behaves badly, come into the process. */
  readonly flags?: readonly string[];
  /** Shapes to run; all when absent. */
  readonly only?: readonly string[];
}

/** Fixed, so that times in answers are equal in two runs. */
const NOW = Date.UTC(2026, 0, 15, 12);
const SOON_MILLIS = 500;
const CLOSE_WITHIN_MILLIS = 3000;
const RUN_WITHIN_MILLIS = 60_000;

export async function runShapes({ alias, format, flags = [], only = [] }: RunOptions): Promise<Run> {
  const provider = await startProvider({ now: () => NOW });
  const directory = await mkdtemp(join(tmpdir(), 'agent-vitals-conformance-'));
  try {
    const child = fork(join(import.meta.dirname, 'child/main.ts'), [alias, format, provider.url, only.join()], {
      cwd: directory,
      env: {
        PATH: process.env.PATH,
        HOME: directory,
        AGENT_VITALS_DIR: join(directory, 'vitals'),
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        CONFORMANCE_SDK: alias,
      },
      execArgv: ['--expose-gc', ...flags],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      timeout: RUN_WITHIN_MILLIS,
      killSignal: 'SIGKILL',
    });
    const output = Promise.all([
      text(child.stdout as NodeJS.ReadableStream),
      text(child.stderr as NodeJS.ReadableStream),
    ]);
    const observations = new Map<string, Observation>();
    let begun = 0;
    let disconnectedAt = 0;
    child.on('disconnect', () => {
      disconnectedAt = performance.now();
      // Old SDKs keep the process alive for as long as the server keeps their connections.
      provider.close().catch(() => child.kill());
    });
    child.on('message', (message: { begin?: string; connection?: true; end?: string; record?: TrialRecord }) => {
      const answer = async () => {
        if (message.begin !== undefined) begun = provider.requests.length;
        if (message.connection) return connectionOf(provider, begun);
        if (message.end !== undefined && message.record !== undefined) {
          const requests = provider.requests
            .slice(begun)
            .map(({ method, path, rawHeaders, body }) => ({ method, path, headers: headersOf(rawHeaders), body }));
          observations.set(message.end, steady({ ...message.record, requests }, provider.url));
        }
        return {};
      };
      // A child that died no longer listens, which its exit code tells.
      answer().then(
        (result) => child.connected && child.send(result),
        () => child.kill(),
      );
    });
    const exitCode = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    const endMillis = performance.now() - disconnectedAt;
    const [stdout, stderr] = (await output).map((printed) => steady(printed, provider.url));
    return {
      observations,
      process: { stdout: stdout ?? '', stderr: stderr ?? '', exitCode, endMillis },
      spans: await readSpans(join(directory, 'vitals/journal')),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** How the connection of the latest request since `begun` ended. */
async function connectionOf(provider: Provider, begun: number) {
  const askedAt = performance.now();
  while (provider.requests.length === begun && performance.now() - askedAt < CLOSE_WITHIN_MILLIS) await sleep(5);
  const given = sleep(CLOSE_WITHIN_MILLIS, { closedEarly: false }, { ref: false });
  const { closedEarly } = await Promise.race([provider.requests.at(-1)?.ended ?? given, given]);
  return { closedEarly, soon: performance.now() - askedAt < SOON_MILLIS };
}

/**
 * Names and values as HTTP means them, whatever their case and order: `@anthropic-ai/sdk` >= 0.134 itself spells them otherwise as soon as
 * any tracer provider is registered.
 */
function headersOf(raw: readonly string[]): string[] {
  const lines = raw.flatMap((name, index) => (index % 2 === 0 ? [`${name.toLowerCase()}: ${raw[index + 1]}`] : []));
  return lines.sort();
}

/** The same with what differs from run to run taken out: the port, ids made of chance, the process id. */
function steady<T>(value: T, url: string): T {
  const json = JSON.stringify(value)
    .replaceAll(new URL(url).host, 'provider')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
    .replaceAll(/\(node:\d+\)/g, '(node:<pid>)');
  return JSON.parse(json) as T;
}
