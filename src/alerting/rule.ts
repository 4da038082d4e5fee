// What a rule is, as the engine, the export to Prometheus and the command line see it: checked, with all defaults filled in.

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];
export const OPERATORS = ['>', '>=', '<', '<=', '==', '!='] as const;
export type Operator = (typeof OPERATORS)[number];
/** Besides percentiles and, between two measures, `ratio`. What each means for which instrument is told in docs/guide/alerting.md. */
export const PLAIN_STATISTICS = ['sum', 'rate', 'count', 'avg', 'min', 'max', 'last'] as const;
type PlainStatistic = (typeof PLAIN_STATISTICS)[number];
/** `p50`, `p99.9`: greater than 0, less than 100. */
type Percentile = `p${number}`;
export type MeasureStatistic = PlainStatistic | Percentile;
type Statistic = MeasureStatistic | 'ratio';
export const CALENDAR_PERIODS = ['day', 'week', 'month'] as const;
export type CalendarPeriod = (typeof CALENDAR_PERIODS)[number];

/** Which series are meant, by one label. Values are compared as text; a label that is absent is the empty text. */
export type Matcher = { readonly label: string } & (
  | { readonly kind: 'in' | 'notIn'; readonly values: readonly string[] }
  /** `*` stands for any text, also none. */
  | { readonly kind: 'like' | 'notLike'; readonly pattern: string }
  | { readonly kind: 'exists'; readonly exists: boolean }
);

/** One number made of the series of an instrument. */
export interface Measure {
  readonly metric: string;
  readonly statistic: MeasureStatistic;
  /** All of them hold. */
  readonly where: readonly Matcher[];
}

export type Window =
  /** The last so many milliseconds. */
  | { readonly kind: 'sliding'; readonly millis: number }
  /** From the beginning of the present day, week (Monday) or month in a time zone. */
  | { readonly kind: 'calendar'; readonly period: CalendarPeriod; readonly timeZone: string };

/** One of several thresholds of a rule, each with alerts of its own. */
export interface Step {
  /** Part of the rule's threshold: 0.8 is 80 %. */
  readonly at: number;
  readonly severity: Severity;
}

/** The value is the measure divided by its average over the same window at the same time of the past days, those that have data. */
export interface Baseline {
  /** 1 to 30. */
  readonly days: number;
  /** A measure below it is not compared: its value is null. */
  readonly atLeast: number;
  /** Whose time of day is the same. */
  readonly timeZone: string;
}

export interface Rule {
  /** Unique. */
  readonly name: string;
  readonly preset: string | undefined;
  readonly statistic: Statistic;
  /** What is measured; of a ratio what is divided. */
  readonly measure: Measure;
  /** Of a ratio what it is divided by; `undefined` otherwise. */
  readonly divisor: Measure | undefined;
  readonly window: Window;
  /** Labels by whose values the series are told apart; of none all series are one. */
  readonly by: readonly string[];
  readonly op: Operator;
  readonly threshold: number;
  /** Lowest first; none: one threshold, with the rule's severity. */
  readonly steps: readonly Step[];
  readonly baseline: Baseline | undefined;
  /** How long the condition must hold before it fires; 0 fires at once. */
  readonly forMillis: number;
  /** How long it goes on firing after the condition no longer holds; 0 resolves at once. */
  readonly keepFiringForMillis: number;
  readonly severity: Severity;
  /** While it fires people are told again after this time; 0 tells them once. */
  readonly cooldownMillis: number;
  /** Names of channels; none: all that are configured. */
  readonly channels: readonly string[];
  /** Put on its alerts beside the values of `by`. */
  readonly labels: Readonly<Record<string, string>>;
  /** With placeholders as `{{value}}`: see docs/guide/alerting.md. */
  readonly description: string;
  /** UCUM, as of the instrument: `s`, `{token}`, `{USD}`; `1` is a ratio. */
  readonly unit: string | undefined;
  readonly enabled: boolean;
  /** Whether a rule without data is as good as one whose condition does not hold, or alerts. */
  readonly noData: 'ok' | 'alert';
}

/** A value of `where`: the label's value, any of several, or a condition. */
export type WhereValue =
  | string
  | number
  | boolean
  | readonly (string | number | boolean)[]
  | { readonly not: string | number | boolean | readonly (string | number | boolean)[] }
  | { readonly like: string }
  | { readonly notLike: string }
  | { readonly exists: boolean };

/** A part of a ratio. */
export interface MeasureInput {
  readonly metric: string;
  /** `sum` when left out. */
  readonly statistic?: MeasureStatistic;
  /** Beside the rule's own. */
  readonly where?: Readonly<Record<string, WhereValue>>;
}

/** A rule as people write it: in the configuration file, in code, or with the command line. Durations as `90s`, `5m`, `24h`, `7d`, `1h30m`; 0 is none. */
export interface RuleInput {
  readonly name: string;
  /** What is watched and how, with its unit and defaults; what is written beside it goes before the defaults. Takes the place of `metric` and `statistic`. */
  readonly preset?: string;
  /** Any instrument of the process. */
  readonly metric?: string;
  readonly statistic?: Statistic;
  /** For `ratio`, in the place of `metric`. */
  readonly numerator?: MeasureInput;
  readonly denominator?: MeasureInput;
  /** For the preset `runaway_agent`: what of a run is watched; `calls` when left out. */
  readonly watch?: 'calls' | 'cost';
  /** `1m` to `31d`, or `day`, `week`, `month`; `5m` when left out. */
  readonly window?: string;
  /** IANA name, for calendar windows and baselines; that of the machine when left out. */
  readonly timeZone?: string;
  readonly where?: Readonly<Record<string, WhereValue>>;
  readonly by?: string | readonly string[];
  /** `>` when left out. */
  readonly op?: Operator;
  readonly threshold?: number;
  readonly steps?: readonly Step[];
  readonly baseline?: { readonly days: number; readonly atLeast?: number };
  readonly for?: string | 0;
  readonly keepFiringFor?: string | 0;
  /** `warning` when left out. */
  readonly severity?: Severity;
  /** `1h` when left out. */
  readonly cooldown?: string | 0;
  readonly channels?: string | readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly unit?: string;
  readonly enabled?: boolean;
  readonly noData?: 'ok' | 'alert';
}
