// A line of the flat usage log that agent-vitals replaces, as the span of a call. What the line does not say, the span does not either.
import { createHash } from 'node:crypto';
import * as names from '../../semconv.ts';
import { isObject } from '../otlp-json.ts';
import { encodeAttributes } from './attributes.ts';

export interface LegacyOptions {
  /** What is written instead of a user's id: the id itself never is. */
  readonly hashUser: (userId: string) => string;
}

/** Tells lines from others that are alike to the last byte: the first of them is 0. */
export function legacySpan(
  line: string,
  entry: Record<string, unknown>,
  same: number,
  options: LegacyOptions,
): object | undefined {
  const startMillis = timeOf(entry.ts);
  if (startMillis === undefined) return undefined;
  const tokens = objectOf(entry.tokens);
  const prompt = objectOf(entry.prompt_cache);
  const cache = objectOf(entry.cache);
  const [read, creation] = [amountOf(prompt.read_tokens), amountOf(prompt.creation_tokens)];
  const cached = (read ?? 0) + (creation ?? 0);
  const input = amountOf(tokens.input);
  const isHit = cache.hit === true;
  // No provider was asked: the tokens of a hit are those that it saved.
  const isFree = isHit && !(amountOf(entry.cost) ?? 0);
  const user = entry.user_id;
  const attributes: Record<string, string | number | boolean | undefined> = {
    [names.GEN_AI_OPERATION_NAME]: 'chat',
    [names.GEN_AI_PROVIDER_NAME]: textOf(entry.provider),
    [names.GEN_AI_REQUEST_MODEL]: textOf(entry.model),
    [names.GEN_AI_WORKFLOW_NAME]: textOf(entry.workflow),
    [names.AGENT_VITALS_WORKFLOW_STAGE]: textOf(entry.stage),
    [names.AGENT_VITALS_TIER]: textOf(entry.tier),
    [names.AGENT_VITALS_USER_HASH]:
      (typeof user === 'string' && user !== '') || typeof user === 'number'
        ? options.hashUser(String(user))
        : undefined,
    [names.AGENT_VITALS_OUTCOME]: 'completed',
    // Where more was cached than came in, the input was told without what was cached, as Anthropic does.
    [isFree ? names.AGENT_VITALS_CACHE_SAVED_INPUT_TOKENS : names.GEN_AI_USAGE_INPUT_TOKENS]:
      input !== undefined && cached > input ? input + cached : input,
    [isFree ? names.AGENT_VITALS_CACHE_SAVED_OUTPUT_TOKENS : names.GEN_AI_USAGE_OUTPUT_TOKENS]: amountOf(tokens.output),
    [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: isFree ? undefined : read,
    [names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS]: isFree ? undefined : creation,
    [names.AGENT_VITALS_COST_USD]:
      typeof entry.cost === 'number' && entry.cost >= 0 ? entry.cost : isHit ? 0 : undefined,
    [names.AGENT_VITALS_CACHE_HIT]: isHit ? true : undefined,
    [names.AGENT_VITALS_CACHE_TYPE]: isHit ? textOf(cache.type) : undefined,
  };
  const id = createHash('sha256').update(`${same}\n${line}`).digest('hex');
  return {
    traceId: id.slice(0, 32),
    spanId: id.slice(32, 48),
    flags: 256,
    name: ['chat', textOf(entry.model)].filter((part) => part !== undefined).join(' '),
    kind: 3,
    startTimeUnixNano: nanosOf(startMillis),
    endTimeUnixNano: nanosOf(startMillis + (amountOf(entry.duration_ms) ?? 0)),
    attributes: encodeAttributes(attributes),
  };
}

/** Whether a line of JSON may be one of that log. */
export function isLegacyEntry(entry: Record<string, unknown>): boolean {
  return entry.ts !== undefined && (isObject(entry.tokens) || entry.cost !== undefined || entry.model !== undefined);
}

/** Milliseconds since the epoch. A time is written as a text, or as a number of seconds or milliseconds. */
function timeOf(ts: unknown): number | undefined {
  const millis =
    typeof ts === 'string' ? Date.parse(ts) : typeof ts === 'number' ? (ts < 1e11 ? ts * 1000 : ts) : Number.NaN;
  return millis >= 0 && millis < 1e14 ? millis : undefined;
}

function nanosOf(millis: number): string {
  return String(BigInt(Math.round(millis * 1000)) * 1000n);
}

function objectOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function amountOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
