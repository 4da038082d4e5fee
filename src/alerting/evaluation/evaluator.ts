// Rules over windows: takes measurements, keeps the windows of all rules, and says which series change their state. Knows no SDK and no database.
import type { Attributes } from '@opentelemetry/api';
import type { Measure, Rule } from '../rule.ts';
import { type Amounts, type Bucket, COUNTER, HISTOGRAM, type Kind, OWN } from '../window/bucket.ts';
import { widthFor } from '../window/bucket-width.ts';
import { type Group, Selection, type SelectionOptions, selectionKey } from '../window/selection.ts';
import { View } from '../window/view.ts';
import { type Change, Check } from './check.ts';
import type { Slices } from './slices.ts';
import type { SeriesState } from './state-machine.ts';

/** How long a series of which no window holds anything is kept: whoever says that it is 0, or no data, must have had the time. */
const IDLE_MILLIS = 600_000;

/** The present value of one series beside its threshold. */
export interface Reading {
  readonly rule: Rule;
  readonly labels: Readonly<Record<string, string>>;
  /** null: no data. */
  readonly value: number | null;
  readonly threshold: number;
  readonly severity: Rule['severity'];
  /** `undefined`: inactive. */
  readonly state: SeriesState | undefined;
  /** When the threshold will be reached at the pace of the last days; null: it has been, or will not be in this window, or nobody knows. */
  readonly forecastMillis: number | null;
}

/** A bucket that lay ahead of the clock, as it was. */
export interface Moved {
  readonly selection: Selection;
  readonly group: Group;
  readonly bucket: Bucket;
}

export interface Times {
  readonly nowMillis: number;
  /** See {@link Jumps.forgetAsOf}. */
  readonly forgetAsOf: number;
}

export class Evaluator {
  readonly #maxSeries: number;
  readonly #onFold: (metric: string) => void;
  readonly #selections = new Map<string, Selection>();
  #byMetric = new Map<string, Selection[]>();
  readonly #views = new Map<string, View>();
  /** Sources that measure no more. */
  readonly #ended = new Set<number>();
  #checks: Check[] = [];
  /** How far {@link tidy} has come. */
  #tidied = { selections: 0, slots: 0 };
  #checksByView = new Map<View, Check[]>();

  /** @param onFold told for each measurement that is folded because the metric's selection has its full number of series. */
  constructor(maxSeries: number, onFold: (metric: string) => void = () => undefined) {
    this.#maxSeries = maxSeries;
    this.#onFold = onFold;
  }

  get checks(): readonly Check[] {
    return this.#checks;
  }

  get selections(): Iterable<Selection> {
    return this.#selections.values();
  }

  /** Selections of an instrument; `undefined` when no rule looks at it. */
  selectionsOf(metric: string): readonly Selection[] | undefined {
    return this.#byMetric.get(metric);
  }

