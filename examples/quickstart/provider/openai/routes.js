// The paths of the OpenAI API, plain and below Azure's deployments.
import { createChatCompletion } from './chat.js';
import { createEmbedding } from './embeddings.js';
import { errorBody } from './errors.js';
import { createCompletion } from './legacy-completions.js';
import { createResponse } from './responses.js';

const routes = {
  '/chat/completions': createChatCompletion,
  '/completions': createCompletion,
  '/embeddings': createEmbedding,
  '/responses': createResponse,
};

export async function answerOpenAI(exchange, failWith) {
  exchange.header('x-request-id', exchange.id('req_'));
  exchange.header('openai-organization', 'org-local');
  exchange.header('openai-processing-ms', '12');
  exchange.header('openai-version', '2020-10-01');
  if (failWith !== undefined) {
    exchange.header('retry-after', '0');
    exchange.header('retry-after-ms', '20');
    return exchange.json(failWith, errorBody(failWith));
  }
  const path = exchange.path.replace(/^\/(openai\/)?(v1|deployments\/[^/]+)/, '').replace(/^\/openai/, '');
  if (exchange.method === 'GET' && path === '/models') {
    const model = { id: 'gpt-5-mini', object: 'model', created: 1_754_000_000, owned_by: 'openai' };
    return exchange.json(200, { object: 'list', data: [model] });
  }
  const route = exchange.method === 'POST' ? routes[path] : undefined;
  if (route === undefined) return exchange.json(404, errorBody(404));
  return typeof exchange.body === 'object' ? route(exchange) : exchange.json(400, errorBody(400));
}
