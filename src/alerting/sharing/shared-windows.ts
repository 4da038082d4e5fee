// The windows of this process and those of the others in alerts.db: writes what was measured here, takes what was measured there, and forgets what no
// rule looks at any more. In pieces, none of which may hold the event loop for long.
import { type Clock, systemClock } from '../clock.ts';
import type { Evaluator, Moved, Times } from '../evaluation/evaluator.ts';
import type { Slices } from '../evaluation/slices.ts';
import { checkpoint } from '../store/checkpoint.ts';
import { type Stores, write } from '../store/stores.ts';
import type { Place } from '../store/window-store.ts';
import { OWN } from '../window/bucket.ts';
import type { Group, Selection } from '../window/selection.ts';

export interface SharedWindowsOptions {
  readonly evaluator: Evaluator;
  /** See `AlertEngineOptions`. */
  readonly measuresSinceMillis: number | undefined;
  /** Of alerts.db. */
  readonly path: string;
  readonly clock?: Clock;
}

interface Tidying extends Times {
  readonly isClockSet: boolean;
}

const TIDY_MILLIS = 60_000;
/** Pieces of one tick in which is removed what is too old. */
const PRUNED_PIECES = 3;
/** Series that are written before they are taken into the file. */
const CHECKPOINT_SERIES = 12_000;
/** What else is written at a turn, in as many of them. */
const TURN_SERIES = 50;

export class SharedWindows {
  readonly #evaluator: Evaluator;
  readonly #isMeasuring: boolean;
  readonly #path: string;
  readonly #clock: Clock;
  /** From when on this process counts for a selection that it comes to know; what was before, the journal has. */
  countsFromMillis: number;
  #tidiedAt: number;
  /** Series that were written since the last checkpoint. */
  #written = 0;
  #isCheckpointing = false;

  constructor({ evaluator, measuresSinceMillis, path, clock = systemClock }: SharedWindowsOptions) {
    this.#evaluator = evaluator;
    this.#path = path;
    this.#isMeasuring = measuresSinceMillis !== undefined;
    this.#clock = clock;
    this.countsFromMillis = measuresSinceMillis ?? clock.now();
    this.#tidiedAt = clock.monotonic();
  }

