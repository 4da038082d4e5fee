// Other ways to have a client, and the legacy completions.
import { frozen } from '../trial.ts';
import { messages } from './anthropic-messages.ts';
import { clientShapesOf } from './clients.ts';
import type { ExpectedSpan, Shape } from './shape.ts';

const completion: ExpectedSpan = {
  operation: 'text_completion',
  outcome: 'completed',
  responseModel: 'claude-sonnet-4-5',
  finishReasons: ['stop_sequence'],
};

export const anthropicClientShapes: Shape[] = [
  ...clientShapesOf(messages, '/v1/messages'),
  ...[false, true].map(
    (stream) =>
      ({
        name: `completions: create${stream ? ' as a stream' : ''}`,
        spans: [completion],
        run: async (t) => {
          const { completions } = t.client();
          t.need(completions);
          const body = { model: t.model(), prompt: '\n\nHuman: hello\n\nAssistant:', max_tokens_to_sample: 9, stream };
          const result = await completions.create(frozen(body));
          if (!stream) return t.see('value', result);
          for await (const chunk of result) t.see('chunk', chunk);
        },
      }) satisfies Shape,
  ),
];
