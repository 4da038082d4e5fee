// Evaluates rules for one process, together with the others of its data directory: each writes what it measured into alerts.db, and one of them judges
// and tells people. Nothing here throws into the host; without a database it goes on alone, in memory.
import type { DatabaseSync } from 'node:sqlite';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { inTransaction, isLockedError } from '../internal/database.ts';
import { errorName } from '../internal/guard.ts';
import type { Alert } from './alert.ts';
import { alertsDatabasePath } from './alerts-database.ts';
import { type Clock, Jumps, systemClock } from './clock.ts';
import type { Check } from './evaluation/check.ts';
import { Evaluator, type Reading } from './evaluation/evaluator.ts';
import { Ingest } from './evaluation/ingest.ts';
import { RuleSet } from './evaluation/rule-set.ts';
import { Slices } from './evaluation/slices.ts';
import type { Transition } from './notify/history.ts';
import type { ParsedRules } from './parse-rule.ts';
import type { Problems } from './problems.ts';
import { Connection } from './sharing/connection.ts';
import { SharedStates } from './sharing/shared-states.ts';
import { SharedWindows } from './sharing/shared-windows.ts';
import { type Stores, write } from './store/stores.ts';

export interface AlertEngineOptions {
  /** The data directory. */
  readonly dir: string;
  /** Name under which this process writes its journal; a name of its own when it writes none. */
  readonly writer: string;
  /** Option `alerts.rules`. */
  readonly rules: ParsedRules;
  /** What brings the rules: a program started again brings them in the place of what it brought before. */
  readonly origin: string;
  readonly intervalMillis: number;
  readonly maxSeries: number;
  /** When this process began to measure; milliseconds since the epoch. `undefined`: it measures nothing, and judges the journal. */
  readonly measuresSinceMillis?: number | undefined;
  /** What it measured before its first tick does not count: others have it from its journal. */
  readonly startsLate?: boolean | undefined;
  /** Hands alerts to those who tell people: within a transaction of `database()`. */
  readonly publish?: (alert: Alert, cooldownMillis: number) => void;
  /** Told of what has changed, once it is written; of much a piece at a time. */
  readonly onEvaluated?: (transitions: readonly Transition[]) => void;
  /** A measurement was folded because its selection has its full number of series. */
  readonly onFold?: (metric: string) => void;
  readonly problems: Problems;
  readonly clock?: Clock;
}

/** Intervals that a locked database is waited for. */
const PATIENCE = 2;
const KEEP_RULES_MILLIS = 60_000;

export class AlertEngine {
  readonly #options: AlertEngineOptions;
  readonly #clock: Clock;
  readonly #jumps: Jumps;
  readonly #evaluator: Evaluator;
  readonly #ingest: Ingest;
  readonly #ruleSet: RuleSet;
  readonly #windows: SharedWindows;
  readonly #states: SharedStates;
  readonly #connection: Connection;
  #keptRulesAt: number;
  /** Since when others hold the database, by the monotonic clock. */
  #locked: { readonly sinceMillis: number; readonly error: unknown } | undefined;
  #queue: Promise<void> = Promise.resolve();
  #isTicking = false;
  #isClosed = false;

