// A disk that fails under a running app: the app does not notice, `status()` says what is wrong, every span is in the journal or counted as
// dropped, and the journal goes on without a restart when the cause is gone.
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { journalFiles } from '../support/journal-files.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { FLAG } from './app.ts';
import { ObedientApp } from './obedient-app.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

interface Place {
  /** The data directory. */
  readonly dir: string;
  readonly disk: SmallDisk | undefined;
  readonly tell: (command: string) => Promise<void>;
}

interface Fault {
  /** Under which the lines are counted. */
  readonly reason: string;
  readonly needsDisk?: boolean;
  /** Spans before the fault; none when there must be no journal yet. */
  readonly before: number;
  readonly cause: (place: Place) => unknown;
  readonly mend: (place: Place) => unknown;
  /** Bytes of a journal file. */
  readonly maxFileBytes?: number;
  /** What was written before it is gone with it. */
  readonly removes?: boolean;
}

/** As if it were not root, for whom there are no permissions. */
async function becomeNobody({ dir, tell }: Place): Promise<void> {
  if (!isRoot) return;
  mkdirSync(dir, { recursive: true });
  for (const path of [join(dir, '..'), dir]) chownSync(path, NOBODY, NOBODY);
  await tell(`user ${NOBODY}`);
}

const faults: Record<string, Fault> = {
  'a disk that is full': {
    reason: 'disk_full',
    needsDisk: true,
    before: 3,
    cause: ({ dir }) => {
      mkdirSync(dir, { recursive: true });
      const block = Buffer.alloc(4096);
      expect(() => {
        for (;;) writeFileSync(join(dir, 'filler'), block, { flag: 'a' });
      }).to.throw('ENOSPC');
    },
    mend: ({ dir }) => rmSync(join(dir, 'filler')),
  },
  'a disk that is read-only': {
    reason: 'read_only',
    needsDisk: true,
    before: 0,
    cause: ({ disk }) => disk?.setReadOnly(true),
    mend: ({ disk }) => disk?.setReadOnly(false),
  },
  'a directory it may not write to': {
    reason: 'no_permission',
    before: 0,
    cause: async (place) => {
      await becomeNobody(place);
      mkdirSync(place.dir, { recursive: true });
      chmodSync(place.dir, 0o500);
    },
    mend: ({ dir }) => chmodSync(dir, 0o700),
  },
  'permission lost while it runs': {
    reason: 'no_permission',
    before: 3,
    // An open file can be written to whatever becomes of its directory: the next cannot be begun.
    maxFileBytes: 1000,
    cause: async (place) => {
      await becomeNobody(place);
      mkdirSync(join(place.dir, 'journal'), { recursive: true });
      if (isRoot) chownSync(join(place.dir, 'journal'), NOBODY, NOBODY);
      chmodSync(join(place.dir, 'journal'), 0o500);
    },
    mend: ({ dir }) => chmodSync(join(dir, 'journal'), 0o700),
  },
  'a file in the place of its directory': {
    reason: 'no_directory',
    before: 3,
    removes: true,
    cause: ({ dir }) => {
      rmSync(dir, { recursive: true, force: true });
      writeFileSync(dir, '');
    },
    mend: ({ dir }) => rmSync(dir),
  },
  'no file descriptors left': {
    reason: 'too_many_files',
    before: 0,
    cause: ({ tell }) => tell('take-files'),
    mend: ({ tell }) => tell('give-files'),
  },
};

/** Numbers of the spans in the journal, but for a line that a full disk cut. */
function journaled(dir: string): number[] {
  const text = journalFiles(dir, 'traces')
    .map((path) => readFileSync(path, 'utf8'))
    .join('');
  return [...text.matchAll(/"name":"main (\d+)".*\}\n/g)].map(([, number]) => Number(number)).sort((a, b) => a - b);
}

