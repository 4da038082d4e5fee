import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildIndex } from '../../src/query/index/build-index.ts';
import { IndexStore } from '../../src/query/index/index-store.ts';
import { type JournalListing, listJournalFiles } from '../../src/query/journal-files.ts';
import { statisticsOf } from '../../src/query/statistics.ts';
import { callLine, writeJournal } from '../support/journal-builder.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const PIECE_BYTES = 8 * 1024;
const ROUND_BYTES = 4 * PIECE_BYTES;

describe('building the index of a file larger than one round reads', () => {
  after(removeTempDirs);

  const linesOf = (bytes: number): string[] => {
    const line = callLine({ at: Date.UTC(2026, 10, 1), model: 'a', input: 10, output: 1, cost: 0.001 });
    return Array.from({ length: Math.ceil(bytes / (line.length + 1)) }, () => line);
  };

  /** @returns the bytes that were read. */
  async function build(store: IndexStore, dir: string, muchBytes?: number): Promise<number> {
    let [lists, bytes] = [0, 0];
    const list = (): JournalListing => {
      if (++lists > 50) throw new Error('the building has no end');
      return listJournalFiles(dir, 'traces');
    };
    await buildIndex(store, list(), list, {
      pieceBytes: PIECE_BYTES,
      roundBytes: ROUND_BYTES,
      muchBytes,
      onProgress: (read) => (bytes = read),
    });
    return bytes;
  }

  const linesIn = (store: IndexStore): number =>
    [...store.lineCounts().values()].reduce((sum, { lines }) => sum + lines, 0);

  it('comes to its end, and reads hardly more than what is there', async () => {
    const dir = tempDir();
    const lines = linesOf(3.5 * ROUND_BYTES);
    writeJournal(dir, lines, 'traces-a.jsonl');
    const store = new IndexStore(':memory:');
    expect(await build(store, dir)).to.be.below(3.5 * ROUND_BYTES + 4 * PIECE_BYTES);
    expect(linesIn(store)).to.equal(lines.length);
    store.close();
  });

  it('keeps what it has read round by round, and tells how far another is that builds it', async () => {
    const dir = tempDir();
    const lines = linesOf(3.5 * ROUND_BYTES);
    writeJournal(dir, lines, 'traces-a.jsonl');
    const path = join(dir, 'index.db');
    const [store, other] = [new IndexStore(path), new IndexStore(path)];
    const list = (): JournalListing => listJournalFiles(dir, 'traces');
    const total = list().files[0]?.bytes as number;
    const kept = new Set<number>();
    const sizes = { pieceBytes: PIECE_BYTES, roundBytes: ROUND_BYTES };
    let isHeld = other.tryLock();
    expect(isHeld).to.equal(true);
    await buildIndex(store, list(), list, {
      ...sizes,
      onProgress: (read, of) => {
        kept.add(other.files()[0]?.readBytes ?? 0);
        if (!isHeld) return;
        expect([read, of]).to.deep.equal([0, total]);
        other.rollback();
        isHeld = false;
      },
    });
    expect([...kept].some((bytes) => bytes > 0 && bytes < total)).to.equal(true);
    expect(linesIn(other)).to.equal(lines.length);
    for (const one of [store, other]) one.close();
  });

  it('reads what has been added, not what was there', async () => {
    const dir = tempDir();
    const [before, added] = [linesOf(10 * PIECE_BYTES), linesOf(3 * PIECE_BYTES)];
    writeJournal(dir, before, 'traces-a.jsonl');
    const store = new IndexStore(':memory:');
    await build(store, dir);
    appendFileSync(join(dir, 'journal', 'traces-a.jsonl'), added.map((line) => `${line}\n`).join(''));
    expect(await build(store, dir)).to.be.below(4.5 * PIECE_BYTES);
    expect(linesIn(store)).to.equal(before.length + added.length);
    store.close();
  });

  it('reads in threads where there is much, and the same', async () => {
    const dir = tempDir();
    writeJournal(dir, linesOf(3.5 * ROUND_BYTES), 'traces-a.jsonl');
    const [alone, together] = [new IndexStore(':memory:'), new IndexStore(':memory:')];
    let threads = 0;
    const count = (): unknown => (threads += 1);
    subscribe('worker_threads', count);
    try {
      await build(alone, dir, Infinity);
      expect(threads).to.equal(0);
      await build(together, dir, 0);
      expect(threads > 0).to.equal(availableParallelism() > 1);
    } finally {
      unsubscribe('worker_threads', count);
    }
    expect(linesIn(together)).to.equal(linesIn(alone));
    const [ofOne, ofMany] = [alone, together].map((store) => statisticsOf(store.table('call'), {}));
    expect(ofMany).to.deep.equal(ofOne);
    alone.close();
    together.close();
  });
});
