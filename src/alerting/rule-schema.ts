// The shape of a rule as people write it. Loaded when the first rule is parsed: zod is dear at process start.
import * as z from 'zod/mini';
import { parseDuration } from './duration.ts';
import { PRESET_NAMES } from './presets.ts';
import { CALENDAR_PERIODS, OPERATORS, PLAIN_STATISTICS, SEVERITIES } from './rule.ts';

const MINUTE_MILLIS = 60_000;
const DAY_MILLIS = 86_400_000;

const STATISTIC = `must be one of ${PLAIN_STATISTICS.join(', ')}, ratio, or a percentile: p50, p95, p99.9`;
const DURATION = 'must be a duration of at most 31d, for example 90s, 5m, 1h30m, or 0';
const WINDOW = 'must be a duration from 1m to 31d (5m, 24h, 7d), or day, week or month';
const LABEL = 'must be the name of a label: a letter or _, then letters, digits, _ . : / or -, at most 200 characters';
const TEXT = 'must be a text of 1 to 1000 characters';
const WHERE =
  'must be a value, a list of values, or one of {not: value or list}, {like: "gpt-*"}, {notLike: "gpt-*"}, {exists: true or false}';

const text = z.string({ error: TEXT }).check(z.minLength(1, { error: TEXT }), z.maxLength(1000, { error: TEXT }));
const label = z.string({ error: LABEL }).check(z.regex(/^[A-Za-z_][\w.:/-]{0,199}$/, { error: LABEL }));
const number = z.number({ error: 'must be a number' });
const boolean = z.boolean({ error: 'must be true or false' });

