// Which packages are instrumented, and where their adapters are. An adapter is a file of its own, loaded when its SDK is first seen.
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import type { VendorAdapter } from './inference/vendor-adapter.ts';

export interface Vendor {
  /** Folder of the adapter. */
  readonly name: string;
  /** Name in the vendor's package.json: an npm alias changes the path, not this. */
  readonly packageName: string;
  /** Client classes by the names they have within the vendor's module, the most general first. */
  readonly classNames: readonly string[];
  /** Oldest version that is recorded, as [major, minor]. */
  readonly since: readonly [number, number];
}

export const vendors: readonly Vendor[] = [
  { name: 'openai', packageName: 'openai', classNames: ['OpenAI'], since: [4, 0] },
  { name: 'anthropic', packageName: '@anthropic-ai/sdk', classNames: ['BaseAnthropic', 'Anthropic'], since: [0, 30] },
];

const load = createRequire(import.meta.url);

/** @throws when the file is missing or broken. */
export function loadAdapter({ name }: Vendor): VendorAdapter {
  // Beside this file in the sources, beside the bundle when bundled.
  const { adapter } = load(`./${name}/index${extname(import.meta.filename)}`) as { adapter: VendorAdapter };
  return adapter;
}
