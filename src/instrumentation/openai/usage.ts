// Tokens as the OpenAI API counts them, and as those count them who speak it otherwise. Absent stays absent: it is not 0.
import type { TokenUsage } from '../inference/vendor-adapter.ts';
import { fields, number } from '../inference/wire.ts';

/** @param usage of chat completions, legacy completions, embeddings or responses; they differ in names only. */
export function readUsage(usage: unknown): TokenUsage | undefined {
  const given = fields(usage);
  const input = number(given.prompt_tokens ?? given.input_tokens);
  const total = number(given.total_tokens);
  let output = number(given.completion_tokens ?? given.output_tokens);
  const inputDetails = fields(given.prompt_tokens_details ?? given.input_tokens_details);
  const reasoning = number(
    fields(given.completion_tokens_details ?? given.output_tokens_details).reasoning_tokens ?? given.reasoning_tokens,
  );
  if (input === undefined && output === undefined) return undefined;
  // OpenAI counts reasoning within the output; x.ai beside it, and only the total tells.
  if (input !== undefined && output !== undefined && reasoning && input + output + reasoning === total)
    output += reasoning;
  return {
    input,
    output,
    // DeepSeek has its own name, Moonshot the plain one.
    cacheRead: number(inputDetails.cached_tokens ?? given.prompt_cache_hit_tokens ?? given.cached_tokens),
    cacheCreation: number(inputDetails.cache_write_tokens),
    reasoning,
  };
}
