// Legacy completions and embeddings.
import { frozen } from '../trial.ts';
import type { Api } from './api.ts';
import type { ExpectedSpan, Shape } from './shape.ts';

const completion: ExpectedSpan = {
  operation: 'text_completion',
  outcome: 'completed',
  responseModel: 'gpt-5-mini',
  finishReasons: ['stop'],
  input: 30,
  output: 40,
};
const { input: _input, output: _output, ...withoutUsage } = completion;
const { finishReasons: _finishReasons, ...begun } = withoutUsage;

export const completions: Api = {
  name: 'completions',
  method: (client) => client.completions.create.bind(client.completions),
  body: (model) => ({ model, prompt: 'The capital of France is', max_tokens: 0 }),
  completed: completion,
  streamed: withoutUsage,
  begun,
};

const embedded: ExpectedSpan = { operation: 'embeddings', outcome: 'completed', responseModel: 'gpt-5-mini', input: 9 };

export const embeddings: Api = {
  name: 'embeddings',
  method: (client) => client.embeddings.create.bind(client.embeddings),
  body: (model) => ({ model, input: 'Paris' }),
  completed: embedded,
  streamed: embedded,
  begun: embedded,
};

const embedding = (name: string, span: ExpectedSpan, more: object): Shape => ({
  name: `embeddings: ${name}`,
  spans: [span],
  run: async (t) => {
    t.see('value', await t.client().embeddings.create(frozen({ ...embeddings.body(t.model()), ...more })));
  },
});

export const embeddingShapes: Shape[] = [
  embedding('several inputs', { ...embedded, input: 18 }, { input: ['Paris', 'Lyon'], dimensions: 4 }),
  embedding('as floats', embedded, { encoding_format: 'float' }),
  embedding('as base64', embedded, { encoding_format: 'base64' }),
];
