// The Responses API: what it has beyond the shapes every API shares.
import { frozen, type Trial } from '../trial.ts';
import type { Api } from './api.ts';
import { type ExpectedSpan, type Shape, user } from './shape.ts';

const operation = 'chat';
const begun: ExpectedSpan = { operation, outcome: 'completed', responseModel: 'gpt-5-mini-2025-08-07' };
const usage = { input: 120, output: 40, cacheRead: 0, reasoning: 0 };
const completed: ExpectedSpan = { ...begun, ...usage, finishReasons: ['stop'] };
const calledTools: ExpectedSpan = { ...completed, finishReasons: ['tool_calls'] };
const incomplete: ExpectedSpan = { ...completed, finishReasons: ['max_output_tokens'] };
const failed: ExpectedSpan = { ...begun, outcome: 'error', error: 'server_error', finishReasons: ['error'] };

export const responses: Api = {
  name: 'responses',
  method: (client) => client.responses?.create.bind(client.responses),
  body: (model) => ({ model, input: 'What is the capital of France?', temperature: 0 }),
  completed,
  streamed: completed,
  begun,
};

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const tools = ['weather', 'time'].map((name) => ({ type: 'function', name, strict: true, parameters }));

/** The resource, where it has the method. */
function resource(t: Trial, method = 'create'): any {
  const { responses: found } = t.client();
  t.need(typeof found?.[method] === 'function');
  return found;
}

const shape = (name: string, spans: ExpectedSpan[], run: Shape['run']): Shape => ({
  name: `responses: ${name}`,
  spans,
  run,
});

const creating = (name: string, span: ExpectedSpan, more: object, words: string[] = []) =>
  shape(name, [span], async (t) => {
    const result = await resource(t).create(frozen({ ...responses.body(t.model(...words)), ...more }));
    if (typeof result[Symbol.asyncIterator] !== 'function') return t.see('value', result);
    for await (const event of result) t.see('event', event);
  });

export const responsesShapes: Shape[] = [
  creating('failed', failed, {}, ['failed']),
  creating('failed in a stream', failed, { stream: true }, ['failed']),
  creating('incomplete', incomplete, {}, ['incomplete']),
  creating('incomplete in a stream', incomplete, { stream: true }, ['incomplete']),
  creating('parallel tool calls', calledTools, { tools }),
  creating('parallel tool calls in a stream', calledTools, { tools, stream: true }),
  creating('cache and reasoning', { ...completed, output: 72, cacheRead: 96, reasoning: 32 }, {}, [
    'cached',
    'reasoning',
  ]),
  creating('reasoning in a stream', { ...completed, output: 72, reasoning: 32 }, { stream: true }, ['reasoning']),
  creating('refusal', completed, {}, ['refusal']),
  creating('multimodal input', completed, {
    input: [
      user([
        { type: 'input_text', text: 'What is this?' },
        { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
      ]),
    ],
  }),
  shape('parse', [completed], async (t) => {
    const found = resource(t, 'parse');
    const { zodTextFormat } = await t.sdk.sub('helpers/zod');
    t.need(zodTextFormat);
    const { z } = t.sdk.zod;
    const promise = found.parse({
      ...responses.body(t.model()),
      text: { format: zodTextFormat(z.object({ city: z.string() }), 'answer') },
    });
    t.look('promise', promise);
    t.see('value', await promise);
  }),
  shape('parse withResponse', [completed], async (t) => {
    await t.attempt('withResponse', () =>
      resource(t, 'parse')
        .parse(frozen(responses.body(t.model())))
        .withResponse(),
    );
  }),
  shape('stream helper', [completed], async (t) => {
    const stream = resource(t, 'stream').stream(frozen(responses.body(t.model())));
    t.look('stream', stream);
    const deltas: string[] = [];
    stream.on('response.output_text.delta', (event: { delta: string }) => deltas.push(event.delta));
    t.see('final', await stream.finalResponse());
    t.see('deltas', deltas);
  }),
  shape('stream helper iterated', [completed], async (t) => {
    const stream = resource(t, 'stream').stream(frozen(responses.body(t.model())));
    for await (const event of stream) t.see('event', event);
  }),
  shape('stream helper left by break', [{ ...begun, outcome: 'cancelled' }], async (t) => {
    const stream = resource(t, 'stream').stream(frozen(responses.body(t.model('endless'))));
    for await (const event of stream) if (event.type === 'response.output_text.delta') break;
    t.see('connection', await t.connection());
    await t.attempt('done', () => stream.done());
  }),
  shape('stream helper that fails', [failed], async (t) => {
    await t.attempt('final', () =>
      resource(t, 'stream')
        .stream(frozen(responses.body(t.model('failed'))))
        .finalResponse(),
    );
  }),
  shape('retrieve left alone', [], async (t) => {
    await t.attempt('retrieve', () => resource(t, 'retrieve').retrieve('resp_1'));
  }),
];
