// What all dialects share. A dialect is how another instrumentation spells what the conventions say; it must only read.
import type { Attributes } from '@opentelemetry/api';
import { maskCredentials } from '../../internal/credentials.ts';
import type { ProviderName } from '../../semconv.ts';

/** What a dialect says, under the conventions' names; `undefined` is what it does not say. */
export type Translation = Attributes;

/** A number, also one that was written as text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The first of `names` that is set. */
export function firstOf(attributes: Attributes, ...names: readonly string[]): unknown {
  for (const name of names) {
    const value = attributes[name];
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Former and vendors' own names of providers to those of `gen_ai.provider.name`. */
const PROVIDERS: ReadonlyMap<string, ProviderName> = new Map([
  // gen_ai.system of the conventions up to 1.36.
  ['az.ai.openai', 'azure.ai.openai'],
  ['az.ai.inference', 'azure.ai.inference'],
  // Right as it is, but for what `azure` alone means below.
  ['azure.ai.inference', 'azure.ai.inference'],
  ['gemini', 'gcp.gemini'],
  ['vertex_ai', 'gcp.vertex_ai'],
  ['xai', 'x_ai'],
  // OpenInference: llm.provider and llm.system.
  ['azure', 'azure.ai.openai'],
  ['aws', 'aws.bedrock'],
  ['google', 'gcp.gen_ai'],
  ['vertexai', 'gcp.vertex_ai'],
  ['mistralai', 'mistral_ai'],
  ['moonshot', 'moonshot_ai'],
  // AI SDK: the first part of the provider's id.
  ['azure-openai', 'azure.ai.openai'],
  ['amazon-bedrock', 'aws.bedrock'],
  ['bedrock', 'aws.bedrock'],
  ['google.generative-ai', 'gcp.gemini'],
  ['google.vertex', 'gcp.vertex_ai'],
  ['mistral', 'mistral_ai'],
  ['togetherai', 'together_ai'],
  ['moonshotai', 'moonshot_ai'],
  ['voyage', 'voyage_ai'],
  ['zai', 'z_ai'],
]);

/** `openai.chat`, `OpenAI`, `google.vertex.chat` as the conventions name the provider; an unknown one is kept, in lower case. */
export function providerOf(value: unknown): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  // Before the case is lost by which a key is known.
  const name = maskCredentials(text).toLowerCase();
  const parts = name.split('.');
  for (let length = parts.length; length > 0; length--) {
    const known = PROVIDERS.get(parts.slice(0, length).join('.'));
    if (known !== undefined) return known;
  }
  // The AI SDK adds the API to the provider; names of the conventions have dots of their own.
  return /\.(?:chat|completion|responses|messages|embedding|textembedding)$/.test(name) ? parts[0] : name;
}
