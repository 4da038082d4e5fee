// Other ways to have an OpenAI client: those of either vendor, Azure, and two copies of the package in one tree.
import { frozen } from '../trial.ts';
import { clientShapesOf, useClient } from './clients.ts';
import { chat } from './openai-chat.ts';
import type { Shape } from './shape.ts';

const azureOptions = { apiVersion: '2024-10-21', apiKey: 'sk-canary-key' };
const both = [chat.completed, chat.streamed];

export const clientShapes: Shape[] = [
  ...clientShapesOf(chat, '/chat/completions'),
  {
    name: 'client: models left alone',
    spans: [],
    run: async (t) => {
      const page = t.client().models.list();
      t.look('promise', page);
      for await (const model of page) t.see('model', model);
    },
  },
  {
    name: 'client: Azure',
    spans: both,
    run: async (t) => {
      const { AzureOpenAI } = t.sdk.module;
      t.need(AzureOpenAI);
      const client = new AzureOpenAI({ ...azureOptions, endpoint: t.url });
      t.look('client', client);
      await useClient(t, chat, client);
    },
  },
  {
    name: 'client: Azure with a deployment',
    spans: both,
    run: async (t) => {
      const { AzureOpenAI } = t.sdk.module;
      t.need(AzureOpenAI);
      await useClient(t, chat, new AzureOpenAI({ ...azureOptions, endpoint: t.url, deployment: t.model() }));
    },
  },
  {
    name: 'client: two copies in one tree',
    spans: [chat.completed, chat.completed, chat.completed],
    run: async (t) => {
      const [nested, top] = [await t.sdk.load('nested-agent'), await t.sdk.load('openai')];
      const classes = [t.sdk.Client, nested.default ?? nested, top.default ?? top];
      t.see('classes', new Set(classes).size);
      for (const Client of classes) {
        const client = t.client({}, Client);
        t.see(
          'instance of',
          classes.map((Class) => client instanceof Class),
        );
        const promise = client.chat.completions.create(frozen(chat.body(t.model())));
        t.look('promise', promise);
        t.see('value', await promise);
      }
    },
  },
];