function choice<const T extends readonly string[]>(values: T): z.ZodMiniType<T[number]> {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` });
}

function isPercentile(value: string): boolean {
  return /^p\d{1,2}(\.\d{1,3})?$/.test(value) && Number(value.slice(1)) > 0;
}

const measureStatistic = z.string({ error: STATISTIC }).check(
  z.refine((value) => (PLAIN_STATISTICS as readonly string[]).includes(value) || isPercentile(value), {
    error: STATISTIC,
  }),
);
const statistic = z.union([z.literal('ratio'), measureStatistic], { error: STATISTIC });
const duration = z.custom<string | 0>(
  (value) =>
    value === 0 || (typeof value === 'string' && (parseDuration(value) ?? Number.POSITIVE_INFINITY) <= 31 * DAY_MILLIS),
  { error: DURATION },
);
const window = z.string({ error: WINDOW }).check(
  z.refine(
    (value) => {
      const millis = parseDuration(value) ?? 0;
      const isSliding = millis >= MINUTE_MILLIS && millis <= 31 * DAY_MILLIS;
      return isSliding || (CALENDAR_PERIODS as readonly string[]).includes(value);
    },
    { error: WINDOW },
  ),
);
const timeZone = z
  .string({ error: 'must be the name of a time zone, for example Europe/Berlin or UTC' })
  .check(z.refine(isTimeZone, { error: 'must be the name of a time zone, for example Europe/Berlin or UTC' }));

const plainValue = z.union([z.string().check(z.maxLength(1000)), z.number(), z.boolean()]);
const oneOrMore = z.union([plainValue, z.array(plainValue).check(z.minLength(1), z.maxLength(100))]);
const whereValue = z.union(
  [
    oneOrMore,
    z.strictObject({ not: oneOrMore }),
    z.strictObject({ like: z.string().check(z.minLength(1), z.maxLength(1000)) }),
    z.strictObject({ notLike: z.string().check(z.minLength(1), z.maxLength(1000)) }),
    z.strictObject({ exists: z.boolean() }),
  ],
  { error: WHERE },
);
const where = z.record(label, whereValue, { error: 'must be an object of conditions by label' });
const measure = z.strictObject(
  { metric: text, statistic: z.optional(measureStatistic), where: z.optional(where) },
  { error: 'must be an object of metric, statistic and where' },
);

const NAME = 'must be a text of 1 to 100 letters, digits, spaces and _ . : / -, beginning with a letter or digit';
const DAYS = 'must be a whole number of days from 1 to 30';

const shape = {
  name: z.string({ error: NAME }).check(z.regex(/^[\p{L}\p{N}][\p{L}\p{N} _.:/-]{0,99}$/u, { error: NAME })),
  preset: z.optional(choice(PRESET_NAMES)),
  metric: z.optional(text),
  statistic: z.optional(statistic),
  numerator: z.optional(measure),
  denominator: z.optional(measure),
  watch: z.optional(choice(['calls', 'cost'])),
  window: z.optional(window),
  timeZone: z.optional(timeZone),
  where: z.optional(where),
  by: z.optional(
    z.union([label, z.array(label).check(z.maxLength(10))], {
      error: 'must be the name of a label, or a list of at most 10 of them',
    }),
  ),
  op: z.optional(choice(OPERATORS)),
  threshold: z.optional(number),
  steps: z.optional(
    z
      .array(
        z.strictObject({
          at: number.check(
            z.gt(0, { error: 'must be a part of the threshold, 0.8 for 80 %' }),
            z.lte(100, { error: 'must be at most 100' }),
          ),
          severity: choice(SEVERITIES),
        }),
        { error: 'must be a list of steps, for example {at: 0.8, severity: warning}' },
      )
      .check(z.maxLength(10, { error: 'must be at most 10 steps' })),
  ),
  baseline: z.optional(
    z.strictObject(
      {
        days: z.int({ error: DAYS }).check(z.gte(1, { error: DAYS }), z.lte(30, { error: DAYS })),
        atLeast: z.optional(number),
      },
      { error: 'must be an object, for example {days: 7, atLeast: 1}' },
    ),
  ),
  for: z.optional(duration),
  keepFiringFor: z.optional(duration),
  severity: z.optional(choice(SEVERITIES)),
  cooldown: z.optional(duration),
  channels: z.optional(
    z.union([text, z.array(text).check(z.maxLength(50))], {
      error: 'must be the name of a channel, or a list of names',
    }),
  ),
  labels: z.optional(
    z.record(label, z.string({ error: 'must be a text' }).check(z.maxLength(1000)), {
      error: 'must be an object of texts by label',
    }),
  ),
  description: z.optional(text),
  unit: z.optional(
    z
      .string({ error: 'must be a unit as {USD}, s, {token} or 1' })
      .check(z.maxLength(63, { error: 'must be at most 63 characters' })),
  ),
  enabled: z.optional(boolean),
  noData: z.optional(choice(['ok', 'alert'])),
};
const schema = z.strictObject(shape, { error: 'must be an object with the fields of a rule' });

/** What is wrong with one field. */
export interface ShapeProblem {
  /** Empty: the rule as a whole. */
  readonly path: readonly PropertyKey[];
  /** `must be …`, or `is no field …`. */
  readonly message: string;
  /** It is the name of the field that is wrong, and not its value. */
  readonly isKey?: boolean;
}

export function shapeProblems(input: unknown): ShapeProblem[] {
  const result = schema.safeParse(input);
  if (result.success) return [];
  return result.error.issues.flatMap((issue): ShapeProblem[] => {
    if (issue.code === 'unrecognized_keys') {
      const fields = issue.path.length === 0 ? Object.keys(shape).join(', ') : 'see docs/guide/alerting.md';
      return issue.keys.map((key) => ({ path: [...issue.path, key], message: `is no field; fields are: ${fields}` }));
    }
    // A key of `where` or `labels`.
    if (issue.code === 'invalid_key') return [{ path: issue.path, message: LABEL, isKey: true }];
    return [{ path: issue.path, message: issue.message }];
  });
}

function isTimeZone(name: string): boolean {
  try {
    new Date(0).toLocaleString('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
