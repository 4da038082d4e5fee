// However a process ends, every span that ended before its last event-loop turn is in the journal, once, and the host ends as it does without us.
import { appendFileSync, readFileSync, truncateSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { journalFiles } from '../support/journal-files.ts';
import { limitMemory } from '../support/memory-limit.ts';
import { inState } from '../support/process-state.ts';
import { type ProcessResult, type RunningProcess, runProcess, startProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { expectAllJournaled, FLAG, journaled, settings } from './app.ts';

const CLI = join(createRequire(import.meta.url).resolve('agent-vitals/package.json'), '../dist/bin/agent-vitals.cjs');
const PROCESSES = 50;

interface Way {
  /** How it ends without us, and so with us. */
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
  readonly nodeOptions?: readonly string[];
  /** What is done to the app once it has said that its spans ended. */
  readonly meanwhile?: (app: RunningProcess) => unknown;
  /** V8 prints addresses and times before it aborts; the stack of what a listener of the process throws shows that we stand before it. */
  readonly ownStderr?: boolean;
}

const asleepThen = (signal: NodeJS.Signals) => async (app: RunningProcess) => {
  await inState(app.pid, 'S');
  app.child.kill(signal);
};

const ways: Record<string, Way> = {
  kill: { signal: 'SIGKILL' },
  asleep: { signal: 'SIGKILL', meanwhile: asleepThen('SIGKILL') },
  'asleep and SIGTERM': { signal: 'SIGTERM', meanwhile: asleepThen('SIGTERM') },
  heap: { signal: 'SIGABRT', nodeOptions: ['--max-old-space-size=32'], ownStderr: true },
  abort: { signal: 'SIGABRT', ownStderr: true },
  natural: { code: 0 },
  exit: { code: 3 },
  throw: { code: 1 },
  reject: { code: 1 },
  'reject-handled': { code: 4 },
  'own-handler': { code: 0, meanwhile: asleepThen('SIGTERM') },
  'own-handler-exits': { code: 7, meanwhile: asleepThen('SIGTERM') },
  'before-exit': { code: 0 },
  'exit-listener': { code: 0 },
  'exit-listener-throws': { code: 5, ownStderr: true },
  worker: { code: 0 },
  'worker-throws': { code: 0 },
  'worker-exits': { code: 0 },
  'worker-terminated': { code: 0 },
  'worker-heap': { code: 0, ownStderr: true },
  'killed-with-worker': { signal: 'SIGKILL' },
  fork: { code: 0 },
  cluster: { code: 0 },
};

describe('a process that ends', () => {
  after(removeTempDirs);

  async function run(name: string, dir: string, flag: readonly string[]): Promise<ProcessResult> {
    const { nodeOptions = [], meanwhile, ownStderr } = ways[name] as Way;
    const [way = ''] = name.split(' ');
    const app = startProcess(process.execPath, [...flag, ...nodeOptions, 'ends.cjs', way], settings(dir));
    if (meanwhile) {
      await app.printed('ended');
      await meanwhile(app);
    }
    const result = await app.ended;
    // Lines of different processes come in any order.
    const stdout = result.stdout.split('\n').sort().join('\n');
    return { ...result, stdout, stderr: ownStderr ? '' : result.stderr, millisToEnd: 0 };
  }

  for (const [name, { code = null, signal = null }] of Object.entries(ways)) {
    it(`has all its spans in the journal, and ends as without us: ${name}`, async () => {
      const dir = tempDir();
      const without = await run(name, dir, []);
      expect(without).to.include({ code, signal });
      expect(journaled(dir)).to.deep.equal({});
      const result = await run(name, dir, FLAG);
      expect(result).to.deep.equal(without);
      expectAllJournaled(dir, result.stdout);
    });
  }

  for (const from of ['timer', 'immediate', 'io', 'tick', 'microtask']) {
    for (const to of ['timer', 'immediate', 'io']) {
      it(`has the span of one ${from} when the next ${to} kills it`, async () => {
        const dir = tempDir();
        const { signal, stdout } = await runProcess(
          process.execPath,
          [...FLAG, 'ends.cjs', 'phases', 'main', from, to],
          settings(dir),
        );
        expect(signal).to.equal('SIGKILL');
        expectAllJournaled(dir, stdout);
      });
    }
  }

  it('has all its spans in the journal when the kernel kills it for want of memory', async () => {
    const limit = limitMemory(150_000_000);
    const dir = tempDir();
    try {
      for (const flag of [[], FLAG]) {
        const args = [...flag, 'ends.cjs', 'memory'];
        const [command, its] = limit?.wrap(process.execPath, args) ?? [process.execPath, args];
        const app = startProcess(command, its, settings(dir));
        await app.printed('ended');
        // Where no limit can be set, we do what the kernel would.
        if (!limit) app.child.kill('SIGKILL');
        const { stdout, code, signal } = await app.ended;
        expect({ code, signal }).to.deep.equal({ code: null, signal: 'SIGKILL' });
        if (flag === FLAG) expectAllJournaled(dir, stdout);
      }
    } finally {
      limit?.remove();
    }
  });

  it(`has all spans of ${PROCESSES} processes in one directory that are killed at once`, async function () {
    this.timeout(60_000);
    const dir = tempDir();
    const apps = Array.from({ length: PROCESSES }, (_, n) =>
      startProcess(process.execPath, [...FLAG, 'ends.cjs', 'on-go', `app-${n}`], settings(dir)),
    );
    await Promise.all(apps.map((app) => app.printed('ready', 50_000)));
    for (const { child } of apps) child.stdin?.write('go\n');
    const results = await Promise.all(apps.map(({ ended }) => ended));
    expect(results.map(({ signal, stderr }) => [signal, stderr])).to.deep.equal(results.map(() => ['SIGKILL', '']));
    expect(journalFiles(dir, 'traces')).to.have.length(PROCESSES);
    expectAllJournaled(dir, results.map(({ stdout }) => stdout).join(''));
  });
});

describe('a journal after a power cut', () => {
  after(removeTempDirs);

  // A line that is cut, and one that the file system has given its length but not its bytes.
  for (const [what, cut] of Object.entries({
    'ends within its last line': (path: string, size: number) => truncateSync(path, size - 40),
    'ends within a character': (path: string, size: number) => {
      truncateSync(path, size - 40);
      appendFileSync(path, Buffer.from('ü').subarray(0, 1));
    },
    'ends with zeros': (path: string, size: number) => {
      truncateSync(path, size - 40);
      appendFileSync(path, Buffer.alloc(4096));
    },
  })) {
    it(`that ${what} is written on and read, but for that line`, async () => {
      const dir = tempDir();
      const first = await runProcess(process.execPath, [...FLAG, 'ends.cjs', 'kill', 'first'], settings(dir));
      expectAllJournaled(dir, first.stdout);
      const [path = ''] = journalFiles(dir, 'traces');
      cut(path, readFileSync(path).length);
      const torn = readFileSync(path);

      const second = await runProcess(process.execPath, [...FLAG, 'ends.cjs', 'natural', 'second'], settings(dir));
      expect(second).to.include({ code: 0, stderr: '' });
      expect(readFileSync(path).equals(torn), 'what was there is left alone').to.equal(true);
      const read = await runProcess(process.execPath, [CLI, 'stats', '--json', '--dir', dir], settings(dir));
      const { calls, journal } = JSON.parse(read.stdout);
      expect(journal).to.include({ corruptLines: 1 });
      expect(calls).to.equal(2 * Number(/^ended first (\d+)$/m.exec(first.stdout)?.[1]) - 1);
    });
  }
});
