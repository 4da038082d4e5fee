// The one store of the process, by the configuration: opened when first used, closed by shutdown(), and opened again if it is used after that.
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { type CoordinationSettings, coordinationSettings } from '../settings.ts';
import { type OpenStore, ResilientStore, type StoreStatus } from './resilient-store.ts';

const load = createRequire(import.meta.url);

let current: { readonly store: ResilientStore; readonly settings: CoordinationSettings } | undefined;

/**
 * The store with all its steps, each of which may reject with `StoreUnavailableError` alone. Costs nothing before the first of them.
 * Take it anew for each use: `start()` may say that it is another.
 */
export function coordinationStore(): ResilientStore['steps'] {
  return processStore().steps;
}

/** See {@link ResilientStore.subscribe}: outlasts failures and never rejects. */
export function subscribe(topics: readonly string[], onRing: () => void): Promise<() => void> {
  return processStore().subscribe(topics, onRing);
}

/** `undefined` when nothing has used it. */
export function coordinationStatus(): StoreStatus | undefined {
  return current?.store.status();
}

/** @param timeoutMillis for what is under way; a second when left out. */
export async function closeCoordination(timeoutMillis?: number): Promise<void> {
  await current?.store.close(timeoutMillis);
}

function processStore(): ResilientStore {
  const settings = coordinationSettings();
  if (current?.settings === settings) return current.store;
  void closeCoordination();
  const { dir, redisUrl } = settings;
  const store =
    redisUrl === undefined
      ? new ResilientStore('sqlite', openSqlite(dir))
      : new ResilientStore('redis', openRedis(redisUrl));
  current = { store, settings };
  return store;
}

// An engine is a file of its own, beside this one in the sources and beside the bundle when bundled.
const extension = extname(import.meta.filename);

function openSqlite(dir: string): OpenStore {
  // What cannot be loaded is a rejection, as what cannot be opened.
  return async () => {
    const engine = load(`./sqlite/sqlite-store${extension}`) as typeof import('./sqlite/sqlite-store.ts');
    return await engine.openSqliteStore(dir);
  };
}

function openRedis(url: string): OpenStore {
  return async (onLost) => {
    const engine = load(`./redis/redis-store${extension}`) as typeof import('./redis/redis-store.ts');
    return await engine.openRedisStore(url, onLost);
  };
}
