// Anthropic's messages in the JSON shapes of the GenAI conventions: messages of parts. Called only when capture of content is on.
import type { RequestContent } from '../inference/vendor-adapter.ts';
import { array, type Fields, fields, string } from '../inference/wire.ts';

type Part = Record<string, unknown>;

/** @param body of a Messages request, or of a legacy text completion. */
export function requestContent(body: Fields): RequestContent {
  return {
    inputMessages:
      typeof body.prompt === 'string'
        ? [{ role: 'user', parts: parts(body.prompt) }]
        : array(body.messages).map((message) => {
            const { role, content } = fields(message);
            return { role, parts: parts(content) };
          }),
    systemInstructions: body.system === undefined ? undefined : parts(body.system),
    toolDefinitions: body.tools === undefined ? undefined : array(body.tools).map(toolDefinition),
  };
}

/** @param content blocks of a Message, or the text of a legacy completion. */
export function outputMessages(content: unknown, stopReason: string | undefined): unknown {
  return [{ role: 'assistant', parts: parts(content), finish_reason: stopReason }];
}

function parts(content: unknown): Part[] {
  return typeof content === 'string' ? [{ type: 'text', content }] : array(content).map((block) => part(fields(block)));
}

function part(block: Fields): Part {
  const type = string(block.type) ?? 'unknown';
  switch (type) {
    case 'text':
      return { type: 'text', content: block.text };
    case 'thinking':
      return { type: 'reasoning', content: block.thinking };
    case 'compaction':
      return { type, content: block.content };
    case 'image':
      return media('image', fields(block.source));
    case 'document':
      return media('document', fields(block.source));
    case 'tool_use':
    case 'mcp_tool_use':
      return { type: 'tool_call', id: block.id, name: block.name, arguments: block.input };
    case 'server_tool_use':
      return {
        type: 'server_tool_call',
        id: block.id,
        name: block.name,
        server_tool_call: { type: block.name, arguments: block.input },
      };
    case 'tool_result':
    case 'mcp_tool_result':
      return { type: 'tool_call_response', id: block.tool_use_id, response: toolResult(block.content) };
  }
  // `web_search_tool_result`, `code_execution_tool_result`, ...: what tools of the server gave.
  if (type.endsWith('_tool_result')) {
    return {
      type: 'server_tool_call_response',
      id: block.tool_use_id,
      server_tool_call_response: { type, content: block.content },
    };
  }
  // What the conventions have no part for keeps its type. Its fields may be large or encrypted (`redacted_thinking`): they are left out.
  return { type };
}

/** A tool's answer is text, or text and media. */
function toolResult(content: unknown): unknown {
  return Array.isArray(content) ? parts(content) : content;
}

function media(modality: string, source: Fields): Part {
  const mime_type = source.media_type;
  switch (source.type) {
    case 'url':
      return { type: 'uri', modality, mime_type, uri: source.url };
    case 'file':
      return { type: 'file', modality, mime_type, file_id: source.file_id };
    case 'text':
      return { type: 'text', content: source.data };
    case 'content':
      return { type: 'document', content: parts(source.content) };
    default:
      return { type: 'blob', modality, mime_type, content: source.data };
  }
}

function toolDefinition(tool: unknown): unknown {
  const { type, name, description, input_schema } = fields(tool);
  // Tools of the server have a type of their own and neither description nor schema.
  return input_schema === undefined
    ? { type, name }
    : { type: 'function', name, description, parameters: input_schema };
}
