// Evaluates rules for one process, together with the others of its data directory: each writes what it measured into alerts.db, and one of them judges
// and tells people. Nothing here throws into the host; without a database it goes on alone, in memory.
import type { DatabaseSync } from 'node:sqlite';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { inTransaction } from '../internal/database.ts';
import { errorName } from '../internal/guard.ts';
import type { Alert } from './alert.ts';
import { openAlertsDatabase, openMemoryDatabase } from './alerts-database.ts';
import { type Clock, Jumps, systemClock } from './clock.ts';
import type { Change, Check } from './evaluation/check.ts';
import { Evaluator, type Moved, type Reading } from './evaluation/evaluator.ts';
import { Ingest } from './evaluation/ingest.ts';
import { RuleSet } from './evaluation/rule-set.ts';
import { Slices } from './evaluation/slices.ts';
import { JournalFeed } from './journal/journal-feed.ts';
import type { Problems } from './problems.ts';
import { Lease } from './store/lease.ts';
import { describeSelf, Members } from './store/member.ts';
import { RuleStore } from './store/rule-store.ts';
import { StateStore, type StoredState } from './store/state-store.ts';
import { BUSY_MILLIS, inodeOf, isLockedError, type Stores, write } from './store/stores.ts';
import { type Place, WindowStore } from './store/window-store.ts';
import { OWN } from './window/bucket.ts';
import type { Group, Selection } from './window/selection.ts';

export interface AlertEngineOptions {
  /** The data directory. */
  readonly dir: string;
  /** Name under which this process writes its journal; a name of its own when it writes none. */
  readonly writer: string;
  /** Option `alerts.rules`. */
  readonly rules: readonly object[];
  /** What brings the rules: a program started again brings them in the place of what it brought before. */
  readonly origin: string;
  readonly intervalMillis: number;
  readonly maxSeries: number;
  /** When this process began to measure; milliseconds since the epoch. `undefined`: it measures nothing, and judges the journal. */
  readonly measuresSinceMillis?: number | undefined;
  /** Hands alerts to those who tell people: within a transaction of `database()`. */
  readonly publish?: (alert: Alert, cooldownMillis: number) => void;
  /** After each evaluation: what has changed, already written. */
  readonly onEvaluated?: (changes: readonly Change[]) => void;
  /** A measurement was folded because its selection has its full number of series. */
  readonly onFold?: (metric: string) => void;
  readonly problems: Problems;
  readonly clock?: Clock;
}

/** A member whose beat stands still for so many intervals is taken for dead or hung. */
const SILENT_INTERVALS = 3;
const MIN_SILENT_MILLIS = 5000;
/** Ticks in a row that a locked database is waited for. */
const PATIENCE = 2;
const TIDY_MILLIS = 60_000;

export class AlertEngine {
  readonly #options: AlertEngineOptions;
  readonly #clock: Clock;
  readonly #jumps: Jumps;
  readonly #evaluator: Evaluator;
  readonly #ingest: Ingest;
  readonly #ruleSet: RuleSet;
  readonly #members: Members;
  readonly #self: string;
  #stores: Stores | undefined;
  /** Changes that are not written yet. */
  #pending: Change[] = [];
  /** From when on this process counts for a selection that it comes to know; what was before, the journal has. */
  #countsFromMillis: number;
  /** States that rules have left that are no more. */
  #gone: StoredState[] = [];
  #lockedTicks = 0;
  #tidiedAt: number;
  #toldAt: number;
  #queue: Promise<void> = Promise.resolve();
  /** The writer's name, anew when others took us for dead. */
  #lives = 0;
  #isTicking = false;
  #isClosed = false;

  constructor(options: AlertEngineOptions) {
    const { clock = systemClock, maxSeries, onFold, writer, rules, problems } = options;
    this.#options = options;
    this.#clock = clock;
    this.#jumps = new Jumps(clock);
    this.#evaluator = new Evaluator(maxSeries, onFold);
    this.#ingest = new Ingest(this.#evaluator);
    this.#ruleSet = new RuleSet(rules, problems);
    this.#self = describeSelf(writer);
    this.#members = new Members(() => clock.monotonic());
    this.#countsFromMillis = options.measuresSinceMillis ?? clock.now();
    this.#tidiedAt = clock.monotonic();
    this.#toldAt = this.#tidiedAt;
    this.#evaluator.setRules(this.#ruleSet.rules);
  }

