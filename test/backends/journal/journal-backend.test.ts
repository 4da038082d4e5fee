// The journal on real disks: where its files lie, how they are cut, and what it does when the disk fails.
import { spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { BackendStatus } from '../../../src/backends/backend.ts';
import { batchOf } from '../../../src/backends/batch.ts';
import { JournalBackend, type JournalOptions } from '../../../src/backends/journal/journal-backend.ts';
import { removeOldSegments } from '../../../src/backends/journal/retention.ts';
import { formatSegmentName, parseSegmentName } from '../../../src/backends/journal/segment-name.ts';
import type { JournalFs } from '../../../src/backends/journal/segment-writer.ts';
import { OwnWriter } from '../../../src/backends/shipping/own-writer.ts';
import { eventually } from '../../support/eventually.ts';
import { journalFiles, journalLines } from '../../support/journal-files.ts';
import { runProcess } from '../../support/run-process.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';

const DAY = 86_400_000;
const opened: JournalBackend[] = [];

describe('JournalBackend', () => {
  afterEach(() => Promise.all(opened.splice(0).map((journal) => journal.shutdown())));
  after(removeTempDirs);

  it('writes lines as they stand, at once, one file a signal', () => {
    const dir = tempDir();
    const journal = open({ dir });
    journal.accept(batchOf('traces', ['{"a":1}', '{"ü":"漢\u2028🙂"}']));
    journal.accept(batchOf('logs', ['{"b":1}']));
    journal.accept(batchOf('traces', ['{"c":1}']));
    expect(journalLines(dir, 'traces')).to.deep.equal(['{"a":1}', '{"ü":"漢\u2028🙂"}', '{"c":1}']);
    expect(journalLines(dir, 'logs')).to.deep.equal(['{"b":1}']);
    expect(journal.status()).to.deep.include({ state: 'healthy', accepted: 4, dropped: {} });
  });

  it('writes turns of every size, one after the other', () => {
    const dir = tempDir();
    const journal = open({ dir });
    const long = ['é'.repeat(70_000), 'a', '🙂'.repeat(30_000)].map((text) => JSON.stringify({ text }));
    for (const lines of [long, ['{"b":1}'], long.slice(1), ['{"c":1}', '{}']]) journal.accept(batchOf('traces', lines));
    expect(journalLines(dir, 'traces')).to.deep.equal([...long, '{"b":1}', ...long.slice(1), '{"c":1}', '{}']);
  });

  it('forces lines to the disk when asked, before they count as written', () => {
    for (const [fsync, expected] of [
      ['never', 0],
      ['batch', 3],
    ] as const) {
      let synced = 0;
      const fdatasyncSync = (fd: number): void => {
        nodeFs.fdatasyncSync(fd);
        synced += 1;
      };
      const journal = open({ dir: tempDir(), fsync, fs: { ...nodeFs, fdatasyncSync }, maxFileBytes: 20 });
      journal.accept(batchOf('traces', ['{"a":1}', '{"b":1}', '{"c":1}']));
      journal.accept(batchOf('traces', ['{"d":1}']));
      expect([fsync, synced]).to.deep.equal([fsync, expected]);
    }
  });

  it('looks for old files once a minute, however many processes begin, and whenever a file is full', () => {
    const dir = tempDir();
    const begin = (): JournalBackend => {
      const journal = open({ dir, maxFileBytes: 1000, maxTotalBytes: 10_000 });
      journal.accept(batchOf('traces', ['{}']));
      return journal;
    };
    const name = formatSegmentName({ signal: 'traces', beganAt: 0, pid: 999_999_999, writer: '00000000', sequence: 1 });
    const old = join(dir, 'journal', name);
    begin();
    writeFileSync(old, 'x'.repeat(20_000));
    const journal = begin();
    expect(existsSync(old)).to.equal(true);
    journal.accept(batchOf('traces', ['x'.repeat(1000)]));
    expect(existsSync(old)).to.equal(false);
    writeFileSync(old, 'x'.repeat(20_000));
    utimesSync(join(dir, 'journal/.retention'), 0, 0);
    begin();
    expect(existsSync(old)).to.equal(false);
  });

  it('is private to its user and kept out of version control', () => {
    const dir = join(tempDir(), 'deep', '.agent-vitals');
    open({ dir }).accept(batchOf('traces', ['{}']));
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    expect(mode(dir)).to.equal('700');
    expect(mode(join(dir, 'journal'))).to.equal('700');
    expect(mode(journalFiles(dir, 'traces')[0] as string)).to.equal('600');
    expect(readFileSync(join(dir, '.gitignore'), 'utf8')).to.equal('*\n');
  });

  it('leaves a .gitignore of the user’s own alone', () => {
    const dir = tempDir();
    writeFileSync(join(dir, '.gitignore'), 'mine\n');
    open({ dir }).accept(batchOf('traces', ['{}']));
    expect(readFileSync(join(dir, '.gitignore'), 'utf8')).to.equal('mine\n');
  });

  it('leaves nothing behind when there was nothing to write', async () => {
    const dir = tempDir();
    const journal = open({ dir });
    expect(journal.status().state).to.equal('healthy');
    await journal.shutdown();
    expect(readdirSync(dir)).to.deep.equal([]);
  });

  it('gives two journals of one process files of their own', () => {
    const dir = tempDir();
    for (const line of ['{"a":1}', '{"b":1}']) open({ dir }).accept(batchOf('traces', [line]));
    expect(journalFiles(dir, 'traces')).to.have.length(2);
  });

  it('begins a new file when one is full, and loses, doubles or cuts no line', () => {
    const dir = tempDir();
    const journal = open({ dir, maxFileBytes: 1000 });
    const lines = Array.from({ length: 300 }, (_, index) => JSON.stringify({ index, text: 'x'.repeat(index % 150) }));
    for (let from = 0; from < 300; from += 30) journal.accept(batchOf('traces', lines.slice(from, from + 30)));
    const files = journalFiles(dir, 'traces');
    expect(files.length).to.be.above(20);
    for (const file of files) expect(statSync(file).size).to.be.within(1, 1000);
    const inOrder = [...files]
      .sort((a, b) => sequenceOf(a) - sequenceOf(b))
      .flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'));
    expect(inOrder).to.deep.equal(lines);
  });

  it('gives a line that is larger than a file a file of its own', () => {
    const dir = tempDir();
    const journal = open({ dir, maxFileBytes: 1000 });
    const lines = ['{"a":1}', JSON.stringify({ big: 'x'.repeat(5000) }), '{"c":1}'];
    journal.accept(batchOf('traces', lines));
    expect(journalFiles(dir, 'traces')).to.have.length(3);
    expect(journalLines(dir, 'traces').sort()).to.deep.equal([...lines].sort());
  });

  it('begins a new file when the day of UTC has changed, either way', () => {
    const dir = tempDir();
    const journal = open({ dir });
    const realNow = Date.now;
    try {
      for (const time of [
        '2026-11-23T23:59:59.999Z',
        '2026-11-24T00:00:00.000Z',
        '2026-11-23T12:00:00.000Z',
        '2026-11-23T11:59:30.000Z',
        '2026-11-23T10:00:00.000Z',
      ]) {
        Date.now = () => Date.parse(time);
        journal.accept(batchOf('traces', [JSON.stringify({ time })]));
      }
    } finally {
      Date.now = realNow;
    }
    const stamps = journalFiles(dir, 'traces').map((path) => path.split('/').at(-1)?.slice(7, 26));
    expect(stamps).to.deep.equal([
      '20261123T100000000Z',
      '20261123T120000000Z',
      '20261123T235959999Z',
      '20261124T000000000Z',
    ]);
  });

  describe('retention', () => {
    it('removes what is too old, and nothing that it did not name', () => {
      const dir = tempDir();
      const dead = deadPid();
      const old = put(dir, { pid: dead, ageDays: 91 });
      const touched = put(dir, { pid: dead, ageDays: 92, writtenDaysAgo: 0 });
      const young = put(dir, { pid: dead, ageDays: 88 });
      put(dir, { pid: dead, ageDays: 0.5 });
      const foreign = join(dir, 'journal', 'traces-mine.jsonl');
      writeFileSync(foreign, '{}\n');
      utimesSync(foreign, 1, 1);
      open({ dir }).accept(batchOf('logs', ['{}']));
      expect([old, touched, young, foreign].map((path) => existsSync(path))).to.deep.equal([false, false, true, true]);
    });

    it('removes the oldest of all signals while there is too much', () => {
      const dir = tempDir();
      const dead = deadPid();
      const paths = [5, 4, 3, 2, 1].map((ageDays) =>
        put(dir, { pid: dead, ageDays, bytes: 4000, signal: ageDays % 2 ? 'traces' : 'metrics' }),
      );
      open({ dir, maxTotalBytes: 10_000 }).accept(batchOf('traces', ['{}']));
      expect(paths.map((path) => existsSync(path))).to.deep.equal([false, false, false, true, true]);
    });

    it('never removes the file a living process writes, but its earlier ones', () => {
      const dir = tempDir();
      const writer = 'aaaaaaaa';
      const first = put(dir, { pid: process.ppid, writer, sequence: 1, ageDays: 1, bytes: 8000 });
      const current = put(dir, { pid: process.ppid, writer, sequence: 2, ageDays: 0.5, bytes: 8000 });
      const reused = put(dir, { pid: process.ppid, writer: 'bbbbbbbb', ageDays: 3, bytes: 8000 });
      const journal = open({ dir, maxTotalBytes: 10_000 });
      journal.accept(batchOf('traces', ['{}']));
      expect([first, current, reused].map((path) => existsSync(path))).to.deep.equal([false, true, false]);
      expect(journalLines(dir, 'traces')).to.include('{}');
    });

    it('removes nothing for a clock that was set ahead, until an hour has been written by it', () => {
      const dir = tempDir();
      const dead = deadPid();
      const paths = [80, 10, 1].map((ageDays) => put(dir, { pid: dead, ageDays }));
      const living = put(dir, { pid: process.ppid, ageDays: 0.5, bytes: 20_000 });
      const removeOld = (hours: number) =>
        removeOldSegments(
          join(dir, 'journal'),
          { retentionDays: 90, maxTotalBytes: 1e9 },
          new OwnWriter(dir),
          nodeFs,
          Date.now() + 2000 * DAY + hours * (DAY / 24),
        );
      put(dir, { pid: dead, ageDays: -2000 });
      removeOld(0.9);
      open({ dir }).accept(batchOf('traces', ['{}']));
      expect([...paths, living].map((path) => existsSync(path))).to.deep.equal([true, true, true, true]);
      removeOld(1.1);
      expect([...paths, living].map((path) => existsSync(path))).to.deep.equal([false, false, false, false]);
    });

    it('takes a living process’s file for that though a clock that was set ahead makes it look left', () => {
      const dir = tempDir();
      const living = put(dir, { pid: process.ppid, ageDays: 0.5, bytes: 20_000 });
      const limits = { retentionDays: 90, maxTotalBytes: 10_000 };
      removeOldSegments(join(dir, 'journal'), limits, new OwnWriter(dir), nodeFs, Date.now() + 30 * DAY);
      expect(existsSync(living)).to.equal(true);
    });

    it('removes nothing that was written while the clock was set back', () => {
      const dir = tempDir();
      const writer = 'aaaaaaaa';
      const pid = deadPid();
      const paths = [1, 2000, 1999, 0.5].map((ageDays, index) =>
        put(dir, { pid, writer, sequence: index + 1, ageDays }),
      );
      const ofAnother = put(dir, { pid, ageDays: 2000 });
      open({ dir }).accept(batchOf('traces', ['{}']));
      expect(paths.map((path) => existsSync(path))).to.deep.equal([true, true, true, true]);
      expect(existsSync(ofAnother)).to.equal(false);
    });

    it('holds the cap while it writes on and on', () => {
      const dir = tempDir();
      const journal = open({ dir, maxFileBytes: 1000, maxTotalBytes: 10_000 });
      for (let count = 0; count < 500; count++) journal.accept(batchOf('traces', ['x'.repeat(200)]));
      const bytes = journalFiles(dir, 'traces').reduce((sum, path) => sum + statSync(path).size, 0);
      expect(bytes).to.be.within(8000, 11_000);
      expect(journal.status().dropped).to.deep.equal({});
    });
  });

  describe('faults', () => {
    it('writes on when its directory is removed under it, and loses nothing of what comes after', () => {
      const dir = join(tempDir(), 'data');
      const journal = open({ dir });
      journal.accept(batchOf('traces', ['{"before":1}']));
      rmSync(dir, { recursive: true });
      journal.accept(batchOf('traces', ['{"after":1}']));
      expect(journalLines(dir, 'traces')).to.deep.equal(['{"after":1}']);
      expect(statSync(dir).mode & 0o777).to.equal(0o700);
      expect(existsSync(join(dir, '.gitignore'))).to.equal(true);
    });

    for (const [code, reason] of [
      ['ENOSPC', 'disk_full'],
      ['EDQUOT', 'disk_full'],
      ['EIO', 'disk_error'],
      ['EROFS', 'read_only'],
      ['ENEW', 'enew'],
    ] as const) {
      it(`counts ${code} as ${reason}, and goes on by itself when it is over`, async () => {
        const dir = tempDir();
        const disk = new FaultyDisk();
        const journal = open({ dir, fs: disk.fs, retryMillis: 20 });
        journal.accept(batchOf('traces', ['{"a":1}']));
        disk.failWrites = code;
        journal.accept(batchOf('traces', ['{"b":1}', '{"c":1}']));
        journal.accept(batchOf('logs', ['{"d":1}']));
        const status: BackendStatus = journal.status();
        expect(status).to.deep.include({
          state: 'degraded',
          reason: `${reason} (Error ${code})`,
          dropped: { [reason]: 3 },
        });
        disk.failWrites = undefined;
        await recovered(journal);
        expect(journal.status()).to.include({ state: 'healthy' }).and.not.to.have.property('reason');
        expect(journalLines(dir, 'traces').slice(0, 2)).to.deep.equal(['{"a":1}', '{"back":1}']);
      });
    }

    for (const code of ['EACCES', 'EMFILE', 'ENOTDIR']) {
      it(`survives ${code} when a file is opened`, async () => {
        const dir = tempDir();
        const disk = new FaultyDisk();
        disk.failOpens = code;
        const journal = open({ dir, fs: disk.fs, retryMillis: 20 });
        journal.accept(batchOf('traces', ['{"a":1}']));
        expect(journal.status().state).to.equal('degraded');
        disk.failOpens = undefined;
        await recovered(journal);
        expect(journal.status().state).to.equal('healthy');
      });
    }

    it('asks nothing of a failing disk between two tries', () => {
      const disk = new FaultyDisk();
      disk.failOpens = 'EACCES';
      const journal = open({ dir: tempDir(), fs: disk.fs, retryMillis: 60_000 });
      for (let count = 0; count < 100; count++) journal.accept(batchOf('traces', ['{}']));
      expect(disk.opens).to.equal(1);
      expect(journal.status().dropped).to.deep.equal({ no_permission: 100 });
    });

    it('completes short writes', () => {
      const dir = tempDir();
      const disk = new FaultyDisk();
      disk.maxWrite = 7;
      const journal = open({ dir, fs: disk.fs });
      const lines = ['{"a":"ü漢🙂"}', '{"b":1}', '{"c":1}'];
      journal.accept(batchOf('traces', lines));
      expect(journalLines(dir, 'traces')).to.deep.equal(lines);
    });

    it('keeps the lines before the one that a full disk cut, and ends the torn one before the next', async () => {
      const dir = tempDir();
      const disk = new FaultyDisk();
      const journal = open({ dir, fs: disk.fs, retryMillis: 20 });
      disk.roomBytes = '{"a":1}\n{"b":1}\n{"c"'.length;
      journal.accept(batchOf('traces', ['{"a":1}', '{"b":1}', '{"c":1}', '{"d":1}']));
      expect(journal.status()).to.deep.include({ state: 'degraded', accepted: 2, dropped: { disk_full: 2 } });
      disk.roomBytes = Number.POSITIVE_INFINITY;
      await recovered(journal);
      expect(journalLines(dir, 'traces').slice(0, 4)).to.deep.equal(['{"a":1}', '{"b":1}', '{"c"', '{"back":1}']);
    });

    for (const writesAgain of [true, false]) {
      const next = writesAgain ? 'the next line' : 'the end';
      it(`neither writes into nor closes a file of the host that got its descriptor’s number before ${next}`, async () => {
        const dir = tempDir();
        const journal = open({ dir });
        journal.accept(batchOf('traces', ['{"a":1}']));
        const { ino } = statSync(journalFiles(dir, 'traces')[0] as string);
        const ours = openDescriptors().find((fd) => nodeFs.fstatSync(fd).ino === ino) as number;
        // What a host does that closes a descriptor twice.
        nodeFs.closeSync(ours);
        const hostFile = join(dir, 'host.txt');
        const host = nodeFs.openSync(hostFile, 'w');
        expect(host).to.equal(ours);
        if (writesAgain) journal.accept(batchOf('traces', ['{"b":1}']));
        await journal.shutdown();
        nodeFs.writeSync(host, 'host');
        nodeFs.closeSync(host);
        expect(readFileSync(hostFile, 'utf8')).to.equal('host');
        expect(journalLines(dir, 'traces').sort()).to.deep.equal(writesAgain ? ['{"a":1}', '{"b":1}'] : ['{"a":1}']);
      });
    }

    it('survives a path that is a file', async () => {
      const dir = join(tempDir(), 'data');
      writeFileSync(dir, 'a file of the user');
      const journal = open({ dir, retryMillis: 20 });
      journal.accept(batchOf('traces', ['{"a":1}']));
      expect(journal.status().state).to.equal('degraded');
      rmSync(dir);
      await recovered(journal);
      expect(journalLines(dir, 'traces')[0]).to.equal('{"back":1}');
    });

    it('goes on by itself on a real disk that was full', async function () {
      const dir = tempDir();
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir]).status !== 0) return this.skip();
      try {
        const journal = open({ dir, retryMillis: 20 });
        const filler = join(dir, 'filler');
        writeFileSync(filler, Buffer.alloc(40_000));
        const line = JSON.stringify({ text: 'x'.repeat(1000) });
        for (let count = 0; count < 50; count++) journal.accept(batchOf('traces', [line]));
        const { state, accepted, dropped } = journal.status();
        expect({ state, total: accepted + (dropped['disk_full'] ?? 0) }).to.deep.equal({
          state: 'degraded',
          total: 50,
        });
        expect(accepted).to.be.above(5);
        rmSync(filler);
        await recovered(journal);
        const lines = journalLines(dir, 'traces');
        const good = lines.filter((each) => each === line);
        expect(good).to.have.length(accepted);
        expect(lines.at(-1)).to.equal('{"back":1}');
        await journal.shutdown();
      } finally {
        spawnSync('umount', [dir]);
      }
    });
  });

  it('has every line of an earlier turn when processes of one directory are killed', async function () {
    this.timeout(60_000);
    const dir = tempDir();
    const script = `
      import { setImmediate as nextTurn } from 'node:timers/promises';
      import { FanOut } from './src/backends/fan-out.ts';
      import { JournalBackend } from './src/backends/journal/journal-backend.ts';
      import { OwnWriter } from './src/backends/shipping/own-writer.ts';
      const { DIR: dir } = process.env;
      const journal = new JournalBackend({ dir, own: new OwnWriter(dir), maxFileBytes: 2000, maxTotalBytes: 1e9, retentionDays: 90 });
      const fanOut = new FanOut([journal]);
      fanOut.start();
      for (let turn = 0; turn < 50; turn++) {
        for (let index = 0; index < 4; index++) fanOut.push('traces', JSON.stringify({ pid: process.pid, line: 4 * turn + index }));
        await nextTurn();
      }
      process.kill(process.pid, 'SIGKILL');
    `;
    const run = () =>
      runProcess(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { env: { DIR: dir } });
    const ended = await Promise.all([run(), run(), run(), run()]);
    expect(ended.map(({ signal, stderr }) => [signal, stderr])).to.deep.equal(ended.map(() => ['SIGKILL', '']));
    const lines = journalLines(dir, 'traces').map((line) => JSON.parse(line) as { pid: number; line: number });
    const byProcess = new Map<number, typeof lines>();
    for (const line of lines) byProcess.set(line.pid, [...(byProcess.get(line.pid) ?? []), line]);
    expect(byProcess.size).to.equal(4);
    for (const own of byProcess.values()) {
      expect(own.map(({ line }) => line).sort((a, b) => a - b)).to.deep.equal(
        Array.from({ length: 200 }, (_, line) => line),
      );
    }
  });

  it('closes its files at shutdown and counts what comes after', async () => {
    const dir = tempDir();
    const journal = open({ dir });
    const before = openDescriptors().length;
    journal.accept(batchOf('traces', ['{}']));
    expect(openDescriptors().length).to.equal(before + 1);
    await journal.shutdown();
    expect(openDescriptors().length).to.equal(before);
    journal.accept(batchOf('traces', ['{}']));
    expect(journal.status()).to.deep.include({ state: 'stopped', dropped: { stopped: 1 } });
    expect(openDescriptors().length).to.equal(before);
  });
});

