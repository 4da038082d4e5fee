// One threshold of one rule: which of its series pend and fire. Only series whose value has changed, or that wait for a time, are looked at.
import { createHash } from 'node:crypto';
import type { Alert } from '../alert.ts';
import { formatDuration } from '../duration.ts';
import { formatValue } from '../format-value.ts';
import type { Operator, Rule, Severity, Step } from '../rule.ts';
import { fillTemplate } from '../template.ts';
import type { View } from '../window/view.ts';
import { type AlertState, isTimed, nextState, type SeriesState, shiftState } from './state-machine.ts';

/** A series has gone from one state to another. */
export interface Change {
  readonly check: Check;
  readonly slot: number;
  readonly from: AlertState;
  readonly to: AlertState;
  readonly state: SeriesState | undefined;
  readonly value: number | null;
  readonly atMillis: number;
}

/** Who a series is. */
interface Identity {
  readonly values: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly fingerprint: string;
}

export class Check {
  readonly rule: Rule;
  readonly view: View;
  readonly threshold: number;
  readonly severity: Severity;
  /** Of the alerts of a rule with steps: `80%`. */
  readonly step: string | undefined;
  /** Series that are not inactive, by slot. */
  readonly states = new Map<number, SeriesState>();
  /** Those that time alone can change. */
  readonly #timed = new Set<number>();
  /** Nothing has been judged yet. */
  #isNew = true;
  readonly #identities = new Map<number, Identity>();
  readonly #holds: (value: number) => boolean;

  /** @param step of a rule with steps, the one it is. */
  constructor(rule: Rule, view: View, step?: Step) {
    this.rule = rule;
    this.view = view;
    this.threshold = rule.threshold * (step?.at ?? 1);
    this.severity = step?.severity ?? rule.severity;
    this.step = step && `${Math.round(step.at * 1000) / 10}%`;
    this.#holds = conditionOf(rule.op, this.threshold, rule.noData === 'alert');
  }

  /** How many of its series fire. */
  get firing(): number {
    let firing = 0;
    for (const { state } of this.states.values()) if (state === 'firing') firing += 1;
    return firing;
  }

  /** Whether it is what became of `before`, of the same series. */
  isSuccessorOf(before: Check): boolean {
    const { rule, step, view } = before;
    const hasSameSeries =
      view.by.length === this.view.by.length && view.by.every((label, i) => label === this.view.by[i]);
    return rule.name === this.rule.name && step === this.step && hasSameSeries;
  }

  /** Takes over the states of what it was. */
  inherit(before: Check): void {
    for (const [slot, state] of before.states) this.restore(this.view.restore(before.identityOf(slot).values), state);
  }

