// Chat completions: what they have beyond the shapes every API shares.
import { frozen, type Trial } from '../trial.ts';
import type { Api } from './api.ts';
import { type ExpectedSpan, question, type Shape, user } from './shape.ts';

const operation = 'chat';
const responseModel = 'gpt-5-mini-2025-08-07';
const usage = { input: 120, output: 40, cacheRead: 0, reasoning: 0 };
const begun: ExpectedSpan = { operation, outcome: 'completed', responseModel };
const answered: ExpectedSpan = { ...begun, finishReasons: ['stop'] };
const completed: ExpectedSpan = { ...answered, ...usage };
const calledTools: ExpectedSpan = { ...completed, finishReasons: ['tool_calls'] };

export const chat: Api = {
  name: 'chat',
  method: (client) => client.chat.completions.create.bind(client.chat.completions),
  body: (model) => ({ model, messages: question, temperature: 0 }),
  completed,
  // Without `include_usage` the API tells no usage.
  streamed: answered,
  begun,
};

/** Where a version keeps `parse`, `stream` and `runTools`: below `beta` at first. */
function helper(t: Trial, name: string): (body: object, options?: object) => any {
  const client = t.client();
  const home = [client.chat.completions, client.beta?.chat?.completions].find((at) => typeof at?.[name] === 'function');
  t.need(home);
  return home[name].bind(home);
}

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const toolNamed = (name: string) => ({
  type: 'function',
  function: { name, description: `Tells the ${name}.`, parameters },
});
const includeUsage = { stream: true, stream_options: { include_usage: true } };

const runnableTools = (calls: unknown[]) => ({
  tools: [
    {
      type: 'function',
      function: {
        name: 'weather',
        description: 'Tells the weather.',
        parameters,
        parse: JSON.parse,
        function: async (input: unknown) => {
          calls.push(input);
          return 'sunny';
        },
      },
    },
  ],
});

const shape = (name: string, spans: ExpectedSpan[], run: Shape['run']): Shape => ({
  name: `chat: ${name}`,
  spans,
  run,
});

/** One create with more in its body. */
const creating = (name: string, span: ExpectedSpan, more: object, words: string[] = []) =>
  shape(name, [span], async (t) => {
    const body = frozen({ ...chat.body(t.model(...words)), ...more });
    const result = await t.client().chat.completions.create(body);
    if (typeof result[Symbol.asyncIterator] !== 'function') return t.see('value', result);
    for await (const chunk of result) t.see('chunk', chunk);
  });

