// POST /embeddings
import { tokensToBill } from '../behaviour.js';

const DIMENSIONS = 8;

export async function createEmbedding(exchange) {
  const { body, words } = exchange;
  const inputs = Array.isArray(body.input) ? body.input : [body.input];
  const { input } = tokensToBill(words, 9 * inputs.length, 0);
  const list = {
    object: 'list',
    data: inputs.map((_, index) => ({ object: 'embedding', index, embedding: vector(body, index) })),
    model: exchange.model,
    usage: { prompt_tokens: input, total_tokens: input },
  };
  return words.has('bad-json') ? exchange.brokenJson(list) : exchange.json(200, list);
}

function vector(body, index) {
  const numbers = Float32Array.from({ length: body.dimensions ?? DIMENSIONS }, (_, at) => (at + index) / 16);
  if (body.encoding_format === 'base64') return Buffer.from(numbers.buffer).toString('base64');
  return [...numbers];
}
