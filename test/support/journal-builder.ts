// Journals made on purpose: OTLP/JSON lines of model calls with chosen times, usage and outcomes, as the exporter writes them, and damage beside them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as names from '../../src/semconv.ts';

export interface CallSpec {
  /** Milliseconds since the epoch of the start. */
  readonly at?: number;
  readonly millis?: number;
  /** Any attribute, also one that the others set; `undefined` leaves it out. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly model?: string;
  readonly provider?: string;
  readonly input?: number;
  readonly output?: number;
  /** US dollars; left out: unpriced. */
  readonly cost?: number;
  readonly outcome?: names.Outcome;
  readonly errorType?: string;
  readonly workflow?: string;
  readonly tier?: string;
  /** 64-bit integers as texts, as protobuf's JSON has them and collectors write them. */
  readonly integersAsText?: boolean;
}

let made = 0;

/** One span. Ids are counted up, so each call of a test run is another. */
export function spanOf(spec: CallSpec = {}): object {
  made += 1;
  const { at = Date.now(), millis = 100, integersAsText = false } = spec;
  const attributes = {
    [names.GEN_AI_OPERATION_NAME]: 'chat',
    [names.GEN_AI_PROVIDER_NAME]: spec.provider ?? 'openai',
    [names.GEN_AI_REQUEST_MODEL]: spec.model ?? 'gpt-5',
    [names.GEN_AI_USAGE_INPUT_TOKENS]: spec.input,
    [names.GEN_AI_USAGE_OUTPUT_TOKENS]: spec.output,
    [names.AGENT_VITALS_COST_USD]: spec.cost,
    [names.AGENT_VITALS_OUTCOME]: spec.outcome ?? 'completed',
    [names.ERROR_TYPE]: spec.errorType,
    [names.GEN_AI_WORKFLOW_NAME]: spec.workflow,
    [names.AGENT_VITALS_TIER]: spec.tier,
    ...spec.attributes,
  };
  return {
    traceId: made.toString(16).padStart(32, '0'),
    spanId: made.toString(16).padStart(16, '0'),
    name: 'chat',
    kind: 3,
    startTimeUnixNano: nanos(at),
    endTimeUnixNano: nanos(at + millis),
    attributes: Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ({ key, value: anyValue(value as string, integersAsText) })),
    status: spec.outcome === 'error' ? { code: 2 } : {},
  };
}

/** A line of traces with these spans. */
export function traceLine(...spans: readonly object[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: names.SERVICE_NAME, value: { stringValue: 'test' } }] },
        scopeSpans: [{ scope: { name: names.SCOPE_NAME }, spans }],
      },
    ],
  });
}

/** A line with one call. */
export function callLine(spec?: CallSpec): string {
  return traceLine(spanOf(spec));
}

/** Writes `lines` (or bytes as they are) as a journal file under the data directory; returns its path. */
export function writeJournal(dir: string, lines: readonly string[] | Buffer, name = 'traces-1.jsonl'): string {
  mkdirSync(join(dir, 'journal'), { recursive: true });
  const path = join(dir, 'journal', name);
  writeFileSync(path, Buffer.isBuffer(lines) ? lines : lines.map((line) => `${line}\n`).join(''));
  return path;
}

function nanos(millis: number): string {
  return `${Math.floor(millis)}${String(Math.round((millis % 1) * 1e6)).padStart(6, '0')}`;
}

function anyValue(value: string | number | boolean | readonly string[], integersAsText: boolean): object {
  if (Array.isArray(value)) return { arrayValue: { values: value.map((text: string) => ({ stringValue: text })) } };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: integersAsText ? String(value) : value } : { doubleValue: value };
}