  constructor(options: AlertEngineOptions) {
    const { clock = systemClock, maxSeries, onFold, rules, problems, measuresSinceMillis } = options;
    this.#options = options;
    this.#clock = clock;
    this.#jumps = new Jumps(clock);
    const evaluator = new Evaluator(maxSeries, onFold);
    this.#evaluator = evaluator;
    this.#ingest = new Ingest(evaluator);
    this.#ruleSet = new RuleSet(rules, problems);
    this.#windows = new SharedWindows({ evaluator, measuresSinceMillis, clock, path: alertsDatabasePath(options.dir) });
    this.#states = new SharedStates({ evaluator, clock, onChanged: (some) => options.onEvaluated?.(some) });
    this.#connection = new Connection({
      ...options,
      clock,
      evaluator,
      windows: this.#windows,
      publish: (alert, cooldownMillis) => options.publish?.(alert, cooldownMillis),
      onOpen: (stores) => {
        this.#bringRules(stores);
        this.#ruleSet.reset();
      },
    });
    this.#keptRulesAt = clock.monotonic();
    evaluator.setRules(this.#ruleSet.rules);
  }

  /** alerts.db, or what stands for it in memory while it cannot be used. */
  database(): DatabaseSync {
    return (this.#connection.stores ?? this.#openSomething()).database;
  }

  /** Whether alerts.db cannot be used: what is known is what this process has measured. */
  get isAlone(): boolean {
    return this.#connection.stores?.isFile !== true;
  }

  /** Whether this process judges and tells people. */
  get isEvaluating(): boolean {
    return this.#connection.stores?.seenChange !== undefined;
  }

  /** Opens alerts.db, for {@link refresh} to find it open. Never throws. */
  open(): void {
    try {
      this.#connection.open();
    } catch (error) {
      this.#failed(error);
    }
  }

  /**
   * Reads the rules anew where they have changed. Says whether there is any to evaluate, or a state to end that a rule has left that is gone:
   * without, nothing need be measured. Never throws.
   */
  refresh(): boolean {
    const hasRules = (): boolean => this.#evaluator.checks.length > 0;
    try {
      // What a tick works on is not taken away from it.
      if (this.#isTicking) return true;
      const stores = this.#connection.open();
      this.#refreshRules(stores);
      return hasRules() || stores.states.hasOpen();
    } catch (error) {
      this.#failed(error);
      return hasRules();
    }
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
    const { stores } = this.#connection;
    if (!stores) return;
    try {
      inTransaction(stores.database, () => {
        // Nothing of ours is left in the journal alone.
        if (this.#options.measuresSinceMillis !== undefined) stores.windows.over(stores.source);
        stores.lease.release();
      });
    } catch {
      // They will find that we are gone.
    }
    this.#connection.close();
  }

  async #tick(measured: ResourceMetrics | undefined, discard: boolean): Promise<void> {
    if (this.#isClosed) return;
    const slices = new Slices();
    const nowMillis = this.#clock.now();
    const jump = this.#jumps.take();
    if (jump !== 0) this.#evaluator.shift(jump);
    // What no window held before the clock was set back is no news now.
    if (jump < 0) await this.#evaluator.forget(this.#jumps.forgottenAsOf, slices);
    await slices.pause();
    if (measured) await this.#ingest.take(measured, nowMillis, discard, slices);
    // From now on it counts; what came before, the journal has.
    if (discard) this.#windows.countsFromMillis = nowMillis;
    this.#windows.begin();
    try {
      await this.#share(this.#connection.open(), nowMillis, jump !== 0, slices);
      if (this.#connection.stores?.isFile) {
        this.#locked = undefined;
        this.#options.problems.clear('alerts:database');
        this.#windows.checkpoint();
      } else if (this.#locked && !this.#isPatient()) this.#sayAlone(this.#locked.error);
    } catch (error) {
      this.#failed(error);
      // In memory at once, and not an interval later.
      if (this.#connection.stores === undefined) await this.#alone(nowMillis, slices);
    }
    if (measured) this.#windows.countsFromMillis = nowMillis;
  }

  async #alone(nowMillis: number, slices: Slices): Promise<void> {
    try {
      const stores = this.#connection.openInMemory();
      this.#refreshRules(stores);
      await this.#share(stores, nowMillis, false, slices);
    } catch (error) {
      this.#options.problems.warn('alerts:memory', `alert rules are not evaluated: ${errorName(error)}`);
    }
  }

  async #share(stores: Stores, nowMillis: number, isClockSet: boolean, slices: Slices): Promise<void> {
    const { forgetAsOf } = this.#jumps;
    await this.#windows.tidy(stores, { nowMillis, forgetAsOf, isClockSet }, slices);
    await this.#keepRules(stores, nowMillis, forgetAsOf);
    if (!(await this.#windows.save(stores, nowMillis, slices))) {
      this.#connection.beginAnew();
      this.#windows.beginAnew();
      return;
    }
    const isOurs = await write(stores, () => stores.lease.take());
    if (!isOurs) {
      await this.#standBack(stores, slices);
      if (this.#options.measuresSinceMillis === undefined) await this.#lookOn(stores, nowMillis, slices);
      return;
    }
    const isNew = stores.seenChange === undefined;
    await this.#windows.takeOthers(stores, nowMillis, slices);
    if (isNew) {
      await this.#states.takeOver(stores, slices);
      // The clock may have been set while nobody looked.
      await this.#windows.tidy(stores, { nowMillis, forgetAsOf, isClockSet: true }, slices);
    }
    await this.#states.endGone(stores, nowMillis, slices);
    const changes = await this.#evaluator.judge(nowMillis, slices);
    if (!(await this.#states.record(stores, changes, slices))) await this.#standBack(stores, slices);
    await this.#states.refresh(stores, nowMillis, slices);
    await this.#windows.prune(stores, nowMillis, forgetAsOf, slices);
  }

  /** For who looks on while another judges: the values, and the states that the other has found. */
  async #lookOn(stores: Stores, nowMillis: number, slices: Slices): Promise<void> {
    await this.#windows.takeChanges(stores, slices);
    await this.#evaluator.judge(nowMillis, slices);
    await this.#states.lookOn(stores, slices);
  }

  /** Another evaluates: what we know of the states grows old. */
  async #standBack(stores: Stores, slices: Slices): Promise<void> {
    this.#states.drop();
    for (const check of this.#evaluator.checks) check.forget();
    if (stores.seenChange === undefined) return;
    stores.seenChange = undefined;
    await this.#windows.forgetOthers(slices);
  }

  /** For whoever evaluates, as long as this program goes on. */
  async #keepRules(stores: Stores, nowMillis: number, forgetAsOf: number): Promise<void> {
    if (Math.abs(this.#clock.monotonic() - this.#keptRulesAt) < KEEP_RULES_MILLIS) return;
    this.#keptRulesAt = this.#clock.monotonic();
    await write(stores, () => {
      if (!stores.rules.keep(this.#options.origin, nowMillis, forgetAsOf)) this.#bringRules(stores);
    });
  }

  /** In memory, where nobody else has brought any, all that were known. */
  #bringRules({ rules, isFile }: Pick<Stores, 'rules' | 'isFile'>): void {
    rules.bring(this.#options.origin, isFile ? this.#ruleSet.own : this.#ruleSet.known, this.#clock.now());
  }

  #refreshRules({ rules }: Stores): void {
    if (this.#ruleSet.refresh(rules)) this.#states.leave(this.#evaluator.setRules(this.#ruleSet.rules));
  }

  /** The file, or what stands for it. */
  #openSomething(): Stores {
    try {
      return this.#connection.open();
    } catch (error) {
      this.#failed(error);
      return this.#connection.openInMemory();
    }
  }

  #isPatient(): boolean {
    if (this.#locked === undefined) return false;
    return this.#clock.monotonic() - this.#locked.sinceMillis < PATIENCE * this.#options.intervalMillis;
  }

  #failed(error: unknown): void {
    const isFile = this.#connection.stores?.isFile === true;
    if (isLockedError(error)) {
      this.#locked ??= { sinceMillis: this.#clock.monotonic(), error };
      // It may be over at the next tick: many processes that start together make the file one after the other.
      if (this.#isPatient()) return;
    }
    this.#sayAlone(error);
    if (isFile) this.#connection.close();
  }

  #sayAlone(error: unknown): void {
    this.#options.problems.warn(
      'alerts:database',
      `alerts.db cannot be used, alert rules are evaluated by this process alone: ${errorName(error)}`,
    );
  }
}
