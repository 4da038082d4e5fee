// POST /completions
import { answerTo, piecesOf } from '../answer.js';
import { tokensToBill } from '../behaviour.js';
import { streamError } from './errors.js';

export async function createCompletion(exchange) {
  const { body, words } = exchange;
  const head = {
    id: exchange.id('cmpl-'),
    object: 'text_completion',
    created: Math.floor(exchange.now() / 1000),
    model: exchange.model,
    system_fingerprint: 'fp_44709d6fcb',
  };
  const prompts = Array.isArray(body.prompt) ? body.prompt : [body.prompt];
  const texts = prompts.flatMap((prompt) =>
    Array.from({ length: body.n ?? 1 }, () => answerTo({ words, tools: [], lastUserText: String(prompt) }).text ?? ''),
  );
  const { input, output } = tokensToBill(words, 30 * prompts.length, 40 * texts.length);
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  const finishReason = words.has('length') ? 'length' : 'stop';
  const choice = (index, text, finish) => ({ text, index, logprobs: null, finish_reason: finish });

  function* chunks() {
    for (const [index, text] of texts.entries()) {
      for (const piece of piecesOf(text))
        yield { data: { ...head, choices: [choice(index, piece, null)] }, piece: true };
      yield { data: { ...head, choices: [choice(index, '', finishReason)] } };
    }
    if (body.stream_options?.include_usage) yield { data: { ...head, choices: [], usage } };
    yield { data: '[DONE]' };
  }
  if (body.stream) return exchange.stream(chunks(), streamError);
  const completion = { ...head, choices: texts.map((text, index) => choice(index, text, finishReason)), usage };
  return words.has('bad-json') ? exchange.brokenJson(completion) : exchange.json(200, completion);
}
