// The one store of the process, by the configuration: opened when first used, closed by shutdown(), and opened again if it is used after that.
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { type CoordinationSettings, coordinationSettings } from '../settings.ts';
import { ResilientStore, type StoreStatus } from './resilient-store.ts';
import type { CoordinationStore } from './store.ts';

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

export async function closeCoordination(): Promise<void> {
  await current?.store.close();
}

function processStore(): ResilientStore {
  const settings = coordinationSettings();
  if (current?.settings === settings) return current.store;
  void closeCoordination();
  const store = new ResilientStore('sqlite', () => openSqlite(settings.dir));
  current = { store, settings };
  return store;
}

/** An engine is a file of its own, beside this one in the sources and beside the bundle when bundled. */
async function openSqlite(dir: string): Promise<CoordinationStore> {
  const path = `./sqlite/sqlite-store${extname(import.meta.filename)}`;
  const { openSqliteStore } = load(path) as typeof import('./sqlite/sqlite-store.ts');
  return await openSqliteStore(dir);
}
