// Messages, plain and beta: what they have beyond the shapes every API shares.
import { frozen, type Trial } from '../trial.ts';
import type { Api } from './api.ts';
import { type ExpectedSpan, question, type Shape, user } from './shape.ts';

const operation = 'chat';
const begun: ExpectedSpan = {
  operation,
  outcome: 'completed',
  responseModel: 'claude-sonnet-4-5',
  input: 100,
  // What the API counts when the message starts.
  output: 1,
  cacheRead: 0,
  cacheCreation: 0,
};
const completed: ExpectedSpan = { ...begun, output: 40, finishReasons: ['end_turn'] };

export const messages: Api = {
  name: 'messages',
  method: (client) => client.messages.create.bind(client.messages),
  body: (model) => ({ model, max_tokens: 100, messages: question, temperature: 0 }),
  completed,
  streamed: completed,
  begun,
};

const input_schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const tools = ['weather', 'time'].map((name) => ({ name, description: `Tells the ${name}.`, input_schema }));
const thinking = { max_tokens: 2048, temperature: 1, thinking: { type: 'enabled', budget_tokens: 1024 } };
/** 100 beside the cache, 80 read from it, 60 written to it. */
const cached: ExpectedSpan = { ...completed, input: 240, cacheRead: 80, cacheCreation: 60 };

/** The helpers beside `create`: `stream`, `parse`, `countTokens`, `toolRunner`. */
export function resource(t: Trial, api: Api, method: string): any {
  const client = t.client();
  const found = api.name === 'messages' ? client.messages : client.beta?.messages;
  t.need(typeof found?.[method] === 'function');
  return found;
}

export function messageShapes(api: Api): Shape[] {
  const shape = (name: string, spans: ExpectedSpan[], run: Shape['run']): Shape => ({
    name: `${api.name}: ${name}`,
    spans,
    run,
  });
  const body = (t: Trial, ...words: string[]) => api.body(t.model(...words));
  const creating = (name: string, span: ExpectedSpan, more: object, words: string[] = []) =>
    shape(name, [span], async (t) => {
      const result = await resource(t, api, 'create').create(frozen({ ...body(t, ...words), ...more }));
      if (typeof result[Symbol.asyncIterator] !== 'function') return t.see('value', result);
      for await (const event of result) t.see('event', event);
    });

  return [
    creating('parallel tool calls', { ...completed, finishReasons: ['tool_use'] }, { tools }),
    creating('parallel tool calls in a stream', { ...completed, finishReasons: ['tool_use'] }, { tools, stream: true }),
    creating('thinking', { ...completed, output: 90 }, thinking),
    creating('thinking in a stream', { ...completed, output: 90 }, { ...thinking, stream: true }),
    creating('cache usage', cached, {}, ['cached']),
    creating('cache usage in a stream', cached, { stream: true }, ['cached']),
    creating('cut off at the limit', { ...completed, finishReasons: ['max_tokens'] }, {}, ['length']),
    creating('refusal', { ...completed, finishReasons: ['refusal'] }, {}, ['refusal']),
    creating('zeros', completed, { temperature: 0, top_p: 0, top_k: 0 }),
    creating('multimodal input', completed, {
      messages: [
        user([
          { type: 'text', text: 'What is this?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
        ]),
      ],
    }),
    shape('parse', [completed], async (t) => {
      const found = resource(t, api, 'parse');
      const { zodOutputFormat } = (await t.sdk.sub('helpers/zod')) ?? {};
      const { betaZodOutputFormat = zodOutputFormat } = (await t.sdk.sub('helpers/beta/zod')) ?? {};
      const { z } = await t.sdk.load('zod/v4');
      const format = (api.name === 'messages' ? zodOutputFormat : betaZodOutputFormat)(z.object({ city: z.string() }));
      const promise = found.parse({ ...body(t), output_config: { format } });
      t.look('promise', promise);
      t.see('value', await promise);
    }),
    shape('parse withResponse', [completed], async (t) => {
      const promise = resource(t, api, 'parse').parse(frozen(body(t)));
      await t.attempt('withResponse', () => promise.withResponse());
      // What `parse` returns is a plain promise in some versions, and the request is still on its way.
      await t.attempt('awaited', () => promise);
    }),
    shape('stream helper', [completed], async (t) => {
      const stream = resource(t, api, 'stream').stream(frozen(body(t)));
      t.look('stream', stream);
      const events: string[] = [];
      for (const name of [
        'connect',
        'streamEvent',
        'text',
        'message',
        'contentBlock',
        'finalMessage',
        'end',
        'error',
        'abort',
      ]) {
        stream.on(name, () => events.push(name));
      }
      t.see('final', await stream.finalMessage());
      t.see('text', await stream.finalText());
      t.see('events', events);
    }),
    shape('stream helper iterated', [completed], async (t) => {
      const stream = resource(t, api, 'stream').stream(frozen(body(t)));
      for await (const event of stream) t.see('event', event);
      t.see('final', await stream.finalMessage());
    }),
    shape('stream helper with response', [completed], async (t) => {
      const stream = resource(t, api, 'stream').stream(frozen(body(t)));
      if (typeof stream.withResponse !== 'function') await stream.finalMessage();
      t.need(typeof stream.withResponse === 'function');
      const { data, response, request_id } = await stream.withResponse();
      t.see('response', [response, request_id]);
      t.see('final', await data.finalMessage());
    }),
    shape('stream helper left by break', [{ ...begun, outcome: 'cancelled' }], async (t) => {
      const stream = resource(t, api, 'stream').stream(frozen(body(t, 'endless')));
      for await (const event of stream) if (event.type === 'content_block_delta') break;
      t.see('connection', await t.connection());
      await t.attempt('done', () => stream.done());
    }),
    shape('stream helper aborted', [{ ...begun, outcome: 'cancelled' }], async (t) => {
      const stream = resource(t, api, 'stream').stream(frozen(body(t, 'endless')));
      stream.once('text', () => stream.abort());
      await t.attempt('done', () => stream.done());
      t.see('connection', await t.connection());
    }),
    shape('stream helper with 401', [{ operation, outcome: 'error', error: '401' }], async (t) => {
      const stream = resource(t, api, 'stream').stream(frozen(body(t, '401')), { maxRetries: 0 });
      await t.attempt('done', () => stream.done());
    }),
    shape('stream helper to a readable stream', [completed], async (t) => {
      const stream = resource(t, api, 'stream').stream(frozen(body(t)));
      const parts: string[] = [];
      for await (const part of stream.toReadableStream()) parts.push(Buffer.from(part).toString('utf8'));
      t.see('parts', parts);
    }),
    shape('countTokens left alone', [], async (t) => {
      const found = resource(t, api, 'countTokens');
      const promise = found.countTokens(frozen({ model: t.model(), messages: question }));
      t.look('promise', promise);
      t.see('value', await promise);
    }),
    shape('batches left alone', [], async (t) => {
      const { batches } = resource(t, api, 'create');
      t.need(batches);
      const promise = batches.create(frozen({ requests: [{ custom_id: 'first', params: body(t) }] }));
      t.look('promise', promise);
      t.see('made', await promise);
      t.see('found', await batches.retrieve('msgbatch_7'));
      for await (const batch of batches.list()) t.see('listed', batch);
      for await (const result of await batches.results('msgbatch_7')) t.see('result', result);
    }),
  ];
}
