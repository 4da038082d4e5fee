// Every call shape of the `openai` package.
import { callShapes, streamShapes } from './api.ts';
import { chat, chatShapes } from './openai-chat.ts';
import { clientShapes } from './openai-clients.ts';
import { completions, embeddingShapes, embeddings } from './openai-others.ts';
import { responses, responsesShapes } from './openai-responses.ts';
import { packageShapes } from './package.ts';
import type { Shape } from './shape.ts';

export const openaiShapes: Shape[] = [
  ...packageShapes,
  ...callShapes(chat),
  ...streamShapes(chat),
  ...chatShapes,
  ...callShapes(responses),
  ...streamShapes(responses),
  ...responsesShapes,
  ...callShapes(completions),
  ...streamShapes(completions),
  ...callShapes(embeddings).filter((shape) => !shape.name.includes('async context')),
  ...embeddingShapes,
  ...clientShapes,
];
