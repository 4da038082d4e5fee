// Messages of chat and legacy completions in the conventions' JSON shapes. Called only when capture of content is on.
import type { RequestContent } from '../inference/vendor-adapter.ts';
import { array, type Fields, fields, string } from '../inference/wire.ts';

export type Part = Record<string, unknown>;

/** @param body of a chat completion, a legacy completion or an embedding. */
export function requestContent(body: Fields): RequestContent {
  const { messages, tools = body.functions } = body;
  return {
    inputMessages: Array.isArray(messages) ? messages.map(inputMessage) : texts(body.prompt ?? body.input),
    // Those of the history stay in it: "system instructions that are part of the chat history SHOULD be recorded in gen_ai.input.messages".
    toolDefinitions: tools === undefined ? undefined : array(tools).map(toolDefinition),
  };
}

/** @param choices of a chat or legacy completion. */
export function outputMessages(choices: readonly unknown[]): unknown {
  return choices.map((choice) => {
    const { message, text, finish_reason } = fields(choice);
    const { role = 'assistant', ...rest } = fields(message);
    return { role, parts: parts(message === undefined ? { content: text } : rest), finish_reason };
  });
}

export function toolDefinition(tool: unknown): unknown {
  const given = fields(tool);
  const { type = 'function', name, description, parameters } = { ...given, ...fields(given.function) };
  return { type, name, description, parameters };
}

function inputMessage(message: unknown): unknown {
  const given = fields(message);
  const { role, name } = given;
  if (role !== 'tool' && role !== 'function') return { role, name, parts: parts(given) };
  const response = typeof given.content === 'string' ? given.content : contentParts(given.content);
  return { role: 'tool', parts: [{ type: 'tool_call_response', id: given.tool_call_id ?? name, response }] };
}

function parts(message: Fields): Part[] {
  const { refusal, tool_calls, function_call, audio } = message;
  const reasoning = string(message.reasoning_content) ?? string(message.reasoning);
  return [
    ...(reasoning ? [{ type: 'reasoning', content: reasoning }] : []),
    ...contentParts(message.content),
    ...(typeof refusal === 'string' ? [{ type: 'refusal', content: refusal }] : []),
    ...(audio ? [{ type: 'text', content: fields(audio).transcript }] : []),
    ...array(tool_calls).map(toolCall),
    ...(function_call ? [toolCall({ function: function_call })] : []),
  ];
}

function contentParts(content: unknown): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', content }];
  return array(content).map(contentPart);
}

/** One part of a message, of chat completions or of responses. */
export function contentPart(given: unknown): Part {
  const part = fields(given);
  const type = string(part.type) ?? 'unknown';
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { type: 'text', content: part.text };
    case 'refusal':
      return { type, content: part.refusal };
    case 'image_url':
      return media('image', fields(part.image_url).url);
    case 'input_image':
      return part.file_id ? { type: 'file', modality: 'image', file_id: part.file_id } : media('image', part.image_url);
    case 'input_audio': {
      const { data, format } = fields(part.input_audio ?? part);
      return {
        type: 'blob',
        modality: 'audio',
        mime_type: typeof format === 'string' ? `audio/${format}` : undefined,
        content: data,
      };
    }
    case 'file':
    case 'input_file': {
      const file = type === 'file' ? fields(part.file) : part;
      if (file.file_id) return { type: 'file', modality: 'document', file_id: file.file_id };
      return media('document', file.file_data ?? file.file_url);
    }
  }
  // What the conventions have no part for keeps its type.
  return { type };
}

/** Bytes in a `data:` URL are a blob, everything else is where to get them. */
function media(modality: string, url: unknown): Part {
  const data = /^data:([^;,]*)(?:;[^,]*)?,/.exec(string(url) ?? '');
  if (!data) return { type: 'uri', modality, uri: url };
  return { type: 'blob', modality, mime_type: data[1] || undefined, content: (url as string).slice(data[0].length) };
}

function toolCall(given: unknown): Part {
  const call = fields(given);
  const { name, arguments: text, input } = fields(call.function ?? call.custom);
  return { type: 'tool_call', id: call.id, name, arguments: parsed(text ?? input) };
}

/** Arguments come as JSON text, which a model may get wrong and a stream cut short. */
export function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function texts(given: unknown): unknown {
  const prompts = typeof given === 'string' ? [given] : array(given).filter((each) => typeof each === 'string');
  return prompts.map((content) => ({ role: 'user', parts: [{ type: 'text', content }] }));
}
