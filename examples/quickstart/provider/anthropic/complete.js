// POST /v1/complete, the legacy completions. They tell no usage.
import { answerTo, piecesOf } from '../answer.js';
import { streamError } from './errors.js';

export async function createCompletion(exchange) {
  const { body, words } = exchange;
  const { text } = answerTo({ words, tools: [], lastUserText: body.prompt });
  const head = { type: 'completion', id: exchange.id('compl_'), model: exchange.model };
  const ended = { ...head, completion: text, stop_reason: 'stop_sequence', stop: '\n\nHuman:' };
  function* events() {
    for (const piece of piecesOf(text)) {
      yield { event: 'completion', data: { ...head, completion: piece, stop_reason: null, stop: null }, piece: true };
    }
    yield { event: 'completion', data: { ...ended, completion: '' } };
  }
  if (body.stream) return exchange.stream(events(), streamError);
  return words.has('bad-json') ? exchange.brokenJson(ended) : exchange.json(200, ended);
}
