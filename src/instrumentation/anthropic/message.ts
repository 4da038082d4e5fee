// What an answer of the Anthropic API amounts to, streamed or whole.
import type { InferenceResponse } from '../inference/vendor-adapter.ts';
import { outputMessages } from './content.ts';
import { type Counts, toTokenUsage, usageAttributes } from './usage.ts';

export interface Message {
  id?: string | undefined;
  model?: string | undefined;
  stopReason?: string | undefined;
  counts: Counts;
  errorType?: string | undefined;
  /** Content blocks, or the text of a legacy completion; absent when it is not kept. */
  content?: unknown;
}

export function readMessage(message: Message): InferenceResponse {
  const { id, model, stopReason, counts, errorType, content } = message;
  return {
    id,
    model,
    // Why the model stopped, in the API's own words (`end_turn`, `tool_use`, ...): the conventions give no list to translate into.
    finishReasons: stopReason === undefined ? undefined : [stopReason],
    usage: toTokenUsage(counts),
    attributes: usageAttributes(counts),
    errorType,
    outputMessages: () => (content === undefined ? undefined : outputMessages(content, stopReason)),
  };
}
