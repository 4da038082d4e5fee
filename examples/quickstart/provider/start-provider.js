// A local stand-in for the OpenAI and Anthropic APIs: true-to-life answers, streams and faults without a network, an account or a bill.
// It answers by fixed rules (answer.js) and misbehaves on request (behaviour.js); it keeps every request as it came in.
import { createServer } from 'node:http';
import { answerAnthropic } from './anthropic/routes.js';
import { readModel, readPath, statusToFailWith } from './behaviour.js';
import { Exchange } from './exchange.js';
import { answerOpenAI } from './openai/routes.js';

/** See start-provider.d.ts for what it takes and gives. */
export async function startProvider({ port = 0, host = '127.0.0.1', now = Date.now } = {}) {
  const requests = [];
  const seenWords = new Map();
  let lastId = 0;
  const ids = () => ++lastId;

  async function answer(request, response) {
    const begin = performance.now();
    let exchange;
    const record = {
      method: request.method,
      path: request.url,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
    };
    record.ended = new Promise((resolve) => {
      response.once('close', () => {
        record.closedEarly = !response.writableFinished && !exchange?.wasReset;
        resolve({ closedEarly: record.closedEarly, afterMillis: performance.now() - begin });
      });
    });
    requests.push(record);
    record.body = await readBody(request);
    response.setHeader('date', new Date(now()).toUTCString());

    const url = new URL(request.url, 'http://provider');
    const { path, words } = readPath(decodeURIComponent(url.pathname));
    const deployment = /\/deployments\/([^/]+)/.exec(path)?.[1];
    const batched = record.body?.requests?.[0]?.params?.model;
    const { model, words: modelWords } = readModel(record.body?.model ?? deployment ?? batched);
    const headerWords = String(request.headers['x-behaviour'] ?? '').split('+');
    record.words = new Set([...words, ...modelWords, ...headerWords].filter(Boolean));

    const { method, body } = record;
    exchange = new Exchange({
      response,
      ids,
      now,
      method,
      host: request.headers.host,
      path,
      query: url.searchParams,
      model,
      body,
      words: record.words,
    });
    const key = `${path} ${[...record.words].join('+')}`;
    const seen = seenWords.get(key) ?? 0;
    seenWords.set(key, seen + 1);
    if (record.words.has('hang')) return;
    if (record.words.has('reset')) return exchange.reset();
    const answerAsVendor = /^\/v1\/(messages|complete)\b/.test(path) ? answerAnthropic : answerOpenAI;
    await answerAsVendor(exchange, statusToFailWith(record.words, seen));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error));
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${server.address().port}`,
    requests,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
