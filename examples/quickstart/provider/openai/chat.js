// POST /chat/completions
import { answerTo, piecesOf } from '../answer.js';
import { tokensToBill } from '../behaviour.js';
import { datedModel } from './dated-model.js';
import { streamError } from './errors.js';

export async function createChatCompletion(exchange) {
  const { body, words } = exchange;
  const head = {
    id: exchange.id('chatcmpl-'),
    object: body.stream ? 'chat.completion.chunk' : 'chat.completion',
    created: Math.floor(exchange.now() / 1000),
    model: datedModel(exchange.model),
    service_tier: 'default',
    system_fingerprint: 'fp_560af6e559',
  };
  const choices = Array.from({ length: body.n ?? 1 }, () => {
    const { calls, ...answer } = answerTo(questionIn(body, words));
    const toolCalls = calls?.map(({ name, input }) => ({
      id: exchange.id('call_'),
      type: 'function',
      function: { name, arguments: JSON.stringify(input) },
    }));
    return { ...answer, toolCalls, finishReason: finishReasonOf(words, toolCalls) };
  });
  const usage = usageOf(words, choices.length);
  const isAzure = exchange.path.includes('/deployments/');
  if (body.stream) return exchange.stream(chunksOf({ head, choices, usage, body, isAzure }), streamError);
  const completion = {
    ...head,
    choices: choices.map(({ text, refusal, toolCalls, finishReason }, index) => ({
      index,
      message: {
        role: 'assistant',
        content: text ?? null,
        refusal: refusal ?? null,
        annotations: [],
        ...(toolCalls && { tool_calls: toolCalls }),
      },
      logprobs: null,
      finish_reason: finishReason,
    })),
    usage,
  };
  return words.has('bad-json') ? exchange.brokenJson(completion) : exchange.json(200, completion);
}

function questionIn(body, words) {
  const messages = body.messages ?? [];
  const last = messages.at(-1);
  const done = last?.role === 'tool' || body.tool_choice === 'none';
  const tools = done ? [] : (body.tools ?? []).filter((tool) => tool.type === 'function');
  return {
    words,
    tools: tools.map((tool) => ({ name: tool.function.name, schema: tool.function.parameters })),
    schema: body.response_format?.json_schema?.schema,
    lastUserText: textOf(messages.findLast((message) => message.role === 'user')?.content),
  };
}

function textOf(content) {
  if (typeof content === 'string') return content;
  return content?.find((part) => part.type === 'text')?.text;
}

function finishReasonOf(words, toolCalls) {
  if (words.has('length')) return 'length';
  if (words.has('filtered')) return 'content_filter';
  return toolCalls ? 'tool_calls' : 'stop';
}

function usageOf(words, choiceCount) {
  const { input, output } = tokensToBill(words, 120, (words.has('reasoning') ? 72 : 40) * choiceCount);
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: words.has('cached') ? Math.floor(input * 0.8) : 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: words.has('reasoning') ? 32 : 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function* chunksOf({ head, choices, usage, body, isAzure }) {
  const includeUsage = body.stream_options?.include_usage === true;
  const chunk = (list) => ({ data: { ...head, choices: list, ...(includeUsage && { usage: null }) } });
  const delta = (index, change, finishReason = null) =>
    chunk([{ index, delta: change, logprobs: null, finish_reason: finishReason }]);

  // Azure begins with what its filter thinks of the prompt, and no choice.
  if (isAzure)
    yield { data: { ...head, choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] } };
  for (const [index, { toolCalls }] of choices.entries()) {
    yield delta(index, { role: 'assistant', content: toolCalls ? null : '', refusal: null });
  }
  for (const [index, { text, refusal }] of choices.entries()) {
    for (const piece of piecesOf(text ?? '')) yield { ...delta(index, { content: piece }), piece: true };
    for (const piece of piecesOf(refusal ?? '')) yield { ...delta(index, { refusal: piece }), piece: true };
  }
  for (const [index, { toolCalls = [] }] of choices.entries()) {
    for (const [at, call] of toolCalls.entries()) {
      const { name, arguments: text } = call.function;
      yield delta(index, { tool_calls: [{ ...call, index: at, function: { name, arguments: '' } }] });
      for (const part of text.match(/.{1,8}/gs) ?? []) {
        yield delta(index, { tool_calls: [{ index: at, function: { arguments: part } }] });
      }
    }
  }
  for (const [index, { finishReason }] of choices.entries()) yield delta(index, {}, finishReason);
  if (includeUsage) yield { data: { ...head, choices: [], usage } };
  yield { data: '[DONE]' };
}
