// POST /responses
import { answerTo, piecesOf } from '../answer.js';
import { tokensToBill } from '../behaviour.js';
import { datedModel } from './dated-model.js';

const FAILURE = { code: 'server_error', message: 'The model failed to generate a response.' };

export async function createResponse(exchange) {
  const { body, words } = exchange;
  const begun = begin(exchange);
  const output = outputItems(exchange);
  const ended = end(begun, words, output);
  if (body.stream) {
    const error = { type: 'error', code: 'server_error', message: FAILURE.message, param: null, sequence_number: 99 };
    return exchange.stream(eventsOf(begun, output, ended), { event: 'error', data: error });
  }
  return words.has('bad-json') ? exchange.brokenJson(ended) : exchange.json(200, ended);
}

function begin(exchange) {
  const { body } = exchange;
  return {
    id: exchange.id('resp_'),
    object: 'response',
    created_at: Math.floor(exchange.now() / 1000),
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: datedModel(exchange.model),
    output: [],
    parallel_tool_calls: true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: null },
    service_tier: 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? 1,
    text: body.text ?? { format: { type: 'text' } },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_p: body.top_p ?? 1,
    truncation: 'disabled',
    usage: null,
    user: null,
    metadata: body.metadata ?? {},
  };
}

function end(begun, words, output) {
  if (words.has('failed')) return { ...begun, status: 'failed', error: FAILURE };
  const { input, output: out } = tokensToBill(words, 120, words.has('reasoning') ? 72 : 40);
  const incomplete = words.has('incomplete') || words.has('length');
  return {
    ...begun,
    status: incomplete ? 'incomplete' : 'completed',
    incomplete_details: incomplete ? { reason: 'max_output_tokens' } : null,
    output,
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: words.has('cached') ? Math.floor(input * 0.8) : 0 },
      output_tokens: out,
      output_tokens_details: { reasoning_tokens: words.has('reasoning') ? 32 : 0 },
      total_tokens: input + out,
    },
  };
}

function outputItems(exchange) {
  const { body, words } = exchange;
  const input = Array.isArray(body.input) ? body.input : [{ role: 'user', content: body.input }];
  const done = input.at(-1)?.type === 'function_call_output' || body.tool_choice === 'none';
  const tools = done ? [] : (body.tools ?? []).filter((tool) => tool.type === 'function');
  const lastUser = input.findLast((item) => item.role === 'user')?.content;
  const { text, refusal, reasoning, calls } = answerTo({
    words,
    tools: tools.map((tool) => ({ name: tool.name, schema: tool.parameters })),
    schema: body.text?.format?.schema,
    lastUserText: typeof lastUser === 'string' ? lastUser : lastUser?.find((part) => part.type === 'input_text')?.text,
  });
  const items = [];
  if (reasoning !== undefined) items.push({ id: exchange.id('rs_'), type: 'reasoning', summary: [] });
  if (calls !== undefined) {
    for (const { name, input: given } of calls) {
      const ids = { id: exchange.id('fc_'), call_id: exchange.id('call_') };
      items.push({ ...ids, type: 'function_call', status: 'completed', name, arguments: JSON.stringify(given) });
    }
    return items;
  }
  const part =
    refusal === undefined ? { type: 'output_text', text, annotations: [], logprobs: [] } : { type: 'refusal', refusal };
  items.push({ id: exchange.id('msg_'), type: 'message', status: 'completed', role: 'assistant', content: [part] });
  return items;
}

function* eventsOf(begun, output, ended) {
  let sequence = 0;
  const event = (type, fields) => ({ event: type, data: { type, sequence_number: sequence++, ...fields } });
  yield event('response.created', { response: begun });
  yield event('response.in_progress', { response: begun });
  if (ended.status !== 'failed') {
    for (const [index, item] of output.entries()) yield* itemEvents(event, item, index);
  }
  yield event(`response.${ended.status}`, { response: ended });
}

function* itemEvents(event, item, index) {
  const at = { output_index: index, item_id: item.id };
  if (item.type === 'function_call') {
    yield event('response.output_item.added', {
      output_index: index,
      item: { ...item, status: 'in_progress', arguments: '' },
    });
    for (const delta of item.arguments.match(/.{1,8}/gs) ?? []) {
      yield event('response.function_call_arguments.delta', { ...at, delta });
    }
    yield event('response.function_call_arguments.done', { ...at, name: item.name, arguments: item.arguments });
  } else if (item.type === 'message') {
    const [part] = item.content;
    const kind = part.type;
    const field = kind === 'refusal' ? 'refusal' : 'text';
    const inPart = { ...at, content_index: 0 };
    const logprobs = kind === 'refusal' ? {} : { logprobs: [] };
    yield event('response.output_item.added', {
      output_index: index,
      item: { ...item, status: 'in_progress', content: [] },
    });
    yield event('response.content_part.added', { ...inPart, part: { ...part, [field]: '' } });
    for (const delta of piecesOf(part[field])) {
      yield { ...event(`response.${kind}.delta`, { ...inPart, delta, ...logprobs }), piece: true };
    }
    yield event(`response.${kind}.done`, { ...inPart, [field]: part[field], ...logprobs });
    yield event('response.content_part.done', { ...inPart, part });
  } else {
    yield event('response.output_item.added', { output_index: index, item });
  }
  yield event('response.output_item.done', { output_index: index, item });
}
