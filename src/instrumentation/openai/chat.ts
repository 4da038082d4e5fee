// Answers of chat completions, legacy completions and embeddings, whole and as streams.
import type { Attributes } from '@opentelemetry/api';
import { OPENAI_RESPONSE_SERVICE_TIER, OPENAI_RESPONSE_SYSTEM_FINGERPRINT } from '../../semconv.ts';
import type { InferenceResponse, StreamReader } from '../inference/vendor-adapter.ts';
import { array, type Fields, fields, inOrder, string } from '../inference/wire.ts';
import { outputMessages } from './chat-content.ts';
import { readUsage } from './usage.ts';

export function readCompletion(body: unknown): InferenceResponse {
  const completion = fields(body);
  const choices = array(completion.choices);
  return {
    id: string(completion.id),
    model: string(completion.model),
    finishReasons: choices
      .map((choice) => string(fields(choice).finish_reason))
      .filter((reason) => reason !== undefined),
    usage: readUsage(completion.usage),
    attributes: responseAttributes(completion),
    outputMessages: choices.length > 0 ? () => outputMessages(choices) : undefined,
    // A gateway may answer 200 with an error in the body, and the first of openai 4 pass one on within a stream.
    errorType: completion.error ? errorCode(completion.error) : undefined,
  };
}

export function responseAttributes(body: Fields): Attributes {
  const attributes: Attributes = {};
  const tier = string(body.service_tier);
  const fingerprint = string(body.system_fingerprint);
  if (tier) attributes[OPENAI_RESPONSE_SERVICE_TIER] = tier;
  if (fingerprint) attributes[OPENAI_RESPONSE_SYSTEM_FINGERPRINT] = fingerprint;
  return attributes;
}

/** Never the message. */
export function errorCode(error: unknown): string {
  const { code, type } = fields(error);
  return string(code) ?? string(type) ?? (typeof code === 'number' ? String(code) : 'error');
}

interface Choice {
  finish_reason?: string;
  role?: string;
  content: string;
  refusal?: string;
  reasoning_content?: string;
  /** By index: calls may come interleaved. */
  tool_calls: Map<number, { id?: unknown; function: { name?: unknown; arguments: string } }>;
}

/** Puts the chunks of a completion together into the completion it would have been, as far as it came. */
export class CompletionStreamReader implements StreamReader {
  // The last word counts: some send the id with every chunk, some an empty model first, some the usage more than once.
  readonly #last: {
    id?: string;
    model?: string;
    service_tier?: string;
    system_fingerprint?: string;
    usage?: unknown;
    error?: unknown;
  } = {};
  readonly #choices = new Map<number, Choice>();
  readonly #keepContent: boolean;

  constructor(keepContent: boolean) {
    this.#keepContent = keepContent;
  }

  chunk(value: unknown): void {
    const chunk = fields(value);
    const last = this.#last;
    last.id = string(chunk.id) || last.id;
    last.model = string(chunk.model) || last.model;
    last.service_tier = string(chunk.service_tier) ?? last.service_tier;
    last.system_fingerprint = string(chunk.system_fingerprint) ?? last.system_fingerprint;
    last.usage = chunk.usage ?? fields(chunk.x_groq).usage ?? last.usage;
    last.error = chunk.error ?? last.error;
    for (const each of array(chunk.choices)) {
      const given = fields(each);
      const index = typeof given.index === 'number' ? given.index : 0;
      const choice: Choice = this.#choices.get(index) ?? { content: '', tool_calls: new Map() };
      this.#choices.set(index, choice);
      choice.finish_reason = string(given.finish_reason) ?? choice.finish_reason;
      if (this.#keepContent) extend(choice, given);
    }
  }

  /** Every choice is finished; what may come yet is the usage. */
  isComplete(): boolean {
    const choices = [...this.#choices.values()];
    return choices.length > 0 && choices.every(({ finish_reason }) => finish_reason !== undefined);
  }

  response(): InferenceResponse {
    const choices = inOrder(this.#choices).map(({ finish_reason, ...message }) => ({
      finish_reason,
      message: { ...message, tool_calls: inOrder(message.tool_calls) },
    }));
    const response = readCompletion({ ...this.#last, choices });
    return this.#keepContent ? response : { ...response, outputMessages: undefined };
  }
}

function extend(choice: Choice, given: Fields): void {
  const delta = fields(given.delta);
  choice.role = string(delta.role) ?? choice.role;
  // `text` is that of legacy completions.
  choice.content += string(delta.content) ?? string(given.text) ?? '';
  const refusal = string(delta.refusal);
  if (refusal) choice.refusal = (choice.refusal ?? '') + refusal;
  const reasoning = string(delta.reasoning_content) ?? string(delta.reasoning);
  if (reasoning) choice.reasoning_content = (choice.reasoning_content ?? '') + reasoning;
  for (const each of array(delta.tool_calls)) {
    const part = fields(each);
    const { name, arguments: text } = fields(part.function);
    const index = typeof part.index === 'number' ? part.index : choice.tool_calls.size;
    const call = choice.tool_calls.get(index) ?? { function: { arguments: '' } };
    choice.tool_calls.set(index, call);
    call.id ??= part.id;
    call.function.name ??= name;
    call.function.arguments += string(text) ?? '';
  }
}
