// POST /v1/messages
import { answerTo, piecesOf } from '../answer.js';
import { tokensToBill } from '../behaviour.js';
import { streamError } from './errors.js';

const SIGNATURE = 'EqQBCgIYAhIkZm9yIGEgbG9jYWwgcHJvdmlkZXIgb25seQ==';

export async function createMessage(exchange) {
  const { body, words } = exchange;
  // Here the request itself asks for thinking.
  if (body.thinking?.type === 'enabled' || body.thinking?.type === 'adaptive') words.add('reasoning');
  const answer = answerTo(questionIn(body, words));
  const content = contentOf(exchange, answer);
  const usage = usageOf(words);
  const message = {
    id: exchange.id('msg_01'),
    type: 'message',
    role: 'assistant',
    model: exchange.model,
    content,
    stop_reason: stopReasonOf(words, answer),
    stop_sequence: null,
    usage,
  };
  if (body.stream) return exchange.stream(eventsOf(message), streamError);
  return words.has('bad-json') ? exchange.brokenJson(message) : exchange.json(200, message);
}

function questionIn(body, words) {
  const messages = body.messages ?? [];
  const last = messages.at(-1)?.content;
  const done =
    (Array.isArray(last) && last.some((block) => block.type === 'tool_result')) || body.tool_choice?.type === 'none';
  const lastUser = messages.findLast((message) => message.role === 'user')?.content;
  return {
    words,
    tools: done ? [] : (body.tools ?? []).map((tool) => ({ name: tool.name, schema: tool.input_schema })),
    schema: (body.output_config?.format ?? body.output_format)?.schema,
    lastUserText: typeof lastUser === 'string' ? lastUser : lastUser?.find((block) => block.type === 'text')?.text,
  };
}

function contentOf(exchange, { text, refusal, reasoning, calls }) {
  const blocks = [];
  if (reasoning !== undefined) blocks.push({ type: 'thinking', thinking: reasoning, signature: SIGNATURE });
  if (calls === undefined) blocks.push({ type: 'text', text: refusal ?? text });
  for (const { name, input } of calls ?? []) {
    blocks.push({ type: 'tool_use', id: exchange.id('toolu_01'), name, input });
  }
  return blocks;
}

function stopReasonOf(words, { refusal, calls }) {
  if (words.has('length')) return 'max_tokens';
  if (refusal !== undefined) return 'refusal';
  return calls ? 'tool_use' : 'end_turn';
}

/** `input_tokens` is what neither came from the cache nor went into it. */
function usageOf(words) {
  const { input, output } = tokensToBill(words, 100, words.has('reasoning') ? 90 : 40);
  const written = words.has('cached') ? 60 : 0;
  return {
    input_tokens: input,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: words.has('cached') ? 80 : 0,
    cache_creation: { ephemeral_5m_input_tokens: (written * 2) / 3, ephemeral_1h_input_tokens: written / 3 },
    output_tokens: output,
    service_tier: 'standard',
  };
}

function* eventsOf(message) {
  const event = (type, fields) => ({ event: type, data: { type, ...fields } });
  const begun = { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } };
  yield event('message_start', { message: begun });
  for (const [index, block] of message.content.entries()) {
    yield event('content_block_start', { index, content_block: emptied(block) });
    if (index === 0) yield event('ping', {});
    for (const delta of deltasOf(block)) yield { ...event('content_block_delta', { index, delta }), piece: true };
    yield event('content_block_stop', { index });
  }
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } = message.usage;
  yield event('message_delta', {
    delta: { stop_reason: message.stop_reason, stop_sequence: null },
    // Of the whole message so far, not of this event.
    usage: { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens },
  });
  yield event('message_stop', {});
}

function emptied(block) {
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  if (block.type === 'text') return { type: 'text', text: '' };
  return { ...block, input: {} };
}

function* deltasOf(block) {
  if (block.type === 'text') {
    for (const text of piecesOf(block.text)) yield { type: 'text_delta', text };
  } else if (block.type === 'thinking') {
    for (const thinking of piecesOf(block.thinking)) yield { type: 'thinking_delta', thinking };
    yield { type: 'signature_delta', signature: block.signature };
  } else {
    yield { type: 'input_json_delta', partial_json: '' };
    for (const part of JSON.stringify(block.input).match(/.{1,8}/gs) ?? []) {
      yield { type: 'input_json_delta', partial_json: part };
    }
  }
}
