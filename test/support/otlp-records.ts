// OTLP/JSON lines as single records in one spelling, so that two ways of writing the same data can be compared.
// Never hides a difference in meaning: only what proto3 itself calls equal becomes equal.

const INT64_FIELDS = new Set([
  'timeUnixNano',
  'observedTimeUnixNano',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'intValue',
  'asInt',
  'count',
  'bucketCounts',
  'zeroCount',
]);
/** Members of a oneof or `optional` fields: there a zero or an empty value is not the same as absence. */
const PRESENCE_FIELDS = new Set(
  (
    'stringValue boolValue intValue doubleValue arrayValue kvlistValue bytesValue ' +
    'asInt asDouble sum min max gauge histogram exponentialHistogram summary'
  ).split(' '),
);

type Json = { [field: string]: any };

export interface OtlpRecord {
  readonly signal: 'traces' | 'logs' | 'metrics';
  /** The span, the log record, or the metric with a single point in `data`. Normalised. */
  readonly record: Json;
  readonly scope: Json;
  readonly resource: Json;
}

/** Every record of OTLP/JSON lines. Throws on a line that is not OTLP/JSON: skipping is what must not happen unseen in a test. */
export function recordsOf(lines: readonly string[]): OtlpRecord[] {
  return lines.flatMap((line) => {
    const data = normalise(parseExactly(line)) as Json;
    if (data['resourceSpans']) return flatten('traces', data['resourceSpans'], 'scopeSpans', 'spans');
    if (data['resourceLogs']) return flatten('logs', data['resourceLogs'], 'scopeLogs', 'logRecords');
    if (data['resourceMetrics']) {
      return flatten('metrics', data['resourceMetrics'], 'scopeMetrics', 'metrics').flatMap(onePointEach);
    }
    throw new Error(`not OTLP/JSON: ${line.slice(0, 200)}`);
  });
}

/**
 * The same records as sorted texts, for comparing two collections whatever their order and grouping.
 * @param resourceKeys which attributes of the resource are compared; all when left out. The journal keeps `service.*` only.
 */
export function comparable(lines: readonly string[], resourceKeys = /^/): string[] {
  return recordsOf(lines)
    .map(({ resource, ...entry }) => {
      const attributes = (resource['attributes'] ?? []).filter(({ key }: Json) => resourceKeys.test(key));
      return JSON.stringify(sorted({ ...entry, resource: { ...resource, attributes } }), null, 1);
    })
    .sort();
}

/** What the two collections do not share, one line a difference, `-` for what only `expected` has; empty when they are equal. */
export function differences(actual: readonly string[], expected: readonly string[]): string {
  const only = (these: readonly string[], those: readonly string[]): string[] => {
    const left = [...those];
    return these.filter((each) => {
      const at = left.indexOf(each);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
  };
  const [missing, extra] = [only(expected, actual), only(actual, expected)];
  const text: string[] = [];
  for (let pair = 0; pair < Math.max(missing.length, extra.length); pair++) {
    // Of a pair, the lines that differ say enough.
    const [a, b] = [missing[pair]?.split('\n') ?? [], extra[pair]?.split('\n') ?? []];
    for (const line of only(a, b)) text.push(`- ${line.trim()}`);
    for (const line of only(b, a)) text.push(`+ ${line.trim()}`);
  }
  return text.join('\n');
}

/** The value of an attribute as JavaScript would have it; 64-bit integers as text when they do not fit a number. */
export function attribute(record: Json, key: string): any {
  const found = (record['attributes'] ?? []).find((entry: Json) => entry['key'] === key);
  return found && plain(found['value']);
}

function plain(value: Json = {}): unknown {
  if ('intValue' in value) {
    const number = Number(value['intValue']);
    return Number.isSafeInteger(number) ? number : value['intValue'];
  }
  if ('arrayValue' in value) return (value['arrayValue'].values ?? []).map(plain);
  if ('kvlistValue' in value) {
    return Object.fromEntries(
      (value['kvlistValue'].values ?? []).map((each: Json) => [each['key'], plain(each['value'])]),
    );
  }
  return Object.values(value)[0];
}

function flatten(signal: OtlpRecord['signal'], resources: Json[], scopes: string, records: string): OtlpRecord[] {
  return resources.flatMap((inResource) =>
    (inResource[scopes] ?? []).flatMap((inScope: Json) =>
      (inScope[records] ?? []).map((record: Json) => ({
        signal,
        record,
        scope: { ...inScope['scope'], schemaUrl: inScope['schemaUrl'] },
        resource: { ...inResource['resource'], schemaUrl: inResource['schemaUrl'] },
      })),
    ),
  );
}

function onePointEach(entry: OtlpRecord): OtlpRecord[] {
  const { gauge, sum, histogram, exponentialHistogram, summary, ...about } = entry.record;
  const [kind, { dataPoints, ...rest }] = Object.entries({ gauge, sum, histogram, exponentialHistogram, summary }).find(
    ([, data]) => data !== undefined,
  ) as [string, Json];
  const metric = { ...about, kind, ...rest };
  return (dataPoints ?? []).map((data: Json) => Object.assign({}, entry, { record: Object.assign({ data }, metric) }));
}

/** JSON.parse that keeps 64-bit integers written as numbers. */
function parseExactly(text: string): unknown {
  const reviver = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? context?.source : value;
  return JSON.parse(text, reviver);
}

function normalise(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => normalise(each, field));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, each]): [string, unknown] => [key, normalise(each, key)])
        .filter(([key, each]) => PRESENCE_FIELDS.has(key) || !isDefault(each)),
    );
  }
  return INT64_FIELDS.has(field) && typeof value === 'number' ? String(value) : value;
}

function isDefault(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    value === 0 ||
    value === '0' ||
    value === false ||
    (Array.isArray(value) && value.length === 0) ||
    (typeof value === 'object' && Object.keys(value).length === 0)
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
