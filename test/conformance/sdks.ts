// The SDK versions the suite runs, and their installation: by the suite itself, once for every state of the lock file.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const directory = resolve(import.meta.dirname, '../sdks');
/** The lock file as it was when the tree was last installed to its end. */
const installedLock = join(directory, 'node_modules/.installed-lock.json');

export interface SdkRun {
  /** `openai-7.57.0`: the folder under `node_modules`. */
  readonly alias: string;
  readonly format: 'esm' | 'cjs';
}

const esm = (alias: string): SdkRun[] => [{ alias, format: 'esm' }];
const both = (alias: string): SdkRun[] => [...esm(alias), { alias, format: 'cjs' }];

/** Oldest and newest of every major; around the version in which Anthropic's SDK began to make spans itself, both sides. */
export const sdkRuns: readonly SdkRun[] = [
  ...esm('openai-4.0.0'),
  ...both('openai-4.104.0'),
  ...esm('openai-5.0.1'),
  ...both('openai-5.23.2'),
  ...esm('openai-6.0.1'),
  ...both('openai-6.49.0'),
  ...esm('openai-7.0.0'),
  ...both('openai-7.57.0'),
  ...esm('anthropic-0.30.1'),
  ...esm('anthropic-0.50.4'),
  ...esm('anthropic-0.80.0'),
  ...esm('anthropic-0.133.0'),
  ...esm('anthropic-0.134.0'),
  ...both('anthropic-0.137.0'),
  ...esm('anthropic-1.0.0'),
  ...both('anthropic-1.12.0'),
];

export function vendorOf({ alias }: SdkRun): 'openai' | 'anthropic' {
  return alias.startsWith('anthropic') ? 'anthropic' : 'openai';
}

/** Whether the SDK makes OpenTelemetry spans of its own, and behaves a little differently while an app has a tracer provider. */
export function tracesItself({ alias }: SdkRun): boolean {
  const { dependencies } = JSON.parse(readFileSync(join(directory, 'node_modules', alias, 'package.json'), 'utf8'));
  return dependencies?.['@opentelemetry/api'] !== undefined;
}

export async function installSdks(): Promise<void> {
  const lock = readFileSync(join(directory, 'package-lock.json'), 'utf8');
  if (readOr(installedLock, '') === lock) return;
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: directory,
  });
  writeFileSync(installedLock, lock);
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