describe('a running app meets', () => {
  after(removeTempDirs);

  /** The same of the app with and without us; between cause and end only what we do may differ. */
  async function run(
    { needsDisk, maxFileBytes, before, cause, mend }: Fault,
    flag: readonly string[],
    watch: (app: ObedientApp, phase: 'broken' | 'mended') => Promise<unknown>,
  ): Promise<(Awaited<ReturnType<ObedientApp['end']>> & { dir: string; numbers: number[] }) | undefined> {
    const parent = tempDir();
    const disk = needsDisk ? mountSmallDisk(parent, 256_000) : undefined;
    if (needsDisk && !disk) return undefined;
    const dir = join(parent, 'data');
    const app = new ObedientApp(flag, dir, {
      ...(maxFileBytes !== undefined && { AGENT_VITALS_JOURNAL_MAX_FILE_BYTES: String(maxFileBytes) }),
    });
    try {
      const place = { dir, disk, tell: (command: string) => app.tell(command) };
      if (before > 0) await app.tell(`spans ${before}`);
      await cause(place);
      await app.tell('spans 100');
      await app.tell('spans 5');
      await watch(app, 'broken');
      await mend(place);
      await watch(app, 'mended');
      await app.tell('spans 2');
      return { ...(await app.end()), dir, numbers: journaled(dir) };
    } finally {
      await app.process.stop('SIGKILL');
      disk?.remove();
    }
  }

  for (const [what, fault] of Object.entries(faults)) {
    it(`${what}: goes on, says so, counts, and writes again when it is over`, async function () {
      const without = await run(fault, [], () => Promise.resolve());
      if (!without) return this.skip();
      let dropped = 0;
      const result = await run(fault, FLAG, async (app, phase) => {
        if (phase === 'broken') {
          const status = await app.status();
          expect(status).to.include({ state: 'degraded' });
          expect(status.reason).to.match(new RegExp(`^${fault.reason} \\(Error E[A-Z]+\\)$`));
          expect(Object.keys(status.dropped)).to.deep.equal([fault.reason]);
          return;
        }
        const status = await eventually('a healthy journal', async () => {
          const now = await app.status('probe');
          return now.state === 'healthy' && now;
        });
        expect(status).to.not.have.property('reason');
        dropped = status.dropped[fault.reason] as number;
      });
      if (!result) throw new Error('no disk');
      const { code, stdout, stderr, ended, numbers } = result;
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: without.stdout });
      expect(stderr).to.match(/^agent-vitals: the journal cannot be written [^\n]+\n$/);
      expect(without.stderr).to.equal('');
      expect(dropped).to.be.above(0);
      expect(numbers.length + (fault.removes ? fault.before : 0), 'written and dropped').to.equal(ended - dropped);
      expect(new Set(numbers).size).to.equal(numbers.length);
      expect(numbers.slice(-3), 'what came last').to.deep.equal([ended - 3, ended - 2, ended - 1]);
    });
  }

  it('a file in the place of its directory, and no collector: waits in memory, counts what does not fit, tells of the journal', async () => {
    const dir = join(tempDir(), 'data');
    writeFileSync(dir, '');
    const app = new ObedientApp(FLAG, dir, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` });
    await app.tell('spans 30000');
    const { accepted, dropped, details } = await app.status('status otlp');
    const { stderr, code, ended } = await app.end();
    expect(accepted + (dropped['queue_full'] ?? 0)).to.equal(ended);
    expect(details?.['waiting']).to.equal(accepted).and.to.be.within(1, 16_384);
    expect(stderr).to.match(/^agent-vitals: the journal cannot be written [^\n]+\n$/);
    expect(code).to.equal(0);
  });

  it('its directory removed, again and again: loses nothing that comes after', async () => {
    const dir = join(tempDir(), 'data');
    const app = new ObedientApp(FLAG, dir);
    for (let time = 0; time < 5; time++) {
      await app.tell('spans 3');
      expect(journaled(dir)).to.deep.equal([0, 1, 2].map((n) => 3 * time + n));
      rmSync(dir, { recursive: true });
    }
    await app.tell('spans 3');
    const { stderr, code } = await app.end();
    expect({ stderr, code }).to.deep.equal({ stderr: '', code: 0 });
    expect(journaled(dir)).to.deep.equal([15, 16, 17]);
  });

  it('no file descriptors left, with its journal open: loses nothing', async () => {
    const dir = join(tempDir(), 'data');
    const app = new ObedientApp(FLAG, dir);
    await app.tell('spans 3');
    await app.tell('take-files');
    await app.tell('spans 3');
    expect(await app.status()).to.include({ state: 'healthy', accepted: 6 });
    const { code } = await app.end();
    expect(code).to.equal(0);
    expect(journaled(dir)).to.deep.equal([0, 1, 2, 3, 4, 5]);
  });
});
