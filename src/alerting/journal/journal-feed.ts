// What nobody counted who takes part, taken from the journal: the past of a rule that is new, the last moments of a process that was killed, and all of
// processes that evaluate nothing. Nothing is counted twice: each source has buckets of its own, written together with how far its files were read.
import { type JournalFile, type JournalSignal, listJournalFiles } from '../../query/journal-files.ts';
import { readChunks } from '../../query/journal-reader.ts';
import { LineSplitter } from '../../query/line-splitter.ts';
import type { Evaluator, Moved } from '../evaluation/evaluator.ts';
import type { Slices } from '../evaluation/slices.ts';
import type { Members } from '../store/member.ts';
import type { Source, WindowStore } from '../store/window-store.ts';
import { HISTOGRAM, UP_DOWN } from '../window/bucket.ts';
import type { Selection } from '../window/selection.ts';
import { isCountedFrom, type Measurement, measureMetrics, measureSpans } from './measurement.ts';

/** How far the clocks of a record and of the disk that keeps it may differ. */
const LEEWAY_MILLIS = 3_600_000;
const CHUNK_BYTES = 64 * 1024;
/** After so many what was counted is written. */
const CHUNKS_A_COMMIT = 8;
const NEWLINE = 0x0a;
const WRITER = /-([0-9a-f]{8})-\d{6,}\.jsonl$/;
/** How long a new rule waits for processes that live to say from when on they count for it, in milliseconds. */
const PATIENCE_MILLIS = 60_000;
/** Who has not written for so long is not about to count itself: its past is in the buckets of {@link PAST}, too. */
const RECENT_MILLIS = 3_600_000;
/** Whose buckets the past is in. */
const PAST = 'past';

export interface JournalFeedOptions {
  /** The data directory. */
  readonly dir: string;
  readonly windows: WindowStore;
  readonly evaluator: Evaluator;
  readonly members: Members;
  /** Runs a transaction, which writes what was counted, and then `fn`. */
  readonly commit: (fn: () => void) => Promise<void>;
  /** Empties rows of buckets. */
  readonly takeOut: (buckets: readonly Moved[]) => Promise<void>;
}

type Counts = (selection: Selection, atMillis: number) => boolean;

export class JournalFeed {
  readonly #options: JournalFeedOptions;
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  /** By the clock that nobody sets. */
  readonly #unseededSince = new WeakMap<Selection, number>();
  /** Sources of which {@link JournalFeed.#takeBack} and {@link JournalFeed.#countBeginnings} are through. */
  readonly #takenBack = new Set<number>();
  readonly #begun = new Set<number>();
  #collection = 0;

  constructor(options: JournalFeedOptions) {
    this.#options = options;
  }

  /** Takes what there is now. For the one process that evaluates, with the buckets of all others in its windows. */
  async take(nowMillis: number, slices: Slices): Promise<void> {
    const { evaluator, windows, dir } = this.#options;
    const selections = [...evaluator.selections];
    const seeded = new Set(selections.filter(({ id }) => id !== undefined && windows.isSeeded(id)));
    const unseeded = selections.filter((selection) => !seeded.has(selection));
    for (const selection of seeded) selection.hasPast = true;
    const horizon = nowMillis - Math.max(0, ...selections.map(({ horizonMillis }) => horizonMillis)) - LEEWAY_MILLIS;
    const signals = (['traces', 'metrics'] as const).filter((signal) =>
      selections.some(({ metric }) => isCountedFrom(signal, metric)),
    );
    const files = signals
      .flatMap((signal) => listJournalFiles(dir, signal).files)
      .filter(({ modifiedMillis }) => modifiedMillis >= horizon);
    await this.#takeBack(slices);
    await this.#countBeginnings(files, seeded, nowMillis, slices);
    await this.#followOthers(files, seeded, nowMillis, slices);
    await this.#finishDead(files, seeded, slices);
    await this.#seed(files, unseeded, nowMillis, slices);
    // Who has begun meanwhile.
    await this.#takeBack(slices);
  }

  /** Who counts itself now has done so from the beginning: what was counted from its journal meanwhile is taken out. */
  async #takeBack(slices: Slices): Promise<void> {
    const { evaluator, takeOut } = this.#options;
    const gone = new Set<number>();
    for (const { id, process, isOver } of this.#sources().values()) {
      if (process === null && isOver && !this.#takenBack.has(id)) gone.add(id);
    }
    if (gone.size === 0) return;
    for (const selection of evaluator.selections) {
      const buckets = selection.bucketsOf((source) => gone.has(source));
      if (buckets.length > 0) await takeOut(buckets.map(([group, bucket]) => ({ selection, group, bucket })));
      selection.removeSources((source) => gone.has(source));
      await slices.pause();
    }
    for (const id of gone) this.#takenBack.add(id);
  }