describe('segment names', () => {
  it('are read as they are written', () => {
    const name = { signal: 'traces', beganAt: Date.now(), pid: 4711, writer: '9f3ac01b', sequence: 12 } as const;
    expect(formatSegmentName({ ...name, beganAt: Date.parse('2026-11-23T08:15:00.123Z') })).to.equal(
      'traces-20261123T081500123Z-4711-9f3ac01b-000012.jsonl',
    );
    expect(parseSegmentName(formatSegmentName(name))).to.deep.equal(name);
    expect(parseSegmentName(formatSegmentName({ ...name, sequence: 12_345_678 }))).to.include({ sequence: 12_345_678 });
    expect(parseSegmentName('traces-1.jsonl')).to.equal(undefined);
    expect(parseSegmentName(`${formatSegmentName(name)}.gz`)).to.equal(undefined);
  });
});

/** `node:fs` with a disk that fails when told to. Files, once written, are real. */
class FaultyDisk {
  failWrites: string | undefined;
  failOpens: string | undefined;
  maxWrite = Number.POSITIVE_INFINITY;
  roomBytes = Number.POSITIVE_INFINITY;
  opens = 0;
  readonly fs: JournalFs = {
    ...nodeFs,
    openSync: ((path: string, flags: number, mode: number) => {
      this.opens += 1;
      if (this.failOpens) throw diskError(this.failOpens);
      return nodeFs.openSync(path, flags, mode);
    }) as typeof nodeFs.openSync,
    writeSync: ((fd: number, data: Buffer | string, offset?: number | null) => {
      if (this.failWrites) throw diskError(this.failWrites);
      if (this.roomBytes === 0) throw diskError('ENOSPC');
      const bytes = Buffer.from(data as string).subarray(offset ?? 0);
      const written = nodeFs.writeSync(fd, bytes.subarray(0, Math.min(bytes.length, this.maxWrite, this.roomBytes)));
      this.roomBytes -= written;
      return written;
    }) as typeof nodeFs.writeSync,
  };
}