  /** alerts.db, or what stands for it in memory while it cannot be used. */
  database(): DatabaseSync {
    return (this.#stores ?? this.#openSomething()).database;
  }

  /** Whether this process judges and tells people. */
  get isEvaluating(): boolean {
    return this.#stores?.seenChange !== undefined;
  }

  /** Reads the rules anew where they have changed. Says whether there is any to evaluate: without, nothing need be measured. Never throws. */
  refresh(): boolean {
    try {
      // What a tick works on is not taken away from it.
      if (!this.#isTicking) this.#refreshRules(this.#open());
    } catch (error) {
      this.#failed(error);
    }
    return this.#evaluator.checks.length > 0;
  }

  /**
   * Takes what was measured since the last time, and evaluates if it is this process's turn. Never rejects. One after the other.
   * @param measured `undefined` when nothing was measured, as where only the journal is judged.
   * @param discard increments are forgotten, for the journal has them: they were made long before there was any rule.
   */
  tick(measured?: ResourceMetrics, discard = false): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      // Before what was measured is taken: a rule that came to be meanwhile must find it, or all of it in the journal.
      this.refresh();
      this.#isTicking = true;
      await this.#tick(measured, discard);
      this.#isTicking = false;
    });
    return this.#queue;
  }

  /**
   * Values, thresholds and states of all series, as of the last tick. Of a process that measures while another judges they are its own part only; one
   * that measures nothing sees what the other sees.
   */
  readings(): Reading[] {
    return this.#evaluator.readings();
  }

  /** How many series of each threshold fire. */
  *firing(): Generator<readonly [Check, number]> {
    for (const check of this.#evaluator.checks) yield [check, check.firing];
  }

  /** Writes what is not written, and leaves the evaluation to others. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#queue;
    const stores = this.#stores;
    if (!stores) return;
    this.#stores = undefined;
    try {
      inTransaction(stores.database, () => {
        // Nothing of ours is left in the journal alone.
        if (this.#options.measuresSinceMillis !== undefined) stores.windows.over(stores.source);
        stores.lease.release();
      });
    } catch {
      // They will find that we are gone.
    }
    stores.database.close();
  }

  async #tick(measured: ResourceMetrics | undefined, discard: boolean): Promise<void> {
    if (this.#isClosed) return;
    const slices = new Slices();
    const nowMillis = this.#clock.now();
    const jump = this.#jumps.take();
    if (jump !== 0) this.#evaluator.shift(jump);
    if (measured) this.#ingest.take(measured, nowMillis, discard);
    // From now on it counts; what came before, the journal has.
    if (discard) this.#countsFromMillis = nowMillis;
    try {
      await this.#share(this.#open(), nowMillis, jump !== 0, slices);
      this.#lockedTicks = 0;
      if (this.#stores?.isFile) this.#options.problems.clear('alerts:database');
    } catch (error) {
      this.#failed(error);
      // In memory at once, and not an interval later.
      if (this.#stores === undefined) await this.#alone(nowMillis, slices);
    }
    if (measured) this.#countsFromMillis = nowMillis;
  }

  async #alone(nowMillis: number, slices: Slices): Promise<void> {
    try {
      const stores = this.#openInMemory();
      this.#refreshRules(stores);
      await this.#share(stores, nowMillis, false, slices);
    } catch (error) {
      this.#options.problems.warn('alerts:memory', `alert rules are not evaluated: ${errorName(error)}`);
    }
  }

  async #share(stores: Stores, nowMillis: number, isClockSet: boolean, slices: Slices): Promise<void> {
    await this.#tidy(stores, nowMillis, isClockSet, slices);
    if (!(await this.#save(stores, nowMillis, slices))) return;
    const isOurs = await write(stores, () => stores.lease.take());
    if (!isOurs) {
      this.#standBack(stores);
      if (this.#options.measuresSinceMillis === undefined) await this.#lookOn(stores, nowMillis, slices);
      return;
    }
    const isNew = stores.seenChange === undefined;
    await this.#takeOthers(stores, nowMillis, slices);
    if (isNew) {
      await this.#restore(stores);
      // The clock may have been set while nobody looked.
      await this.#tidy(stores, nowMillis, true, slices);
    }
    await this.#endGone(stores, nowMillis);
    this.#pending.push(...(await this.#evaluator.judge(nowMillis, slices)));
    const changes = await this.#record(stores, slices);
    this.#options.onEvaluated?.(changes);
    await this.#refreshTold(stores, nowMillis, slices);
  }

  /** Writes what was measured, a piece at a time. Says `false` when others have taken this process for dead. */
  async #save(stores: Stores, nowMillis: number, slices: Slices): Promise<boolean> {
    for (const selection of this.#evaluator.selections) {
      if (selection.id === undefined) await write(stores, () => this.#attach(stores, selection, nowMillis));
    }
    do {
      await this.#commit(stores, () => undefined, slices.isOver);
      await slices.pause();
    } while (this.#hasUnsaved());
    if (this.#options.measuresSinceMillis === undefined) return true;
    if (await write(stores, () => stores.windows.counted(stores.source, nowMillis))) return true;
    this.#beginAnew();
    return false;
  }

  /** Writes what is not written, until `isOver`, and what `fn` writes, in one transaction. */
  async #commit(
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
    }
  }

  #hasUnsaved(): boolean {
    for (const { dirty } of this.#evaluator.selections) if (dirty.length > 0) return true;
    return false;
  }

  #attach({ windows, source }: Stores, selection: Selection, nowMillis: number): void {
    const isMeasuring = this.#options.measuresSinceMillis !== undefined;
    windows.attach(selection, nowMillis, isMeasuring ? { id: source, fromMillis: this.#countsFromMillis } : undefined);
  }

  /** What the other processes have written, and what only the journal has. */
  async #takeOthers(stores: Stores, nowMillis: number, slices: Slices): Promise<void> {
    stores.seenChange = await this.#takeChanges(stores, slices);
    try {
      if (stores.feed) await stores.feed.take(nowMillis, slices);
      // There is no past to be had.
      else for (const selection of this.#evaluator.selections) selection.hasPast = true;
    } catch (error) {
      // What was counted may be written or not: from the beginning, at the next tick.
      stores.seenChange = undefined;
      this.#forgetOthers();
      throw error;
    }
  }

  /** @returns the last change there was. */
  async #takeChanges({ windows, source, seenChange = -1 }: Stores, slices: Slices): Promise<number> {
    const byId = new Map([...this.#evaluator.selections].map((selection) => [selection.id, selection]));
    const last = windows.lastChange();
    let place: Place | undefined = [seenChange, Number.MAX_SAFE_INTEGER, 0, 0, 0];
    while (place !== undefined) {
      place = windows.takeChanges(place, source, (id) => byId.get(id));
      await slices.pause();
    }
    return last;
  }

  /** For who looks on while another judges: the values, and the states that the other has found. */
  async #lookOn(stores: Stores, nowMillis: number, slices: Slices): Promise<void> {
    await this.#takeChanges(stores, slices);
    await this.#evaluator.judge(nowMillis, slices);
    for (const check of this.#evaluator.checks) check.forget();
    this.#restoreStates(stores.states.load());
  }

  #forgetOthers(): void {
    for (const selection of this.#evaluator.selections) selection.removeSources((source) => source !== OWN);
  }

  /** Goes on where another process, or an earlier life of this one, has stopped. */
  async #restore(stores: Stores): Promise<void> {
    const stored = stores.states.load();
    this.#gone.push(...this.#restoreStates(stored));
    const known = new Set(stored.map(({ fingerprint }) => fingerprint));
    await write(stores, () => {
      // What came to be while this process was alone.
      for (const check of this.#evaluator.checks) {
        for (const [slot, state] of check.states) {
          if (known.has(check.identityOf(slot).fingerprint)) continue;
          stores.states.save(check, slot);
          if (state.state === 'firing') stores.states.publish(check, slot, state);
        }
      }
    });
  }

  /** @returns those of rules that are no more. */
  #restoreStates(stored: readonly StoredState[]): StoredState[] {
    return stored.filter((one) => {
      const check = this.#evaluator.checks.find(
        ({ rule, step }) => rule.name === one.rule && (step ?? '') === one.step,
      );
      if (check?.view.by.length !== one.values.length) return true;
      const slot = check.view.restore(one.values);
      if (!check.states.has(slot)) check.restore(slot, one.state);
      return false;
    });
  }

  /** Writes what has changed, and hands it to those who tell people: all of it or, when others evaluate by now, nothing. */
  async #record(stores: Stores, slices: Slices): Promise<Change[]> {
    const recorded: Change[] = [];
    while (this.#pending.length > 0) {
      const written = await write(stores, () => {
        if (!stores.lease.isHeld()) return undefined;
        let count = 0;
        for (const change of this.#pending) {
          stores.states.record(change);
          stores.states.save(change.check, change.slot);
          count += 1;
          if (slices.isOver()) break;
        }
        return count;
      });
      if (written === undefined) {
        this.#standBack(stores);
        break;
      }
      recorded.push(...this.#pending.splice(0, written));
      await slices.pause();
    }
    return recorded;
  }

  /** Another evaluates: what we know of the states grows old. */
  #standBack(stores: Stores): void {
    this.#pending = [];
    this.#gone = [];
    if (stores.seenChange === undefined) return;
    stores.seenChange = undefined;
    for (const check of this.#evaluator.checks) check.forget();
    this.#forgetOthers();
  }

  /** A little of it at each tick, all of it when the clock was set. */
  async #tidy(stores: Stores, nowMillis: number, isClockSet: boolean, slices: Slices): Promise<void> {
    const isDue = Math.abs(this.#clock.monotonic() - this.#tidiedAt) >= TIDY_MILLIS;
    if (!isClockSet && !isDue && this.#evaluator.isTidy) return;
    const gone = new Set([OWN]);
    if (stores.seenChange !== undefined) {
      for (const { id, process, isOver } of stores.windows.sources()) if (process === null || isOver) gone.add(id);
    }
    const isOurs = (source: number): boolean => gone.has(source);
    await this.#moveAhead(stores, this.#evaluator.tidy(nowMillis, isOurs, slices.isOver));
    while (!this.#evaluator.isTidy) {
      if (!isClockSet) break;
      await slices.pause();
      await this.#moveAhead(stores, this.#evaluator.tidy(nowMillis, isOurs, slices.isOver));
    }
    if (!isDue) return;
    this.#tidiedAt = this.#clock.monotonic();
    await write(stores, () => this.#bringRules(stores, nowMillis));
  }

  /** For whoever evaluates. In memory, where nobody else has brought any, all that were known. */
  #bringRules({ rules, isFile }: Pick<Stores, 'rules' | 'isFile'>, nowMillis: number): void {
    rules.bring(this.#options.origin, isFile ? this.#ruleSet.own : this.#ruleSet.known, nowMillis);
  }

  /** What lay ahead of the clock is in other buckets now. */
  async #moveAhead({ windows, source, ...stores }: Stores, moved: readonly Moved[]): Promise<void> {
    if (moved.length === 0) return;
    await write(stores, () => {
      const change = windows.nextChange();
      for (const { selection, group, bucket } of moved) windows.empty(selection, group, bucket, source, change);
    });
  }

  /** For the one who evaluates: what is too old goes, and what is told of what fires is what it comes to now. */
  async #refreshTold(stores: Stores, nowMillis: number, slices: Slices): Promise<void> {
    if (Math.abs(this.#clock.monotonic() - this.#toldAt) < TIDY_MILLIS) return;
    this.#toldAt = this.#clock.monotonic();
    const firing = this.#evaluator.checks.flatMap((check) =>
      [...check.states].filter(([, { state }]) => state === 'firing').map(([slot, state]) => ({ check, slot, state })),
    );
    while (firing.length > 0) {
      await slices.pause();
      await write(stores, () => {
        do {
          const { check, slot, state } = firing.pop() as (typeof firing)[number];
          stores.states.publish(check, slot, state);
        } while (firing.length > 0 && !slices.isOver());
      });
    }
    await write(stores, () => stores.states.prune(nowMillis));
    const selections = [...this.#evaluator.selections];
    while (!(await write(stores, () => stores.windows.prune(selections, nowMillis, slices.isOver)))) {
      await slices.pause();
    }
  }

  #refreshRules({ rules }: Stores): void {
    if (!this.#ruleSet.refresh(rules)) return;
    for (const check of this.#evaluator.setRules(this.#ruleSet.rules)) {
      for (const [slot, state] of check.states) {
        const { fingerprint, values } = check.identityOf(slot);
        this.#gone.push({ rule: check.rule.name, step: check.step ?? '', values, fingerprint, state });
      }
    }
  }

  /** Ends what rules have left that are no more. */
  async #endGone(stores: Stores, nowMillis: number): Promise<void> {
    if (this.#gone.length === 0) return;
    await write(stores, () => {
      for (const one of this.#gone) stores.states.end(one, nowMillis);
    });
    this.#gone = [];
  }

  /** The file, or what stands for it. */
  #openSomething(): Stores {
    try {
      return this.#open();
    } catch (error) {
      this.#failed(error);
      return this.#openInMemory();
    }
  }

  /** @throws what SQLite throws. */
  #open(): Stores {
    const { dir } = this.#options;
    const open = this.#stores;
    if (open && (open.isFile ? inodeOf(dir) === open.inode : !this.#isFileBack())) return open;
    open?.database.close();
    this.#stores = undefined;
    return this.#use(openAlertsDatabase(dir, BUSY_MILLIS), true);
  }

  #openInMemory(): Stores {
    return this.#use(openMemoryDatabase(), false);
  }

  #use(database: DatabaseSync, isFile: boolean): Stores {
    try {
      return (this.#stores = this.#storesOf(database, isFile));
    } catch (error) {
      database.close();
      throw error;
    }
  }

  #storesOf(database: DatabaseSync, isFile: boolean): Stores {
    const { dir, intervalMillis, writer, measuresSinceMillis } = this.#options;
    const silentMillis = Math.max(MIN_SILENT_MILLIS, SILENT_INTERVALS * intervalMillis);
    const windows = new WindowStore(database);
    const rules = new RuleStore(database);
    const name = this.#lives === 0 ? writer : `${writer}-${this.#lives}`;
    const source = inTransaction(database, () => {
      this.#bringRules({ rules, isFile }, this.#clock.now());
      return windows.source(name, measuresSinceMillis === undefined ? null : this.#self, this.#countsFromMillis);
    });
    this.#ruleSet.reset();
    for (const selection of this.#evaluator.selections) selection.forgetRows();
    const stores: Stores = {
      database,
      isFile,
      inode: isFile ? inodeOf(dir) : 0,
      rules,
      windows,
      states: new StateStore(database, this.#options.publish ?? (() => undefined)),
      lease: new Lease(database, this.#self, this.#members, silentMillis),
      feed: undefined,
      source,
      seenChange: undefined,
    };
    if (isFile) {
      const commit = (fn: () => void): Promise<void> => this.#commit(stores, fn);
      stores.feed = new JournalFeed({ dir, windows, evaluator: this.#evaluator, members: this.#members, commit });
    }
    return stores;
  }

  #isFileBack(): boolean {
    try {
      openAlertsDatabase(this.#options.dir, BUSY_MILLIS).close();
      return true;
    } catch {
      return false;
    }
  }

  /** Others took us for dead, and took from our journal what we have not written: from now on we are another. */
  #beginAnew(): void {
    this.#lives += 1;
    this.#stores?.database.close();
    this.#stores = undefined;
    this.#countsFromMillis = this.#clock.now();
    for (const selection of this.#evaluator.selections) selection.removeSources(() => true);
  }

  #failed(error: unknown): void {
    // It may be over at the next tick.
    if (isLockedError(error) && this.#stores?.isFile && ++this.#lockedTicks <= PATIENCE) return;
    this.#options.problems.warn(
      'alerts:database',
      `alerts.db cannot be used, alert rules are evaluated by this process alone: ${errorName(error)}`,
    );
    try {
      if (this.#stores?.isFile) this.#stores.database.close();
    } catch {
      // It is as good as closed.
    }
    if (this.#stores?.isFile) this.#stores = undefined;
  }
}
