// Answers of the Responses API, whole and as streams of events.
import type { InferenceResponse, RequestContent, StreamReader } from '../inference/vendor-adapter.ts';
import { array, type Fields, fields, inOrder, string } from '../inference/wire.ts';
import { errorCode, responseAttributes } from './chat.ts';
import { contentPart, type Part, parsed, toolDefinition } from './chat-content.ts';
import { readUsage } from './usage.ts';

export function readResponse(body: unknown): InferenceResponse {
  const response = fields(body);
  const output = array(response.output);
  const reason = finishReason(response, output);
  return {
    id: string(response.id),
    model: string(response.model),
    finishReasons: reason === undefined ? undefined : [reason],
    usage: readUsage(response.usage),
    attributes: responseAttributes(response),
    errorType: response.status === 'failed' ? errorCode(response.error) : undefined,
    outputMessages: output.length > 0 ? () => outputMessages(output, reason) : undefined,
  };
}

/** The API has a status instead; these are the words of chat completions for it, and its own where it gives a reason. */
function finishReason(response: Fields, output: readonly unknown[]): string | undefined {
  switch (response.status) {
    case 'completed':
      return output.some((item) => isToolCall(fields(item))) ? 'tool_calls' : 'stop';
    case 'incomplete':
      return string(fields(response.incomplete_details).reason) ?? 'incomplete';
    case 'failed':
      return 'error';
    case 'cancelled':
      return 'cancelled';
    default:
      return undefined;
  }
}

/** Puts the events of a response together, as far as they came. */
export class ResponseStreamReader implements StreamReader {
  #response: Fields = {};
  #errorType: string | undefined;
  /** The output so far, by its index. The last event brings it whole; it counts when that never comes. */
  readonly #items: Map<number, Record<string, unknown>> | undefined;

  constructor(keepContent: boolean) {
    if (keepContent) this.#items = new Map();
  }

  chunk(value: unknown): void {
    const event = fields(value);
    if (event.response) this.#response = fields(event.response);
    if (event.type === 'error') this.#errorType = errorCode(event.error ?? { code: event.code });
    if (this.#items) extend(this.#items, event);
  }

  isComplete(): boolean {
    const { status } = this.#response;
    return status === 'completed' || status === 'failed' || status === 'incomplete' || status === 'cancelled';
  }

  response(): InferenceResponse {
    if (!this.#items) return { ...this.#read(this.#response), outputMessages: undefined };
    const whole = array(this.#response.output).length > 0;
    return this.#read(whole ? this.#response : { ...this.#response, output: inOrder(this.#items) });
  }

  #read(response: Fields): InferenceResponse {
    const read = readResponse(response);
    return this.#errorType === undefined ? read : { ...read, errorType: this.#errorType };
  }
}

function extend(items: Map<number, Record<string, unknown>>, event: Fields): void {
  const index = event.output_index;
  if (typeof index !== 'number') return;
  const item = items.get(index) ?? { type: 'message' };
  items.set(index, item);
  const delta = string(event.delta) ?? '';
  switch (event.type) {
    case 'response.output_item.added':
    case 'response.output_item.done':
      items.set(index, { ...fields(event.item) });
      break;
    case 'response.output_text.delta':
      item.content = [{ type: 'output_text', text: (string(fields(array(item.content)[0]).text) ?? '') + delta }];
      break;
    case 'response.function_call_arguments.delta':
      item.arguments = (string(item.arguments) ?? '') + delta;
      break;
  }
}

/** @param body of a request. */
export function responsesContent(body: Fields): RequestContent {
  const { input, instructions, tools } = body;
  return {
    inputMessages:
      typeof input === 'string'
        ? [{ role: 'user', parts: [{ type: 'text', content: input }] }]
        : array(input).map(inputItem),
    systemInstructions: typeof instructions === 'string' ? [{ type: 'text', content: instructions }] : undefined,
    toolDefinitions: tools === undefined ? undefined : array(tools).map(toolDefinition),
  };
}

function inputItem(given: unknown): unknown {
  const item = fields(given);
  const type = string(item.type) ?? 'message';
  if (type === 'message') return { role: item.role, parts: messageParts(item.content) };
  if (!type.endsWith('_output')) return { role: 'assistant', parts: itemParts(item) };
  return { role: 'tool', parts: [{ type: 'tool_call_response', id: item.call_id, response: item.output }] };
}

/** All items of an output are one message: they are what one turn of the model amounts to. */
function outputMessages(output: readonly unknown[], finish_reason: string | undefined): unknown {
  return [{ role: 'assistant', parts: output.flatMap((item) => itemParts(fields(item))), finish_reason }];
}

function itemParts(item: Fields): Part[] {
  if (item.type === 'message') return messageParts(item.content);
  if (item.type === 'reasoning') {
    return array(item.summary).map((summary) => ({ type: 'reasoning', content: fields(summary).text }));
  }
  if (isToolCall(item)) {
    return [{ type: 'tool_call', id: item.call_id, name: item.name, arguments: parsed(item.arguments ?? item.input) }];
  }
  // Calls of tools that the server runs itself, such as `web_search_call`, keep their type.
  return [{ type: item.type, id: item.id }];
}

function messageParts(content: unknown): Part[] {
  return typeof content === 'string' ? [{ type: 'text', content }] : array(content).map(contentPart);
}

/** A call the host is to make. */
function isToolCall({ type }: Fields): boolean {
  return type === 'function_call' || type === 'custom_tool_call';
}
