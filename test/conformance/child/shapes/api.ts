// The shapes every inference API of both vendors shares: a call, its errors, its stream and all the ways to leave one.
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { frozen, type Trial } from '../trial.ts';
import type { ExpectedSpan, Shape } from './shape.ts';

export interface Api {
  /** How its shapes' names begin. */
  readonly name: string;
  /** The resource's method in this client, or `undefined` where the version has none. */
  method(client: any): ((body: object, options?: object) => any) | undefined;
  body(model: string): object;
  /** The span of a whole call. */
  readonly completed: ExpectedSpan;
  /** The span of a stream read to its end. */
  readonly streamed: ExpectedSpan;
  /** What is known of a stream after its first events. */
  readonly begun: ExpectedSpan;
}

interface Call {
  readonly words?: readonly string[];
  readonly stream?: boolean;
  readonly options?: object;
  readonly client?: any;
}

/** Makes one call with frozen parameters. */
function call(t: Trial, api: Api, { words = [], stream, options, client = t.client() }: Call = {}): any {
  const create = t.need(api.method(client));
  const body = frozen({ ...api.body(t.model(...words)), ...(stream && { stream }) });
  return options === undefined ? create(body) : create(body, options);
}

const failed = (api: Api, error: string): ExpectedSpan => ({
  operation: api.completed.operation,
  outcome: 'error',
  error,
});
const once = { maxRetries: 0 };

export function callShapes(api: Api): Shape[] {
  const shape = (name: string, spans: ExpectedSpan[], run: Shape['run']): Shape => ({
    name: `${api.name}: ${name}`,
    spans,
    run,
  });
  const failing = (name: string, words: string[], error: string, options: object = once) =>
    shape(name, [failed(api, error)], async (t) => {
      const promise = call(t, api, { words, options });
      const first = await t.attempt('awaited', () => promise);
      const again = await t.attempt('awaited again', () => promise);
      t.see('the same error both times', first === again);
    });

  return [
    shape('create', [api.completed], async (t) => {
      const promise = call(t, api);
      t.look('promise', promise);
      t.look('awaited', await promise);
      t.see('value', await promise);
      t.see('the same value each time', (await promise) === (await promise));
    }),
    shape('withResponse', [api.completed], async (t) => {
      const promise = call(t, api);
      t.need(typeof promise.withResponse === 'function');
      t.see('data and response', await promise.withResponse());
    }),
    shape('asResponse', [{ operation: api.completed.operation, outcome: 'completed' }], async (t) => {
      const promise = call(t, api);
      t.need(typeof promise.asResponse === 'function');
      const response = await promise.asResponse();
      t.see('response', response);
      t.see('body', await response.text());
    }),
    shape('asResponse and value', [api.completed], async (t) => {
      const promise = call(t, api);
      const response = await promise.asResponse();
      t.see('value', await promise);
      t.see('response', response);
    }),
    shape('then, catch, finally', [api.completed], async (t) => {
      const order: string[] = [];
      const promise = call(t, api);
      const chained = promise.then(() => order.push('then')).finally(() => order.push('finally'));
      t.look('then', chained);
      t.look(
        'catch',
        promise.catch(() => order.push('catch')),
      );
      t.look(
        'finally',
        promise.finally(() => order.push('finally of the call')),
      );
      await chained;
      t.see('order', order.sort());
    }),
    shape('parameters untouched', [api.completed], async (t) => {
      const create = t.need(api.method(t.client()));
      const body = api.body(t.model());
      const options = { headers: { 'x-mine': 'yes' } };
      const before = JSON.stringify([body, options]);
      t.see('value', await create(body, options));
      t.see('untouched', JSON.stringify([body, options]) === before);
    }),
    shape('several at once', [api.completed, api.completed, api.completed], async (t) => {
      const client = t.client();
      const values: any[] = await Promise.all([1, 2, 3].map(() => call(t, api, { client })));
      t.see(
        'models',
        values.map((value) => value.model),
      );
    }),
    shape('no parameters', [], async (t) => {
      const create = t.need(api.method(t.client(once)));
      await t.attempt('nothing given', () => (create as () => unknown)());
    }),
    failing('401', ['401'], '401'),
    failing('429', ['429'], '429'),
    failing('500', ['500'], '500'),
    failing('invalid JSON body', ['bad-json'], '*'),
    failing('connection reset', ['reset'], 'APIConnectionError'),
    failing('timeout', ['hang'], 'APIConnectionTimeoutError', { ...once, timeout: 100 }),
    shape('429 with retry', [{ ...api.completed, resends: 1 }], async (t) => {
      t.see('value', await call(t, api, { words: ['429-once'] }));
    }),
    shape('connection refused', [failed(api, 'APIConnectionError')], async (t) => {
      const client = t.client({ ...once, baseURL: 'http://127.0.0.1:1/v1' });
      await t.attempt('awaited', () => call(t, api, { client }));
    }),
    shape('failed and never awaited', [failed(api, '401')], async (t) => {
      t.look('promise', call(t, api, { words: ['401'], options: once }));
      await t.connection();
      await sleep(50);
    }),
    shape('failed and caught through asResponse', [failed(api, '401')], async (t) => {
      await t.attempt('asResponse', () => call(t, api, { words: ['401'], options: once }).asResponse());
    }),
    shape('never awaited', [{ operation: api.completed.operation, outcome: 'abandoned' }], async (t) => {
      t.look('promise', call(t, api));
      await t.connection();
      await sleep(50);
    }),
    shape('abort signal', [{ operation: api.completed.operation, outcome: 'cancelled' }], async (t) => {
      const controller = new AbortController();
      const promise = call(t, api, { words: ['hang'], options: { signal: controller.signal } });
      setTimeout(() => controller.abort(), 50);
      await t.attempt('awaited', () => promise);
      t.see('connection', await t.connection());
    }),
    shape('aborted before', [{ operation: api.completed.operation, outcome: 'cancelled' }], async (t) => {
      await t.attempt('awaited', () => call(t, api, { options: { signal: AbortSignal.abort() } }));
    }),
    shape('the caller’s async context', [api.completed, api.streamed], async (t) => {
      const storage = new AsyncLocalStorage<string>();
      const places: unknown[] = [];
      await storage.run('mine', async () => {
        await call(t, api);
        places.push(storage.getStore());
        for await (const _ of await call(t, api, { stream: true })) places.push(storage.getStore());
        places.push(storage.getStore());
      });
      t.see('places', places);
    }),
  ];
}

