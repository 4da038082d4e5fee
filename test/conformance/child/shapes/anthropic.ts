// Every call shape of the `@anthropic-ai/sdk` package.

import { betaMessages, betaShapes } from './anthropic-beta.ts';
import { anthropicClientShapes } from './anthropic-clients.ts';
import { messageShapes, messages } from './anthropic-messages.ts';
import { callShapes, streamShapes } from './api.ts';
import { packageShapes } from './package.ts';
import type { Shape } from './shape.ts';

export const anthropicShapes: Shape[] = [
  ...packageShapes,
  ...callShapes(messages),
  ...streamShapes(messages),
  ...messageShapes(messages),
  ...callShapes(betaMessages),
  ...streamShapes(betaMessages),
  ...messageShapes(betaMessages),
  ...betaShapes,
  ...anthropicClientShapes,
];