export const chatShapes: Shape[] = [
  creating('stream with usage', completed, includeUsage),
  creating(
    'stream with usage of cache and reasoning',
    { ...completed, output: 72, cacheRead: 96, reasoning: 32 },
    includeUsage,
    ['cached', 'reasoning'],
  ),
  creating('n: 2', { ...completed, output: 80, finishReasons: ['stop', 'stop'] }, { n: 2 }),
  creating(
    'n: 2 in a stream',
    { ...completed, output: 80, finishReasons: ['stop', 'stop'] },
    { n: 2, ...includeUsage },
  ),
  creating('parallel tool calls', calledTools, { tools: [toolNamed('weather'), toolNamed('time')] }),
  creating('parallel tool calls in a stream', calledTools, {
    tools: [toolNamed('weather'), toolNamed('time')],
    ...includeUsage,
  }),
  creating('multimodal input', completed, {
    messages: [
      user([
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
      ]),
    ],
  }),
  creating('cut off at the limit', { ...completed, finishReasons: ['length'] }, { max_tokens: 0 }, ['length']),
  creating('stopped by the filter', { ...completed, finishReasons: ['content_filter'] }, {}, ['filtered']),
  creating('refusal', completed, {}, ['refusal']),
  creating('zeros', completed, { temperature: 0, top_p: 0, frequency_penalty: 0, presence_penalty: 0, seed: 0 }),
  // The answer is whole, though the caller did not wait for the end of the stream.
  shape('stream that breaks at the usage chunk', [completed], async (t) => {
    const stream = await t.client().chat.completions.create(frozen({ ...chat.body(t.model()), ...includeUsage }));
    for await (const chunk of stream) if (chunk.usage) break;
    t.see('stream', stream);
  }),
  shape('parse', [completed], async (t) => {
    const parse = helper(t, 'parse');
    const { zodResponseFormat } = await t.sdk.sub('helpers/zod');
    const { z } = t.sdk.zod;
    const response_format = zodResponseFormat(z.object({ city: z.string() }), 'answer');
    const promise = parse({ ...chat.body(t.model()), response_format });
    t.look('promise', promise);
    t.see('value', await promise);
  }),
  shape('parse withResponse', [completed], async (t) => {
    const parse = helper(t, 'parse');
    const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema: parameters, strict: true } };
    const promise = parse(frozen({ ...chat.body(t.model()), response_format }));
    await t.attempt('withResponse', () => promise.withResponse());
  }),
  shape('parse asResponse', [{ operation, outcome: 'completed' }], async (t) => {
    const response = await helper(t, 'parse')(frozen(chat.body(t.model()))).asResponse();
    t.see('body', await response.text());
  }),
  shape('parse that finds a cut-off answer', [{ ...completed, finishReasons: ['length'] }], async (t) => {
    await t.attempt('awaited', () => helper(t, 'parse')(frozen(chat.body(t.model('length')))));
  }),
  shape('stream helper', [completed], async (t) => {
    const stream = helper(t, 'stream')(frozen({ ...chat.body(t.model()), stream_options: { include_usage: true } }));
    t.look('runner', stream);
    const events: string[] = [];
    for (const name of [
      'connect',
      'content',
      'chunk',
      'message',
      'chatCompletion',
      'finalContent',
      'end',
      'error',
      'abort',
    ]) {
      stream.on(name, () => events.push(name));
    }
    t.see('final', await stream.finalChatCompletion());
    t.see('content', await stream.finalContent());
    t.see('usage', await stream.totalUsage());
    t.see('events', events);
  }),
  shape('stream helper iterated', [answered], async (t) => {
    const stream = helper(t, 'stream')(frozen(chat.body(t.model())));
    for await (const chunk of stream) t.see('chunk', chunk);
    await stream.done();
  }),
  shape('stream helper left by break', [{ ...begun, outcome: 'cancelled' }], async (t) => {
    const stream = helper(t, 'stream')(frozen(chat.body(t.model('endless'))));
    for await (const chunk of stream) if (chunk.choices[0]?.delta?.content) break;
    t.see('connection', await t.connection());
    await t.attempt('done', () => stream.done());
  }),
  shape('stream helper aborted', [{ ...begun, outcome: 'cancelled' }], async (t) => {
    const stream = helper(t, 'stream')(frozen(chat.body(t.model('endless'))));
    stream.once('content', () => stream.abort());
    await t.attempt('done', () => stream.done());
    t.see('connection', await t.connection());
  }),
  shape('stream helper with 401', [{ operation, outcome: 'error', error: '401' }], async (t) => {
    const stream = helper(t, 'stream')(frozen(chat.body(t.model('401'))), { maxRetries: 0 });
    await t.attempt('done', () => stream.done());
  }),
  shape('stream helper to a readable stream', [answered], async (t) => {
    const stream = helper(t, 'stream')(frozen(chat.body(t.model())));
    t.need(typeof stream.toReadableStream === 'function');
    const parts: string[] = [];
    for await (const part of stream.toReadableStream()) parts.push(Buffer.from(part).toString('utf8'));
    t.see('parts', parts);
  }),
  shape('runTools', [calledTools, completed], async (t) => {
    const calls: unknown[] = [];
    const runner = helper(t, 'runTools')(frozen({ ...chat.body(t.model()), ...runnableTools(calls) }));
    t.look('runner', runner);
    t.see('content', await runner.finalContent());
    t.see('calls', calls);
    t.see('messages', runner.messages);
    t.see('usage', await runner.totalUsage());
  }),
  shape('runTools stream', [calledTools, completed], async (t) => {
    const calls: unknown[] = [];
    const runner = helper(t, 'runTools')(frozen({ ...chat.body(t.model()), ...runnableTools(calls), ...includeUsage }));
    t.look('runner', runner);
    for await (const chunk of runner) t.see('chunk', chunk);
    t.see('content', await runner.finalContent());
    t.see('calls', calls);
  }),
  shape('runTools with a tool that throws', [calledTools], async (t) => {
    const [tool] = runnableTools([]).tools;
    const fail = async () => {
      throw new Error('mine');
    };
    const tools = [{ type: 'function', function: { ...tool?.function, function: fail } }];
    const runner = helper(t, 'runTools')(frozen({ ...chat.body(t.model()), tools }));
    await t.attempt('content', () => runner.finalContent());
  }),
];
