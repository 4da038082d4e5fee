// Other ways to have a client, of either vendor: options of its own, subclasses, sub-paths, more than one copy.
import { frozen, type Trial } from '../trial.ts';
import type { Api } from './api.ts';
import type { ExpectedSpan, Shape } from './shape.ts';

/** @param path of the API, without the base URL */
export function clientShapesOf(api: Api, path: string): Shape[] {
  const shape = (name: string, spans: ExpectedSpan[], run: Shape['run']): Shape => ({
    name: `client: ${name}`,
    spans,
    run,
  });
  const both = [api.completed, api.streamed];
  const use = (t: Trial, client: any) => useClient(t, api, client);

  return [
    shape('withOptions', both, async (t) => {
      const client = t.client();
      t.need(typeof client.withOptions === 'function');
      const changed = client.withOptions({ maxRetries: 0, defaultHeaders: { 'x-mine': 'yes' } });
      t.look('client', changed);
      t.see('same class', changed.constructor === client.constructor);
      await use(t, changed);
    }),
    shape('subclassed', both, async (t) => {
      class Mine extends t.sdk.Client {
        own = 'field';
      }
      const client = t.client({}, Mine);
      t.look('client', client);
      t.see('is both', [client instanceof Mine, client instanceof t.sdk.Client]);
      await use(t, client);
    }),
    shape('subclass with hooks of its own', both, async (t) => {
      const seen: string[] = [];
      class Mine extends t.sdk.Client {
        request(...given: any[]): any {
          seen.push('request');
          return super.request(...given);
        }
        post(...given: any[]): any {
          seen.push(`post ${String(given[0])}`);
          return super.post(...given);
        }
        async prepareOptions(...given: any[]): Promise<void> {
          seen.push('prepareOptions');
          return super.prepareOptions(...given);
        }
      }
      await use(t, t.client({}, Mine));
      t.see('hooks', seen);
    }),
    shape('own fetch', both, async (t) => {
      const seen: unknown[] = [];
      const fetch = async (url: any, init: any) => {
        seen.push([String(url), init.method]);
        return globalThis.fetch(url, init);
      };
      await use(t, t.client({ fetch }));
      t.see('fetched', seen);
    }),
    shape('default headers and query', both, async (t) => {
      await use(t, t.client({ defaultHeaders: { traceparent: 'mine' }, defaultQuery: { mine: 'yes' } }));
    }),
    shape('request by path', [api.completed], async (t) => {
      const promise = t.client().post(path, { body: frozen(api.body(t.model())) });
      t.look('promise', promise);
      t.see('value', await promise);
    }),
    shape('options as a promise', [api.completed], async (t) => {
      const options = Promise.resolve({ body: frozen(api.body(t.model())) });
      t.see('value', await t.client().post(path, options));
    }),
    shape('sub-path import', both, async (t) => {
      const module = (await t.sdk.sub('client')) ?? (await t.sdk.sub('index')) ?? {};
      const Client = module[t.sdk.Client.name] ?? module.default;
      t.need(Client);
      t.see('the same class', Client === t.sdk.Client);
      await use(t, t.client({}, Client));
    }),
    shape('both module formats', [api.completed, api.completed], async (t) => {
      const other = await t.sdk.loadAs(t.sdk.format === 'cjs' ? 'esm' : 'cjs', t.sdk.alias);
      const Other = other.default ?? other;
      t.see('one class', Other === t.sdk.Client);
      for (const Client of [t.sdk.Client, Other])
        t.see('value', await api.method(t.client({}, Client))?.(frozen(api.body(t.model()))));
    }),
  ];
}

/** A call and a stream with whatever client it is. */
export async function useClient(t: Trial, api: Api, client: any): Promise<void> {
  const create = t.need(api.method(client));
  const promise = create(frozen(api.body(t.model())));
  t.look('promise', promise);
  t.see('value', await promise);
  const stream = await create(frozen({ ...api.body(t.model()), stream: true }));
  t.look('stream', stream);
  for await (const chunk of stream) t.see('chunk', chunk);
}