  /** Notes from when on this process counts for selections that it has come to know: also where they cannot be written for long. */
  begin(): void {
    for (const selection of this.#evaluator.selections) selection.countsFromMillis ??= this.countsFromMillis;
  }

  /** Writes what was measured. Says `false` when others have taken this process for dead. */
  async save(stores: Stores, nowMillis: number, slices: Slices): Promise<boolean> {
    await this.#attach(stores, nowMillis, slices);
    do {
      await this.commit(stores, () => undefined, slices.isOver);
      await slices.pause();
    } while (this.#hasUnsaved());
    return !this.#isMeasuring || (await write(stores, () => stores.windows.counted(stores.source, nowMillis)));
  }

  /** Writes what is not written, until `isOver`, and what `fn` writes, in one transaction. */
  async commit(
    { windows, source, ...stores }: Stores,
    fn: () => void,
    isOver: () => boolean = () => false,
  ): Promise<void> {
    const written = await write(stores, () => {
      const saved: [Selection, number][] = [];
      if (this.#hasUnsaved()) {
        const change = windows.nextChange();
        for (const selection of this.#evaluator.selections) {
          let groups = 0;
          while (groups < selection.dirty.length && !(groups > 0 && isOver())) {
            windows.save(selection, selection.dirty[groups] as Group, source, change);
            groups += 1;
          }
          if (groups > 0) saved.push([selection, groups]);
          if (isOver()) break;
        }
      }
      fn();
      return saved;
    });
    for (const [selection, groups] of written) {
      for (const group of selection.dirty.splice(0, groups)) selection.saved(group);
      this.#written += groups;
    }
  }

  /** What the other processes have written, and what only the journal has. */
  async takeOthers(stores: Stores, nowMillis: number, slices: Slices): Promise<void> {
    stores.seenChange = await this.takeChanges(stores, slices);
    try {
      if (stores.feed) await stores.feed.take(nowMillis, slices);
      // There is no past to be had.
      else for (const selection of this.#evaluator.selections) selection.hasPast = true;
    } catch (error) {
      // What was counted may be written or not: from the beginning, at the next tick.
      stores.seenChange = undefined;
      await this.forgetOthers(slices);
      throw error;
    }
  }

  /** @returns the last change there was. */
  async takeChanges({ windows, source, seenChange = -1 }: Stores, slices: Slices): Promise<number> {
    const byId = new Map([...this.#evaluator.selections].map((selection) => [selection.id, selection]));
    const last = windows.lastChange();
    let place: Place | undefined = [seenChange, Number.MAX_SAFE_INTEGER, 0, 0, 0];
    while (place !== undefined) {
      place = windows.takeChanges(place, source, (id) => byId.get(id));
      await slices.pause();
    }
    const ended = windows.sources().filter(({ process, isOver }) => process !== null && isOver);
    await this.#evaluator.end(
      ended.map(({ id }) => id),
      slices,
    );
    return last;
  }

  async forgetOthers(slices: Slices): Promise<void> {
    for (const selection of this.#evaluator.selections) {
      selection.removeSources((source) => source !== OWN);
      await slices.pause();
    }
  }

  /** Brings to the present what lies ahead of the clock. A little of it at each tick, all of it when the clock was set. */
  async tidy(stores: Stores, { isClockSet, ...times }: Tidying, slices: Slices): Promise<void> {
    const isDue = Math.abs(this.#clock.monotonic() - this.#tidiedAt) >= TIDY_MILLIS;
    if (!isClockSet && !isDue && this.#evaluator.isTidy) return;
    if (isDue) this.#tidiedAt = this.#clock.monotonic();
    const gone = new Set([OWN]);
    if (stores.seenChange !== undefined) {
      for (const { id, process, isOver } of stores.windows.sources()) if (process === null || isOver) gone.add(id);
    }
    const isOurs = (source: number): boolean => gone.has(source);
    await this.takeOut(stores, this.#evaluator.tidy(times, isOurs, slices.isOver));
    if (!isClockSet) return;
    while (!this.#evaluator.isTidy) {
      await slices.pause();
      await this.takeOut(stores, this.#evaluator.tidy(times, isOurs, slices.isOver));
    }
  }

  /** Removes what no window holds any more: a little at each tick, for as much is written at each. */
  async prune(stores: Stores, nowMillis: number, forgetAsOf: number, slices: Slices): Promise<void> {
    const selections = [...this.#evaluator.selections];
    for (let piece = 0; piece < PRUNED_PIECES; piece++) {
      await slices.pause();
      if (await write(stores, () => stores.windows.prune(selections, nowMillis, forgetAsOf, slices.isOver))) return;
    }
  }

  /** At the end of a turn: has what was written taken into the file now and then. Not waited for. */
  checkpoint(): void {
    this.#written += TURN_SERIES;
    if (this.#isCheckpointing || this.#written < CHECKPOINT_SERIES) return;
    this.#written = 0;
    this.#isCheckpointing = true;
    void checkpoint(this.#path).then(() => (this.#isCheckpointing = false));
  }

  /** Others took us for dead, and took from our journal what we have not written. */
  beginAnew(): void {
    this.countsFromMillis = this.#clock.now();
    for (const selection of this.#evaluator.selections) {
      selection.removeSources(() => true);
      selection.countsFromMillis = this.countsFromMillis;
    }
  }

  /** Finds or makes the rows of selections that have none. */
  async #attach(stores: Stores, nowMillis: number, slices: Slices): Promise<void> {
    const unattached = [...this.#evaluator.selections].filter(({ id }) => id === undefined);
    const attach = (selection: Selection): void => {
      const fromMillis = selection.countsFromMillis ?? this.countsFromMillis;
      stores.windows.attach(selection, nowMillis, this.#isMeasuring ? { id: stores.source, fromMillis } : undefined);
    };
    while (unattached.length > 0) {
      const attached = await write(stores, () => {
        let count = 0;
        do attach(unattached[count++] as Selection);
        while (count < unattached.length && !slices.isOver());
        return count;
      });
      unattached.splice(0, attached);
      await slices.pause();
    }
  }

  /** Empties rows of buckets, so that others see it too. */
  async takeOut({ windows, source, ...stores }: Stores, moved: readonly Moved[]): Promise<void> {
    if (moved.length === 0) return;
    await write(stores, () => {
      const change = windows.nextChange();
      for (const { selection, group, bucket } of moved) windows.empty(selection, group, bucket, source, change);
    });
  }

  #hasUnsaved(): boolean {
    for (const { dirty } of this.#evaluator.selections) if (dirty.length > 0) return true;
    return false;
  }
}
