// An app that does what a test tells it, step by step.
import type { BackendStatus } from '../../src/backends/backend.ts';
import { type ProcessOptions, type ProcessResult, type RunningProcess, startProcess } from '../support/run-process.ts';
import { settings } from './app.ts';

/** Never has more than a hundred files open. */
export class ObedientApp {
  readonly process: RunningProcess;
  #told = 0;

  constructor(flag: readonly string[], dir: string, env: ProcessOptions['env'] = {}) {
    const command = [process.execPath, ...flag, 'obedient.cjs'];
    this.process = startProcess('sh', ['-c', 'ulimit -n 100; exec "$@"', 'sh', ...command], settings(dir, env));
  }

  /** Resolves when it has done so, and the event loop has turned. */
  async tell(command: string): Promise<void> {
    this.process.child.stdin?.write(`${command}\n`);
    this.#told += 1;
    await this.process.printed(`~did ${this.#told}.\n`);
  }

  /** What the journal, or the OTLP backend, says of itself after one more `command`. */
  async status(command: 'status' | 'probe' | 'status otlp' = 'status'): Promise<BackendStatus> {
    await this.tell(command);
    const said = [...this.process.stdout().matchAll(/^~status (.*)$/gm)].at(-1);
    return JSON.parse(said?.[1] as string) as BackendStatus;
  }

  /** @returns its output without what it said of its telemetry, which is in `said`; `ended` counts the spans. */
  async end(): Promise<ProcessResult & { said: string; ended: number }> {
    this.process.child.stdin?.end();
    const result = await this.process.ended;
    const ended = Number(/^~ended \S+ (\d+)$/m.exec(result.stdout)?.[1]);
    const said = result.stdout.replaceAll(/^~/gm, '');
    return { ...result, said, stdout: result.stdout.replaceAll(/^~.*\n/gm, ''), millisToEnd: 0, ended };
  }
}