function diskError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: not for anybody's eyes`), { code });
}

function open(options: Partial<JournalOptions> & { dir: string }): JournalBackend {
  const sizes = { maxFileBytes: 10_000_000, maxTotalBytes: 1e9, retentionDays: 90 };
  const journal = new JournalBackend({ own: new OwnWriter(options.dir), ...sizes, ...options });
  opened.push(journal);
  journal.start();
  return journal;
}

/** Writes `{"back":1}` until it gets through. */
async function recovered(journal: JournalBackend): Promise<void> {
  await eventually('the journal', () => {
    journal.accept(batchOf('traces', ['{"back":1}']));
    return journal.status().state === 'healthy';
  });
}

interface OldSegment {
  readonly pid: number;
  readonly ageDays: number;
  readonly writtenDaysAgo?: number;
  readonly bytes?: number;
  readonly signal?: 'traces' | 'metrics';
  readonly writer?: string;
  readonly sequence?: number;
}

let writers = 0;

function put(dir: string, segment: OldSegment): string {
  const { pid, ageDays, writtenDaysAgo = ageDays, bytes = 3, signal = 'traces', sequence = 1 } = segment;
  writers += 1;
  const writer = segment.writer ?? writers.toString(16).padStart(8, '0');
  mkdirSync(join(dir, 'journal'), { recursive: true });
  const name = formatSegmentName({ signal, beganAt: Date.now() - ageDays * DAY, pid, writer, sequence });
  const path = join(dir, 'journal', name);
  writeFileSync(path, `${'x'.repeat(bytes - 1)}\n`);
  const at = (Date.now() - writtenDaysAgo * DAY) / 1000;
  utimesSync(path, at, at);
  return path;
}

function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

function sequenceOf(path: string): number {
  return parseSegmentName(path.split('/').at(-1) as string)?.sequence ?? 0;
}

function openDescriptors(): number[] {
  const candidates = Array.from({ length: 200 }, (_, fd) => fd);
  return candidates.filter((fd) => {
    try {
      return nodeFs.fstatSync(fd).isFile();
    } catch {
      return false;
    }
  });
}