export function streamShapes(api: Api): Shape[] {
  const shape = (name: string, spans: ExpectedSpan[], run: Shape['run']): Shape => ({
    name: `${api.name} stream: ${name}`,
    spans,
    run,
  });
  const cancelled: ExpectedSpan = { ...api.begun, outcome: 'cancelled' };
  const open = (t: Trial, given: Call = {}) => call(t, api, { stream: true, ...given });
  const collect = async (stream: AsyncIterable<unknown>) => {
    const chunks: unknown[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return chunks;
  };
  /** Reads until the stream is well under way, then does `leave`. */
  const leaving = (
    name: string,
    spans: ExpectedSpan[],
    leave: (stream: any, controller: AbortController) => 'break' | void,
  ) =>
    shape(name, spans, async (t) => {
      const controller = new AbortController();
      const stream = await open(t, { words: ['endless'], options: { signal: controller.signal } });
      let count = 0;
      await t.attempt('read', async () => {
        for await (const _ of stream) if (++count === 5 && leave(stream, controller) === 'break') break;
      });
      t.see('stream after', stream);
      t.see('connection', await t.connection());
    });
  const failing = (name: string, words: string[], error: string) =>
    shape(name, [{ ...api.begun, outcome: 'error', error }], async (t) => {
      const stream = await open(t, { words, options: once });
      const chunks: unknown[] = [];
      await t.attempt('read', async () => {
        for await (const chunk of stream) chunks.push(chunk);
      });
      t.see('chunks', chunks);
    });

  return [
    shape('full', [api.streamed], async (t) => {
      const promise = open(t);
      t.look('promise', promise);
      const stream = await promise;
      t.look('stream', stream);
      t.see('stream whole', stream);
      t.see('chunks', await collect(stream));
      t.look('stream after', stream);
    }),
    shape('read twice', [api.streamed], async (t) => {
      const stream = await open(t);
      t.see('first', await collect(stream));
      await t.attempt('second', () => collect(stream));
    }),
    shape('by hand', [cancelled], async (t) => {
      const stream = await open(t, { words: ['endless'] });
      const iterator = stream[Symbol.asyncIterator]();
      t.look('iterator', iterator);
      t.see('first', await iterator.next());
      await t.attempt('return', () => iterator.return('mine'));
      await t.attempt('after return', () => iterator.next());
      t.see('connection', await t.connection());
    }),
    shape('thrown into', [cancelled], async (t) => {
      const stream = await open(t, { words: ['endless'] });
      const iterator = stream[Symbol.asyncIterator]();
      await iterator.next();
      const mine = new Error('mine');
      const caught = await t.attempt('throw', () => iterator.throw(mine));
      t.see('the same error', caught === mine);
      t.see('connection', await t.connection());
    }),
    shape('error in the reader', [cancelled], async (t) => {
      const mine = new Error('mine');
      const stream = await open(t, { words: ['endless'] });
      const caught = await t.attempt('read', async () => {
        for await (const _ of stream) throw mine;
      });
      t.see('the same error', caught === mine);
      t.see('connection', await t.connection());
    }),
    leaving('break', [cancelled], () => 'break'),
    leaving('abort signal', [cancelled], (_, controller) => controller.abort()),
    leaving('controller.abort', [cancelled], (stream) => stream.controller.abort()),
    // Old versions hear neither an end nor an error of the body they read, and wait for ever.
    shape('abort before reading', [{ operation: api.streamed.operation, outcome: 'cancelled' }], async (t) => {
      const stream = await open(t, { words: ['endless'] });
      stream.controller.abort();
      t.see('connection', await t.connection());
      await t.attempt('read', () => collect(stream));
    }),
    shape('never read', [{ operation: api.streamed.operation, outcome: 'abandoned' }], async (t) => {
      t.look('stream', await open(t));
      t.see('connection', await t.connection());
    }),
    shape('tee', [api.streamed], async (t) => {
      const stream = await open(t);
      t.need(typeof stream.tee === 'function');
      const [left, right] = stream.tee();
      t.look('left', left);
      const [first, second] = await Promise.all([collect(left), collect(right)]);
      t.see('left', first);
      t.see('right', second);
    }),
    shape('tee and break', [api.streamed], async (t) => {
      const stream = await open(t);
      t.need(typeof stream.tee === 'function');
      const [left, right] = stream.tee();
      for await (const _ of left) break;
      t.see('right', await collect(right));
      t.see('left’s controller', left.controller);
    }),
    shape('toReadableStream', [api.streamed], async (t) => {
      const stream = await open(t);
      t.need(typeof stream.toReadableStream === 'function');
      const readable = stream.toReadableStream();
      t.look('readable', readable);
      const parts: string[] = [];
      for await (const part of readable) parts.push(Buffer.from(part).toString('utf8'));
      t.see('parts', parts);
    }),
    shape('toReadableStream cancelled', [cancelled], async (t) => {
      const stream = await open(t, { words: ['endless'] });
      t.need(typeof stream.toReadableStream === 'function');
      const reader = stream.toReadableStream().getReader();
      await reader.read();
      await t.attempt('cancel', () => reader.cancel());
      t.see('connection', await t.connection());
    }),
    shape('withResponse', [api.streamed], async (t) => {
      const promise = open(t);
      t.need(typeof promise.withResponse === 'function');
      const { data, response, ...more } = await promise.withResponse();
      t.look('data', data);
      t.see('chunks', await collect(data));
      t.see('response', [response, more]);
    }),
    shape('asResponse', [{ operation: api.streamed.operation, outcome: 'completed' }], async (t) => {
      const response = await open(t).asResponse();
      t.see('response', response);
      t.see('body', await response.text());
    }),
    shape('401', [failed(api, '401')], async (t) => {
      await t.attempt('awaited', () => open(t, { words: ['401'], options: once }));
    }),
    shape('429 with retry', [{ ...api.streamed, resends: 1 }], async (t) => {
      t.see('chunks', await collect(await open(t, { words: ['429-once'] })));
    }),
    failing('error event', ['stream-error'], '*'),
    failing('connection reset', ['stream-reset'], '*'),
  ];
}