  /** What was measured by those who count themselves before they did, and was not read until then. */
  async #countBeginnings(
    files: readonly JournalFile[],
    seeded: ReadonlySet<Selection>,
    nowMillis: number,
    slices: Slices,
  ): Promise<void> {
    const { windows, commit } = this.#options;
    for (const { id, writer, process } of this.#sources().values()) {
      if (process === null || this.#begun.has(id)) continue;
      const key = `begun ${writer}`;
      const sinceMillis = windows.countsSince(id);
      if (sinceMillis === undefined) continue;
      if (windows.positionOf(key) === 0) {
        let past = 0;
        await commit(() => (past = windows.source(PAST, null, nowMillis)));
        const counts: Counts = (selection, atMillis) => atMillis <= sinceMillis && seeded.has(selection);
        for (const file of files) {
          const position = windows.positionOf(file.name);
          if (writerOf(file) === writer) await this.#count(file, position, past, counts, slices);
        }
        // At once: it is what a process measured within an interval.
        await commit(() => windows.setPosition(key, 1));
      }
      this.#begun.add(id);
    }
  }

  /** Files of processes that do not count themselves: from where they were read to, to their end. */
  async #followOthers(
    files: readonly JournalFile[],
    seeded: ReadonlySet<Selection>,
    nowMillis: number,
    slices: Slices,
  ): Promise<void> {
    const { windows, commit } = this.#options;
    const sources = this.#sources();
    for (const file of files) {
      const writer = writerOf(file);
      let position = windows.positionOf(file.name);
      if (sources.get(writer)?.process != null || file.bytes <= position) continue;
      // What selections without a past need of it comes with their past.
      if (seeded.size === 0) {
        await commit(() => windows.setPosition(file.name, file.bytes));
        continue;
      }
      let source: number | undefined;
      await commit(() => (source = windows.followed(writer, nowMillis)));
      if (source === undefined) continue;
      while (position < file.bytes) {
        const end = await this.#count(
          file,
          position,
          source,
          (selection) => seeded.has(selection),
          slices,
          CHUNKS_A_COMMIT,
        );
        if (end === position) break;
        position = end;
        await commit(() => windows.setPosition(file.name, end));
      }
    }
  }

  /** What processes that are gone measured and had not written. */
  async #finishDead(files: readonly JournalFile[], seeded: ReadonlySet<Selection>, slices: Slices): Promise<void> {
    const { windows, members, commit } = this.#options;
    for (const { id, writer, process, countedMillis, isOver } of this.#sources().values()) {
      if (process === null || isOver || members.mayLive(process, countedMillis)) continue;
      const isMeant = (file: JournalFile): boolean =>
        writerOf(file) === writer && file.modifiedMillis >= countedMillis - LEEWAY_MILLIS;
      for (const ofSignal of Map.groupBy(files.filter(isMeant), ({ signal }) => signal).values()) {
        // In the order in which they were written: where the clock was set back, what was counted before has later times.
        let place = 0;
        let counted = 0;
        const look: Counts = (_, atMillis) => {
          place += 1;
          if (atMillis <= countedMillis) counted = place;
          return false;
        };
        for (const file of ofSignal) await this.#count(file, 0, id, look, slices);
        place = 0;
        const counts: Counts = (selection) => {
          place += 1;
          return place > counted && seeded.has(selection);
        };
        for (const file of ofSignal) await this.#count(file, 0, id, counts, slices);
      }
      // At once: it is no more than the process would have written at its next turn.
      await commit(() => windows.over(id));
      members.forget(process);
    }
  }

  /** The past of selections that are new: all that no process has counted for them. */
  async #seed(
    files: readonly JournalFile[],
    unseeded: readonly Selection[],
    nowMillis: number,
    slices: Slices,
  ): Promise<void> {
    const { windows, commit } = this.#options;
    const sources = this.#sources();
    const ready = unseeded.filter((selection) => this.#isReady(selection, sources));
    if (ready.length === 0) return;
    const coverage = new Map(ready.map((selection) => [selection, windows.coverage(selection.id as number)]));
    let past = 0;
    // What somebody has begun and not ended is begun again.
    await commit(() => (past = windows.beginPast(PAST, ready, nowMillis)));
    const fromJournal = new Set([...sources.values()].filter(({ process }) => process === null).map(({ id }) => id));
    for (const selection of ready) selection.removeSources((source) => fromJournal.has(source));
    for (const file of files) {
      const other = sources.get(writerOf(file));
      let source: number | undefined = past;
      if (other?.process == null && file.modifiedMillis > nowMillis - RECENT_MILLIS) {
        await commit(() => (source = windows.followed(writerOf(file), nowMillis)));
        if (source === undefined) continue;
      }
      const counts: Counts = (selection, atMillis) => {
        const countedBy = coverage.get(selection);
        if (countedBy === undefined || atMillis < nowMillis - selection.horizonMillis) return false;
        const fromMillis = other?.process == null ? undefined : countedBy.get(other.id);
        if (fromMillis === undefined || atMillis <= fromMillis) return true;
        // Its last moments were counted for selections that had their past.
        return other?.isOver === true && atMillis > other.countedMillis;
      };
      let position = 0;
      const until = other?.process == null ? windows.positionOf(file.name) : file.bytes;
      while (position < until) {
        const end = await this.#count({ ...file, bytes: until }, position, source, counts, slices, CHUNKS_A_COMMIT);
        if (end === position) break;
        position = end;
        await commit(() => undefined);
      }
    }
    await commit(() => ready.forEach((selection) => windows.seeded(selection.id as number)));
    for (const selection of ready) selection.hasPast = true;
  }

  /** Whether all who count have said since when, or have had their time. */
  #isReady(selection: Selection, sources: ReadonlyMap<string, Source>): boolean {
    if (selection.id === undefined) return false;
    const since = this.#unseededSince.get(selection) ?? performance.now();
    this.#unseededSince.set(selection, since);
    if (performance.now() - since > PATIENCE_MILLIS) return true;
    const countedBy = this.#options.windows.coverage(selection.id);
    return [...sources.values()].every(
      ({ id, process, countedMillis, isOver }) =>
        process === null || isOver || countedBy.has(id) || !this.#options.members.mayLive(process, countedMillis),
    );
  }

  /**
   * Counts whole lines of a file.
   * @param maxChunks after which it stops.
   * @returns where it stopped: behind the last whole line, or where it began when there was none.
   */
  async #count(
    file: JournalFile,
    from: number,
    source: number,
    counts: Counts,
    slices: Slices,
    maxChunks = Number.POSITIVE_INFINITY,
  ): Promise<number> {
    const splitter = new LineSplitter();
    const take = (measurement: Measurement): void => this.#take(measurement, source, counts);
    const measure = file.signal === 'traces' ? measureSpans : measureMetrics;
    let position = from;
    let end = from;
    let chunks = 0;
    try {
      for await (const chunk of readChunks(file, from, this.#buffer)) {
        for (const line of splitter.push(chunk)) {
          this.#collection += 1;
          measure(line, take);
          if (slices.isOver()) await slices.pause();
        }
        const newline = chunk.lastIndexOf(NEWLINE);
        if (newline !== -1) end = position + newline + 1;
        position += chunk.length;
        chunks += 1;
        // A line longer than all of them goes on to its end.
        if (chunks >= maxChunks && end > from) break;
      }
    } catch (error) {
      // Removed since it was listed.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return file.bytes;
    }
    return end;
  }

  #take({ metric, kind, attributes, atMillis, amounts }: Measurement, source: number, counts: Counts): void {
    for (const selection of this.#options.evaluator.selectionsOf(metric) ?? []) {
      if (!counts(selection, atMillis)) continue;
      const group = selection.groupOf(attributes);
      if (group === undefined) continue;
      if (typeof amounts !== 'number') selection.add(group, HISTOGRAM, source, atMillis, amounts);
      else if (kind >= UP_DOWN) selection.read(group, kind, source, atMillis, amounts, this.#collection);
      else selection.increment(group, kind, source, atMillis, amounts);
    }
  }

  #sources(): Map<string, Source> {
    return new Map(this.#options.windows.sources().map((source) => [source.writer, source]));
  }
}

/** Name of the process that wrote a file; a file of somebody else is its own. */
function writerOf({ name }: { readonly name: string; readonly signal: JournalSignal }): string {
  return WRITER.exec(name)?.[1] ?? name;
}
