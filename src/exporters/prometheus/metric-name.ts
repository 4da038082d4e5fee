// What a metric and its labels are called in Prometheus. Same names as a collector's Prometheus exporter gives (its otlptranslator 1.0), so that one
// dashboard and one rule file serve both ways in.
// https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/

/** Words for units; a unit that is not here is its own word. */
const UNITS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};
/** Words for what stands behind the slash. */
const PER_UNITS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

export type PrometheusKind = 'counter' | 'gauge' | 'non_monotonic' | 'histogram';

/** `gen_ai.client.operation.duration` in `s` as `gen_ai_client_operation_duration_seconds`. */
export function metricName(name: string, unit: string, kind: PrometheusKind): string {
  let words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
  const [main = '', per = ''] = splitOnce(unit, '/').map((part) => part.trim());
  // > UCUM annotations, the parts in curly braces, carry no unit.
  let mainWord = isAnnotation(main) ? '' : cleanUnit(UNITS[main] ?? main);
  const perWord = isAnnotation(per) || per === '' ? '' : cleanUnit(`per_${PER_UNITS[per] ?? per}`).replace(/_$/, '');
  if (words.includes(mainWord)) mainWord = '';
  if (perWord !== '' && perWord !== 'per') mainWord = mainWord.replace(/_$/, '');
  if (mainWord !== '') words.push(mainWord);
  if (perWord !== '' && perWord !== 'per') words.push(perWord);
  // > The name of a monotonic sum MUST end with `_total`.
  if (kind === 'counter') words = [...words.filter((word) => word !== 'total'), 'total'];
  if (unit === '1' && kind === 'gauge') words = [...words.filter((word) => word !== 'ratio'), 'ratio'];
  const joined = words.join('_');
  return /^\d/.test(joined) ? `_${joined}` : joined;
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function isAnnotation(unit: string): boolean {
  return /[{}]/.test(unit);
}

function cleanUnit(word: string): string {
  return word
    .replaceAll(/[^a-zA-Z0-9:]/g, '_')
    .replaceAll(/_{2,}/g, '_')
    .replace(/^_/, '');
}

/**
 * Labels that mean something to Prometheus or are added to every sample: a user's own become `exported_…`, as Prometheus itself does
 * with labels that it needs.
 */
const RESERVED_LABELS = new Set(['le', 'quantile', 'otel_scope_name', 'otel_scope_version', 'otel_scope_schema_url']);

/** `gen_ai.request.model` as `gen_ai_request_model`. Never empty, never with a leading digit. */
export function labelName(key: string): string {
  const name = key.replaceAll(/[^a-zA-Z0-9]+/g, '_') || '_';
  if (RESERVED_LABELS.has(name)) return `exported_${name}`;
  if (name === '_') return 'key_';
  return /^\d/.test(name) ? `key_${name}` : name;
}
