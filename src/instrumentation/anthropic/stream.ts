// Puts a stream of the Anthropic API together into the message it would have been without streaming, as far as it came.
import type { InferenceResponse, StreamReader } from '../inference/vendor-adapter.ts';
import { type Fields, fields, inOrder, string } from '../inference/wire.ts';
import { type Message, readMessage } from './message.ts';
import { updateCounts } from './usage.ts';

/** A content block in the making. A tool's input comes as pieces of JSON text. */
type Block = Record<string, unknown> & { inputJson?: string };

/** Reads the events of the Messages API. */
export class MessageStreamReader implements StreamReader {
  readonly #message: Message = { counts: {} };
  readonly #blocks: Map<number, Block> | undefined;
  #open = false;
  #complete = false;

  constructor(keepContent: boolean) {
    if (keepContent) this.#blocks = new Map();
  }

  chunk(value: unknown): void {
    const event = fields(value);
    const message = this.#message;
    switch (event.type) {
      case 'message_start': {
        this.#open = true;
        const start = fields(event.message);
        message.id = string(start.id);
        message.model = string(start.model);
        message.counts = updateCounts(message.counts, start.usage);
        break;
      }
      case 'content_block_start': {
        const block = fields(event.content_block);
        // Another model goes on where the first one declined.
        if (block.type === 'fallback') message.model = string(fields(block.to).model) ?? message.model;
        if (typeof event.index === 'number') this.#blocks?.set(event.index, { ...block });
        break;
      }
      case 'content_block_delta':
        if (this.#blocks) extend(this.#blocks.get(event.index as number), fields(event.delta));
        break;
      case 'message_delta': {
        message.stopReason = string(fields(event.delta).stop_reason) ?? message.stopReason;
        message.counts = updateCounts(message.counts, event.usage);
        break;
      }
      case 'message_stop':
        this.#open = false;
        this.#complete = true;
        break;
      case 'error':
        message.errorType = string(fields(event.error).type) ?? 'error';
        break;
    }
  }

  isComplete(): boolean {
    return this.#complete;
  }

  response(): InferenceResponse {
    const message = this.#message;
    return readMessage({
      ...message,
      // The consumer sees such a stream end as any other. It matters only where nobody gave the stream up.
      errorType: message.errorType ?? (this.#open ? 'incomplete_stream' : undefined),
      content: this.#blocks && inOrder(this.#blocks).map(finished),
    });
  }
}

/** Reads the events of the legacy text completions. */
export class CompletionStreamReader implements StreamReader {
  readonly #message: Message = { counts: {} };
  readonly #keepContent: boolean;
  #text = '';

  constructor(keepContent: boolean) {
    this.#keepContent = keepContent;
  }

  chunk(value: unknown): void {
    const event = fields(value);
    const message = this.#message;
    message.id = string(event.id) ?? message.id;
    message.model = string(event.model) ?? message.model;
    message.stopReason = string(event.stop_reason) ?? message.stopReason;
    if (this.#keepContent) this.#text += string(event.completion) ?? '';
  }

  response(): InferenceResponse {
    return readMessage({ ...this.#message, content: this.#keepContent ? this.#text : undefined });
  }
}

/** Signatures and citations are no content of the conventions. */
function extend(block: Block | undefined, delta: Fields): void {
  if (!block) return;
  switch (delta.type) {
    case 'text_delta':
      block.text = `${string(block.text) ?? ''}${string(delta.text) ?? ''}`;
      break;
    case 'thinking_delta':
      block.thinking = `${string(block.thinking) ?? ''}${string(delta.thinking) ?? ''}`;
      break;
    case 'compaction_delta':
      block.content = `${string(block.content) ?? ''}${string(delta.content) ?? ''}`;
      break;
    case 'input_json_delta':
      block.inputJson = `${block.inputJson ?? ''}${string(delta.partial_json) ?? ''}`;
      break;
  }
}

/** A stream cut short leaves half a JSON text: that text is then all there is of the input. */
function finished({ inputJson, ...block }: Block): Fields {
  if (!inputJson) return block;
  try {
    return { ...block, input: JSON.parse(inputJson) };
  } catch {
    return { ...block, input: inputJson };
  }
}
