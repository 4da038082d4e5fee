// Anthropic's usage object in the conventions' terms. In the API `input_tokens` leaves out the cache; in the conventions it does not.
import type { Attributes } from '@opentelemetry/api';
import {
  ANTHROPIC_RESPONSE_SERVICE_TIER,
  ANTHROPIC_USAGE_CACHE_CREATION_1H,
  ANTHROPIC_USAGE_CACHE_CREATION_5M,
  ANTHROPIC_USAGE_COMPACTION_INPUT_TOKENS,
  ANTHROPIC_USAGE_COMPACTION_OUTPUT_TOKENS,
} from '../../semconv.ts';
import type { TokenUsage } from '../inference/vendor-adapter.ts';
import { array, fields, number, string } from '../inference/wire.ts';

/** Counts as the API gives them. What it has not given is absent. */
export interface Counts {
  input?: number | undefined;
  output?: number | undefined;
  cacheRead?: number | undefined;
  cacheCreation?: number | undefined;
  /** Part of `cacheCreation` that lives five minutes. */
  cacheCreation5m?: number | undefined;
  /** Part of `cacheCreation` that lives an hour, at a higher price. */
  cacheCreation1h?: number | undefined;
  thinking?: number | undefined;
  compactionInput?: number | undefined;
  compactionOutput?: number | undefined;
  serviceTier?: string | undefined;
}

/** `counts` with what `usage` says now. Each number of the API is a total so far: it replaces the earlier one, and null or none leaves it. */
export function updateCounts(counts: Counts, usage: unknown): Counts {
  const now = fields(usage);
  const cacheCreation = fields(now.cache_creation);
  const compactions = array(now.iterations)
    .map(fields)
    .filter((iteration) => iteration.type === 'compaction');
  const compacted = compactions.length > 0;
  return {
    input: number(now.input_tokens) ?? counts.input,
    output: number(now.output_tokens) ?? counts.output,
    cacheRead: number(now.cache_read_input_tokens) ?? counts.cacheRead,
    cacheCreation: number(now.cache_creation_input_tokens) ?? counts.cacheCreation,
    cacheCreation5m: number(cacheCreation.ephemeral_5m_input_tokens) ?? counts.cacheCreation5m,
    cacheCreation1h: number(cacheCreation.ephemeral_1h_input_tokens) ?? counts.cacheCreation1h,
    thinking: number(fields(now.output_tokens_details).thinking_tokens) ?? counts.thinking,
    compactionInput: compacted ? sum(compactions.map(promptTokens)) : counts.compactionInput,
    compactionOutput: compacted ? sum(compactions.map((each) => number(each.output_tokens))) : counts.compactionOutput,
    serviceTier: string(now.service_tier) ?? counts.serviceTier,
  };
}

/**
 * > `gen_ai.usage.input_tokens` SHOULD include all types of input tokens, including cached tokens. (GenAI conventions)
 *
 * What the server used to compact the context is billed too, though the API's totals leave it out.
 */
export function toTokenUsage(counts: Counts): TokenUsage | undefined {
  const { input, output, cacheRead } = counts;
  const cacheCreation = counts.cacheCreation ?? sum([counts.cacheCreation5m, counts.cacheCreation1h]);
  if (input === undefined && output === undefined) return undefined;
  return {
    input: input === undefined ? undefined : sum([input, cacheRead, cacheCreation, counts.compactionInput]),
    output: output === undefined ? undefined : sum([output, counts.compactionOutput]),
    cacheRead,
    cacheCreation,
    reasoning: counts.thinking,
  };
}

export function usageAttributes(counts: Counts): Attributes {
  return {
    [ANTHROPIC_USAGE_CACHE_CREATION_5M]: counts.cacheCreation5m,
    [ANTHROPIC_USAGE_CACHE_CREATION_1H]: counts.cacheCreation1h,
    [ANTHROPIC_USAGE_COMPACTION_INPUT_TOKENS]: counts.compactionInput,
    [ANTHROPIC_USAGE_COMPACTION_OUTPUT_TOKENS]: counts.compactionOutput,
    [ANTHROPIC_RESPONSE_SERVICE_TIER]: counts.serviceTier,
  };
}

function promptTokens(usage: Readonly<Record<string, unknown>>): number | undefined {
  return sum([
    number(usage.input_tokens),
    number(usage.cache_read_input_tokens),
    number(usage.cache_creation_input_tokens),
  ]);
}

/** The sum of what is known; unknown when nothing is. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  let total: number | undefined;
  for (const value of values) if (value !== undefined) total = (total ?? 0) + value;
  return total;
}
