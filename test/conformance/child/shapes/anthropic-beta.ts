// Beta messages, and what only they have: the tool runner, and the first home of prompt caching.
import { frozen } from '../trial.ts';
import { messages, resource } from './anthropic-messages.ts';
import type { Api } from './api.ts';
import type { ExpectedSpan, Shape } from './shape.ts';

export const betaMessages: Api = {
  ...messages,
  name: 'beta messages',
  method: (client) => client.beta?.messages?.create.bind(client.beta.messages),
};

const calledTools: ExpectedSpan = { ...messages.completed, finishReasons: ['tool_use'] };

const runnableTool = (run: (input: unknown) => Promise<string>) => ({
  type: 'custom',
  name: 'weather',
  description: 'Tells the weather.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  parse: (input: unknown) => input,
  run,
});

export const betaShapes: Shape[] = [
  {
    name: 'beta messages: tool runner',
    spans: [calledTools, messages.completed],
    run: async (t) => {
      const calls: unknown[] = [];
      const tool = runnableTool(async (input) => {
        calls.push(input);
        return 'sunny';
      });
      const runner = resource(t, betaMessages, 'toolRunner').toolRunner({
        ...betaMessages.body(t.model()),
        tools: [tool],
      });
      t.look('runner', runner);
      for await (const message of runner) t.see('message', message);
      t.see('done', await runner.done());
      t.see('calls', calls);
    },
  },
  {
    name: 'beta messages: tool runner awaited',
    spans: [calledTools, messages.completed],
    run: async (t) => {
      const tool = runnableTool(async () => 'sunny');
      const runner = resource(t, betaMessages, 'toolRunner').toolRunner({
        ...betaMessages.body(t.model()),
        tools: [tool],
      });
      await t.attempt('awaited', () => runner);
    },
  },
  {
    name: 'beta messages: tool runner with streams',
    spans: [calledTools, messages.streamed],
    run: async (t) => {
      const tool = runnableTool(async () => 'sunny');
      const given = { ...betaMessages.body(t.model()), tools: [tool], stream: true };
      for await (const stream of resource(t, betaMessages, 'toolRunner').toolRunner(given)) {
        t.look('stream', stream);
        for await (const event of stream) t.see('event', event);
      }
    },
  },
  {
    name: 'beta messages: tool runner with a tool that throws',
    spans: [calledTools, messages.completed],
    run: async (t) => {
      const tool = runnableTool(async () => {
        throw new Error('mine');
      });
      const runner = resource(t, betaMessages, 'toolRunner').toolRunner({
        ...betaMessages.body(t.model()),
        tools: [tool],
      });
      await t.attempt('awaited', () => runner);
    },
  },
  {
    name: 'prompt caching: create and stream',
    spans: [messages.completed, messages.streamed],
    run: async (t) => {
      const found = t.client().beta?.promptCaching?.messages;
      t.need(found);
      t.see('value', await found.create(frozen(messages.body(t.model()))));
      t.see('final', await found.stream(frozen(messages.body(t.model()))).finalMessage());
    },
  },
];
