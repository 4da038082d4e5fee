// Recognises the module of a vendor's SDK that declares the client class, whatever the SDK's version, format, and name in the tree.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Vendor, vendors } from '../vendors.ts';

/** `client` since openai 5 and @anthropic-ai/sdk 0.4x, `index` before. */
const CLIENT_FILE = /^file:.*\/(?:client|index)\.m?js(?:\?|$)/;

export interface ClientModule {
  readonly vendor: Vendor;
  readonly version: string;
  readonly path: string;
  readonly format: 'esm' | 'cjs';
  /** Name of the class within the module. */
  readonly className: string;
}

/** Whether it is worth a closer look. The first and mostly the last thing asked about a module, so a mere test of its name. */
export function mayBeClientModule(url: string): boolean {
  return CLIENT_FILE.test(url);
}

/** @param source of the module, when it is at hand. */
export function recogniseClientModule(
  url: string,
  format: 'esm' | 'cjs',
  source?: string | Buffer,
): ClientModule | undefined {
  // The host's own files may be called so too: what does not speak of a vendor is not worth reading a package.json for.
  if (source && !vendors.some(({ classNames }) => classNames.some((name) => source.includes(name)))) return undefined;
  const path = fileURLToPath(url);
  const owner = readPackage(dirname(path));
  const vendor = vendors.find(({ packageName }) => packageName === owner?.name);
  if (!vendor) return undefined;
  const text = source?.toString() ?? readFileSync(path, 'utf8');
  // The index of later versions only passes on what the client module declares.
  const className = vendor.classNames.find((name) => new RegExp(`\\b(?:class|var) ${name}\\b`).test(text));
  return className === undefined ? undefined : { vendor, version: owner?.version ?? '', path, format, className };
}

/** The package whose root is `directory`, if it is one. */
function readPackage(directory: string): { name?: string; version?: string } | undefined {
  const file = join(directory, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string }) : undefined;
}
