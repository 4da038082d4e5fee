// Second stage: what the call cost. Adds nothing where the price or the usage is unknown.
import type { Attributes } from '@opentelemetry/api';
import type { Cost } from '../pricing/cost.ts';
import type { Pricing } from '../pricing/pricing.ts';
import * as names from '../semconv.ts';
import type { Inference } from './inference.ts';

/** @param at milliseconds since the epoch at which the call was made. */
export function priceInference(pricing: Pricing, call: Inference, at: number): Cost | undefined {
  return pricing.priceOf({
    provider: call.provider,
    model: call.responseModel ?? call.requestModel,
    requestModel: call.requestModel,
    usage: {
      input: call.inputTokens,
      output: call.outputTokens,
      cacheRead: call.cacheReadTokens,
      cacheWrite: call.cacheCreationTokens,
      cacheWrite1h: call.cacheCreation1hTokens,
      reasoning: call.reasoningTokens,
    },
    at,
  });
}

export function addCost(findings: Attributes, cost: Cost): void {
  findings[names.AGENT_VITALS_COST_USD] = cost.totalUsd;
  findings[names.AGENT_VITALS_COST_USD_INPUT] = cost.inputUsd;
  findings[names.AGENT_VITALS_COST_USD_CACHE_READ] = cost.cacheReadUsd;
  findings[names.AGENT_VITALS_COST_USD_CACHE_WRITE] = cost.cacheWriteUsd;
  findings[names.AGENT_VITALS_COST_USD_OUTPUT] = cost.outputUsd;
}
