// Which copies of the packages that matter to us are installed below a directory. Reads package.json files, loads nothing.
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '../../internal/names-in.ts';

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

/** A tree of packages can be deep, and with links endless. */
const MAX_DIRECTORIES = 20_000;

/** Copies of the packages whose name `isWanted`, in the `node_modules` of `root` and in those below. Each real directory once. */
export function findInstalled(root: string, isWanted: (name: string) => boolean): InstalledPackage[] {
  const found: InstalledPackage[] = [];
  const seen = new Set<string>();
  const queue = [join(root, 'node_modules')];
  for (let directory = queue.shift(); directory !== undefined; directory = queue.shift()) {
    for (const { name, path } of packagesIn(directory)) {
      const real = realPath(path);
      if (real === undefined || seen.has(real) || seen.size >= MAX_DIRECTORIES) continue;
      seen.add(real);
      queue.push(join(real, 'node_modules'));
      if (!isWanted(name)) continue;
      const version = versionOf(real);
      if (version !== undefined) found.push({ name, version, path: real });
    }
  }
  return found.sort((a, b) => (a.name === b.name ? (a.path < b.path ? -1 : 1) : a.name < b.name ? -1 : 1));
}

function packagesIn(directory: string): { name: string; path: string }[] {
  return namesIn(directory).flatMap((name) => {
    const path = join(directory, name);
    if (name.startsWith('@'))
      return namesIn(path).map((inner) => ({ name: `${name}/${inner}`, path: join(path, inner) }));
    // pnpm keeps the real packages here, each with a node_modules of its own.
    if (name === '.pnpm') {
      return namesIn(path).flatMap((inner) => packagesIn(join(path, inner, 'node_modules')));
    }
    return name.startsWith('.') ? [] : [{ name, path }];
  });
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function versionOf(path: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