  /**
   * From now on these rules. A rule that is the same as before keeps its states, and a window that any rule still looks at what it holds.
   * @returns the checks that are no more.
   */
  setRules(rules: readonly Rule[]): Check[] {
    const before = new Map(this.#checks.map((check) => [checkKey(check), check]));
    const checks: Check[] = [];
    const views = new Set<View>();
    const selections = new Set<Selection>();
    for (const rule of rules) {
      if (!rule.enabled) continue;
      const view = this.#viewFor(rule, selections);
      views.add(view);
      for (const step of rule.steps.length > 0 ? rule.steps : [undefined]) {
        const check = new Check(rule, view, step);
        const key = checkKey(check);
        const known = before.get(key);
        before.delete(key);
        checks.push(known ?? check);
      }
    }
    for (const [key, view] of this.#views) if (!views.has(view)) this.#views.delete(key);
    for (const [key, selection] of this.#selections) if (!selections.has(selection)) this.#selections.delete(key);
    this.#byMetric = Map.groupBy(this.#selections.values(), ({ metric }) => metric);
    this.#checks = checks;
    this.#checksByView = Map.groupBy(checks, ({ view }) => view);
    return [...before.values()].filter((gone) => {
      // What was edited goes on as what it is now, where the series are told apart as before.
      const now = checks.find((check) => check.isSuccessorOf(gone));
      now?.inherit(gone);
      return now === undefined;
    });
  }

  /** An increment of a counter, or a value or values of a histogram. */
  add(metric: string, attributes: Attributes, atMillis: number, amounts: number | Amounts): void {
    for (const selection of this.#byMetric.get(metric) ?? []) {
      const group = selection.groupOf(attributes);
      if (group === undefined) continue;
      if (typeof amounts === 'number') selection.increment(group, COUNTER, OWN, atMillis, amounts);
      else selection.add(group, HISTOGRAM, OWN, atMillis, amounts);
    }
  }

  /** A reading of a gauge or an up-down counter. */
  read(metric: string, kind: Kind, attributes: Attributes, atMillis: number, value: number, collection: number): void {
    for (const selection of this.#byMetric.get(metric) ?? []) {
      const group = selection.groupOf(attributes);
      if (group !== undefined) selection.read(group, kind, OWN, atMillis, value, collection);
    }
  }

  /** The database is another one: its rows have other numbers. */
  forgetRows(): void {
    this.#ended.clear();
    for (const selection of this.#selections.values()) selection.forgetRows();
  }

  /** Who measures no more: its up-down counters are gone with it. */
  async end(sources: readonly number[], slices: Slices): Promise<void> {
    const ended = new Set(sources.filter((source) => !this.#ended.has(source)));
    if (ended.size === 0) return;
    for (const source of ended) this.#ended.add(source);
    for (const selection of this.#selections.values()) {
      selection.end(ended);
      await slices.pause();
    }
  }

  /** Brings all windows up to now and judges the rules, in pieces. */
  async judge(nowMillis: number, slices: Slices): Promise<Change[]> {
    const changes: Change[] = [];
    for (const view of this.#views.values()) {
      view.begin();
      await slices.pause();
    }
    for (const selection of this.#selections.values()) {
      for (const group of selection.changed) group.isChanged = false;
      selection.changed = [];
    }
    for (const view of this.#views.values()) {
      for (let slot = 0; slot < view.length; ) {
        slot = view.update(nowMillis, slot, slices.isOver);
        if (slot < view.length) await slices.pause();
      }
      if (!view.hasPast) continue;
      for (const check of this.#checksByView.get(view) ?? []) {
        check.judge(nowMillis, changes);
        await slices.pause();
      }
    }
    return changes;
  }

  /** The clock was set: nothing that is waited for comes sooner or later. */
  shift(byMillis: number): void {
    for (const check of this.#checks) check.shift(byMillis);
    for (const view of this.#views.values()) view.markAll();
  }

  /** Forgets what no window holds any more. */
  async forget(asOfMillis: number, slices: Slices): Promise<void> {
    for (const selection of this.#selections.values()) {
      const oldest = selection.width.startOf(asOfMillis - selection.horizonMillis);
      for (const group of selection.groups) {
        if (group !== undefined) selection.forget(group, oldest);
        if (slices.isOver()) await slices.pause();
      }
    }
  }

  /**
   * Forgets what no window holds any more, gives up series of which nothing is left, and brings to the present what lies ahead of it. Stops when
   * `isOver` says so, and goes on from there when it is called again.
   * @param isOurs see {@link Selection.tidy}.
   */
  tidy({ nowMillis, forgetAsOf }: Times, isOurs: (source: number) => boolean, isOver: () => boolean): Moved[] {
    const moved: Moved[] = [];
    const selections = [...this.#selections.values()];
    for (
      ;
      this.#tidied.selections < selections.length;
      this.#tidied = { selections: this.#tidied.selections + 1, slots: 0 }
    ) {
      const selection = selections[this.#tidied.selections] as Selection;
      const oldest = selection.width.startOf(forgetAsOf - selection.horizonMillis);
      for (let slot = this.#tidied.slots; slot < selection.groups.length; slot++) {
        const group = selection.groups[slot];
        if (group === undefined) continue;
        for (const bucket of selection.tidy(group, oldest, nowMillis, isOurs)) moved.push({ selection, group, bucket });
        if (isIdle(group, nowMillis) && selection.by.length > 0) this.#giveUp(selection, group);
        if ((slot & 63) !== 63 || !isOver()) continue;
        this.#tidied.slots = slot + 1;
        return moved;
      }
    }
    this.#tidied = { selections: 0, slots: 0 };
    return moved;
  }

  /** Whether {@link tidy} has been through all there is. */
  get isTidy(): boolean {
    return this.#tidied.selections === 0 && this.#tidied.slots === 0;
  }

  /** All series of all rules, those of a rule together. */
  readings(): Reading[] {
    const readings: Reading[] = [];
    for (const check of this.#checks) {
      const { view, rule, threshold, severity } = check;
      const slots = Array.from({ length: view.length }, (_, slot) => slot).filter((slot) => view.valuesOf(slot));
      for (const slot of slots) {
        readings.push({
          rule,
          labels: check.identityOf(slot).labels,
          value: check.valueOf(slot),
          threshold,
          severity,
          state: check.states.get(slot),
          forecastMillis: check.forecastOf(slot),
        });
      }
    }
    return readings;
  }

  /** Unless it fires, or is about to. */
  #giveUp(selection: Selection, group: Group): void {
    for (const { view, states } of this.#checks) {
      const slot = states.size === 0 ? undefined : view.slotIn(selection, group);
      if (slot !== undefined && states.has(slot)) return;
    }
    const { slot } = group;
    selection.remove(group);
    for (const view of this.#views.values()) view.release(selection, group.key, slot);
  }

  #viewFor(rule: Rule, used: Set<Selection>): View {
    const { measure, divisor, window, baseline, by } = rule;
    const idleIsZero = rule.noData === 'ok';
    const key = JSON.stringify([measure, divisor, window, baseline, by, idleIsZero]);
    const columnOf = (side: Measure) => {
      const selection = this.#selectionFor(side, rule);
      used.add(selection);
      return { selection, statistic: side.statistic };
    };
    const first = columnOf(measure);
    const columns = divisor ? ([first, columnOf(divisor)] as const) : ([first] as const);
    let view = this.#views.get(key);
    if (view === undefined) {
      // A rule that is to say that nothing comes must have a series that nothing comes of.
      if (by.length === 0) first.selection.groupFor([]);
      view = new View({ columns, window, baseline, idleIsZero, ended: this.#ended });
      this.#views.set(key, view);
    }
    return view;
  }

  #selectionFor({ metric, where }: Measure, { window, baseline, by }: Rule): Selection {
    const options: SelectionOptions = {
      metric,
      where,
      by,
      width: widthFor(window, baseline !== undefined),
      maxSeries: this.#maxSeries,
      onFold: () => this.#onFold(metric),
    };
    const key = selectionKey(options);
    let selection = this.#selections.get(key);
    if (selection === undefined) {
      selection = new Selection(options);
      this.#selections.set(key, selection);
    }
    return selection;
  }
}

/** Whether it has been empty for so long that all rules have judged it as that. */
function isIdle(group: Group, nowMillis: number): boolean {
  if (group.buckets.length > 0) {
    group.emptyMillis = undefined;
    return false;
  }
  group.emptyMillis ??= nowMillis;
  return Math.abs(nowMillis - group.emptyMillis) >= IDLE_MILLIS;
}

function checkKey({ rule, step }: Check): string {
  return JSON.stringify([rule, step]);
}
