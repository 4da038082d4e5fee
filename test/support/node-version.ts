// Other versions of Node, from the npm package `node`, in a cache outside the repository.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const DAY_MILLIS = 86_400_000;
/** After this time `22` is asked for again: it may have become a newer one. */
const MAX_AGE_MILLIS = 3 * DAY_MILLIS;

/**
 * Directory of a `node` binary, for PATH.
 * @param version exact, as `22.15.0`, or the newest of a line, as `22`.
 */
export function nodeVersion(version: string): string {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'agent-vitals');
  const kept = join(cache, `node-${version}`);
  const bin = join(kept, 'node_modules/node/bin');
  const isExact = /^\d+\.\d+\.\d+$/.test(version);
  if (existsSync(bin) && (isExact || Date.now() - statSync(kept).mtimeMs < MAX_AGE_MILLIS)) return bin;

  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, 'node-install-'));
  try {
    const manifest = { private: true, dependencies: { node: version }, allowScripts: { node: true } };
    writeFileSync(join(fresh, 'package.json'), JSON.stringify(manifest));
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent'], {
      cwd: fresh,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    rmSync(kept, { recursive: true, force: true });
    renameSync(fresh, kept);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return bin;
}