  /** Judges the series whose value may have changed since the last time. */
  judge(nowMillis: number, changes: Change[]): void {
    const { view } = this;
    const { values, changed } = view;
    // A new rule may look at what others look at already.
    const count = this.#isNew ? view.length : changed.length;
    for (let i = 0; i < count; i++) {
      const slot = this.#isNew ? i : (changed[i] as number);
      const holds = this.#holds(values[slot] as number);
      if (holds || (this.states.size > 0 && this.states.has(slot))) this.#step(slot, holds, nowMillis, changes);
    }
    this.#isNew = false;
    for (const slot of this.#timed) this.#step(slot, this.#holds(values[slot] as number), nowMillis, changes);
  }

  /** The clock was set by so many milliseconds. */
  shift(byMillis: number): void {
    for (const slot of this.#timed) this.states.set(slot, shiftState(this.states.get(slot) as SeriesState, byMillis));
  }

  /** As it was in an earlier life, or in another process. */
  restore(slot: number, state: SeriesState): void {
    this.#set(slot, state);
    // What has happened since is judged with the next values.
    this.#timed.add(slot);
  }

  forget(): void {
    this.#isNew = true;
    this.states.clear();
    this.#timed.clear();
    this.#identities.clear();
  }

  /** Values of `by`, labels and fingerprint of a series. */
  identityOf(slot: number): Identity {
    let identity = this.#identities.get(slot);
    if (identity === undefined) {
      const values = this.view.valuesOf(slot) ?? this.view.by.map(() => '');
      const labels = this.#labelsOf(values);
      identity = { values, labels, fingerprint: fingerprintOf(this.rule.name, labels) };
      if (this.states.has(slot)) this.#identities.set(slot, identity);
    }
    return identity;
  }

  /** What people are told of a series that fires, or that has. */
  alertOf(slot: number, state: SeriesState): Alert {
    const { rule, threshold, severity } = this;
    const { labels, fingerprint } = this.identityOf(slot);
    const value = this.valueOf(slot);
    return {
      rule: rule.name,
      fingerprint,
      labels,
      state: state.state === 'resolved' ? 'resolved' : 'firing',
      severity,
      description: this.#describe(slot, labels, value),
      value,
      threshold,
      op: rule.op,
      unit: rule.unit,
      channels: rule.channels,
      startsAtMillis: state.firedMillis ?? state.activeMillis,
      endsAtMillis: state.resolvedMillis,
    };
  }

  /** null: no data. */
  valueOf(slot: number): number | null {
    const value = this.view.values[slot] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  }

  /** When the threshold will be reached as things go, in milliseconds since the epoch; see {@link View.forecast}. */
  forecastOf(slot: number): number | null {
    return this.rule.op.startsWith('>') ? this.view.forecast(slot, this.threshold) : null;
  }

  #step(slot: number, holds: boolean, nowMillis: number, changes: Change[]): void {
    const before = this.states.get(slot);
    const state = nextState(before, holds, nowMillis, this.rule);
    if (state === before) {
      if (state === undefined || !isTimed(state)) this.#timed.delete(slot);
      return;
    }
    const from = before?.state ?? 'inactive';
    const to = state?.state ?? 'inactive';
    // That a resolved series is no longer shown is nothing that has happened to it.
    if (from !== to && !(from === 'resolved' && to === 'inactive')) {
      // Before it is forgotten who it was.
      this.identityOf(slot);
      changes.push({
        check: this,
        slot,
        from,
        to,
        state: state ?? before,
        value: this.valueOf(slot),
        atMillis: nowMillis,
      });
    }
    this.#set(slot, state);
  }

  #set(slot: number, state: SeriesState | undefined): void {
    if (state === undefined) {
      this.states.delete(slot);
      this.#identities.delete(slot);
      this.#timed.delete(slot);
      return;
    }
    this.states.set(slot, state);
    if (isTimed(state)) this.#timed.add(slot);
    else this.#timed.delete(slot);
  }

  #labelsOf(values: readonly string[]): Record<string, string> {
    const labels: Record<string, string> = {};
    this.view.by.forEach((label, i) => {
      // In Prometheus a label without a value is one that is not there.
      if (values[i]) labels[label] = values[i];
    });
    Object.assign(labels, this.rule.labels);
    if (this.step !== undefined) labels.step = this.step;
    return labels;
  }

  /** When the whole budget will be used up: of a step that is reached, the next question. */
  #forecastText(slot: number): string {
    const { rule, view } = this;
    const atMillis = rule.op.startsWith('>') ? view.forecast(slot, rule.threshold) : null;
    if (atMillis === null) return '';
    const timeZone = rule.window.kind === 'calendar' ? rule.window.timeZone : undefined;
    return `At this pace ${formatValue(rule.threshold, rule.unit)} will be exceeded on ${new Date(atMillis).toLocaleDateString('sv-SE', { timeZone })}.`;
  }

  #describe(slot: number, labels: Readonly<Record<string, string>>, value: number | null): string {
    const { rule } = this;
    const forecast = this.#forecastText(slot);
    const window = rule.window.kind === 'sliding' ? formatDuration(rule.window.millis) : rule.window.period;
    return fillTemplate(
      rule.description,
      {
        rule: rule.name,
        value: formatValue(value, rule.unit),
        threshold: formatValue(this.threshold, rule.unit),
        budget: formatValue(rule.threshold, rule.unit),
        step: this.step ?? '100%',
        op: rule.op,
        statistic: rule.statistic,
        metric: rule.measure.metric,
        window,
        severity: this.severity,
        unit: rule.unit ?? '',
        labels: Object.entries(labels)
          .map(([name, text]) => `${name}=${text}`)
          .join(', '),
        forecast,
      },
      labels,
    );
  }
}

/** Of the rule's name and the labels, 16 hex digits. */
function fingerprintOf(rule: string, labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([rule, sorted]))
    .digest('hex')
    .slice(0, 16);
}

function conditionOf(op: Operator, threshold: number, isNoDataAlert: boolean): (value: number) => boolean {
  const compare: Record<Operator, (value: number) => boolean> = {
    '>': (value) => value > threshold,
    '>=': (value) => value >= threshold,
    '<': (value) => value < threshold,
    '<=': (value) => value <= threshold,
    '==': (value) => value === threshold,
    '!=': (value) => value !== threshold,
  };
  const test = compare[op];
  return (value) => (Number.isNaN(value) ? isNoDataAlert : test(value));
}
