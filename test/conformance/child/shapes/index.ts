// All shapes of a vendor.
import { anthropicShapes } from './anthropic.ts';
import { openaiShapes } from './openai.ts';
import type { Shape } from './shape.ts';

export function shapesOf(vendor: 'openai' | 'anthropic'): Shape[] {
  return vendor === 'openai' ? openaiShapes : anthropicShapes;
}

/** The shape's name as a word in a model name. */
export function tagOf(name: string): string {
  return name.replace(/[^A-Za-z0-9]+/g, '-');
}
