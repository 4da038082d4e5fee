// The paths of the Anthropic API, plain and beta.
import { answerBatches } from './batches.js';
import { createCompletion } from './complete.js';
import { errorBody } from './errors.js';
import { createMessage } from './messages.js';

export async function answerAnthropic(exchange, failWith) {
  const requestId = exchange.id('req_');
  exchange.header('request-id', requestId);
  exchange.header('anthropic-organization-id', '00000000-0000-4000-8000-000000000000');
  if (failWith !== undefined) {
    exchange.header('retry-after', '0');
    exchange.header('retry-after-ms', '20');
    return exchange.json(failWith, errorBody(failWith, requestId));
  }
  if (exchange.method === 'POST' && typeof exchange.body !== 'object') {
    return exchange.json(400, errorBody(400, requestId));
  }
  if (exchange.method === 'POST' && exchange.path === '/v1/complete') return createCompletion(exchange);
  const path = exchange.path.slice('/v1/messages'.length);
  if (path.startsWith('/batches')) return answerBatches(exchange, path.slice('/batches'.length));
  if (exchange.method === 'POST' && path === '/count_tokens') return exchange.json(200, { input_tokens: 100 });
  if (exchange.method === 'POST' && path === '') return createMessage(exchange);
  return exchange.json(404, errorBody(404, requestId));
}
