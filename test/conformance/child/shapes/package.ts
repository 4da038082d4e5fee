// The package itself: what it exports, and the class an app constructs and extends.
import { describeKind } from '../describe.ts';
import type { Shape } from './shape.ts';

export const packageShapes: Shape[] = [
  {
    name: 'package: exports',
    spans: [],
    run: async (t) => {
      t.see('names', Object.keys(t.sdk.module).sort());
      t.see('default', t.sdk.module.default === t.sdk.Client);
      for (const [name, Class] of t.sdk.classes) t.look(name, Class);
      t.see('globals', Object.keys(globalThis));
    },
  },
  {
    name: 'package: client',
    spans: [],
    run: async (t) => {
      const client = t.client();
      t.look('client', client);
      for (let at = client; at !== Object.prototype; at = Object.getPrototypeOf(at)) t.see('level', describeKind(at));
      for (const name of ['chat', 'completions', 'embeddings', 'responses', 'messages', 'beta']) {
        if (client[name] === undefined) continue;
        t.look(name, client[name]);
        t.see(`${name} prototype`, describeKind(Object.getPrototypeOf(client[name])));
      }
      await t.attempt('called without new', () => t.sdk.Client(t.clientOptions()));
    },
  },
];
