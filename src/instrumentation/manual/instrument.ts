// For SDKs that a bundler has put into the app, where no module hook can see them: the host hands us the client.
import { errorName, guard } from '../../internal/guard.ts';
import { warnOnce } from '../../internal/log.ts';
import { type Patchable, patchClient } from '../inference/patch-client.ts';
import type { VendorAdapter } from '../inference/vendor-adapter.ts';
import { fields } from '../inference/wire.ts';
import { loadAdapter, type Vendor, vendors } from '../vendors.ts';

/**
 * Records what `client` does from now on, and what other clients of its class do.
 * @returns `client`.
 * @throws {TypeError} when it is no client of `openai` or `@anthropic-ai/sdk`.
 */
export function instrument<T extends object>(client: T): T {
  const vendor = guard('recognising a client', () => vendors.find(({ name }) => looksLike(name, client)));
  const target = guard('recognising a client', () => ownerOf(client, 'makeRequest'));
  if (!vendor || !target) {
    throw new TypeError(
      'instrument() takes a client of openai or @anthropic-ai/sdk, such as `new OpenAI()`. Other calls are recorded with withInference() or recordInference().',
    );
  }
  const adapter = adapterOf(vendor);
  if (adapter) guard('patching a client', () => patchClient(target, adapter));
  return client;
}

/** By the resources, for a bundler may have renamed the class. */
function looksLike(vendor: Vendor['name'], client: unknown): boolean {
  const { chat, embeddings, messages, request } = fields(client);
  if (typeof request !== 'function') return false;
  return vendor === 'openai'
    ? typeof fields(fields(chat).completions).create === 'function' && typeof fields(embeddings).create === 'function'
    : typeof fields(messages).create === 'function';
}

/** The prototype that has the method: the class itself, below whatever the host has derived from it. */
function ownerOf(client: object, method: string): Patchable | undefined {
  let target: object | null = client;
  while (target !== null && !Object.hasOwn(target, method)) target = Object.getPrototypeOf(target) as object | null;
  return (target as Patchable | null) ?? undefined;
}

function adapterOf(vendor: Vendor): VendorAdapter | undefined {
  try {
    return loadAdapter(vendor);
  } catch (error) {
    warnOnce(
      `adapter:${vendor.name}`,
      `the adapter for ${vendor.packageName} could not be loaded: ${errorName(error)}`,
    );
    return undefined;
  }
}
