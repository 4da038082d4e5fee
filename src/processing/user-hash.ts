// User ids as they may be written: an HMAC under a key that never leaves the machine. The raw id is kept nowhere.
import type { Hmac } from 'node:crypto';
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeDataDirectory } from '../internal/data-directory.ts';
import { errorName } from '../internal/guard.ts';
import { warnOnce } from '../internal/log.ts';

// Not an import: it is dear at process start, and most processes name no user.
const load = createRequire(import.meta.url);

export const USER_ID_KEY_FILE = 'user-id.key';
const KEY = /^[0-9a-f]{64}$/;
const MAX_CACHED_IDS = 1000;
/** By data directory: one for all of a process, above all where it cannot be kept, or the same user would have two hashes. */
const keysOfDirectories = new Map<string, string>();

/**
 * Hashes user ids: HMAC-SHA-256, first 16 hex digits.
 * @param key the option `userIdKey`; when absent, the key in `dir`, made at the first id that is hashed.
 */
export function createUserHash(key: string | undefined, dir: string): (userId: string) => string {
  const known = new Map<string, string>();
  let secret = key;
  return (userId) => {
    let hash = known.get(userId);
    if (hash !== undefined) return hash;
    const crypto = load('node:crypto') as typeof import('node:crypto');
    secret ??= keyOfDirectory(dir, () => crypto.randomBytes(32).toString('hex'));
    const hmac: Hmac = crypto.createHmac('sha256', secret);
    hash = hmac.update(userId).digest('hex').slice(0, 16);
    // Raw ids are held in memory as the host itself holds them, but not without end.
    if (known.size >= MAX_CACHED_IDS) known.clear();
    known.set(userId, hash);
    return hash;
  };
}

function keyOfDirectory(dir: string, makeKey: () => string): string {
  let key = keysOfDirectories.get(dir);
  if (key === undefined) keysOfDirectories.set(dir, (key = readOrMakeKey(dir, makeKey)));
  return key;
}

function readOrMakeKey(dir: string, makeKey: () => string): string {
  const path = join(dir, USER_ID_KEY_FILE);
  const fresh = makeKey();
  try {
    return readKey(path) ?? publishKey(dir, path, fresh);
  } catch (error) {
    warnOnce(
      'user-id-key',
      `the key for user ids cannot be kept in ${USER_ID_KEY_FILE} (${errorName(error)}): hashes of this process match no other's; set AGENT_VITALS_USER_ID_KEY`,
    );
    return fresh;
  }
}

function readKey(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (!KEY.test(text)) throw new TypeError('not a key');
  return text;
}

/** Puts a whole key in place at once or not at all, so that of processes that race all have the first one's. */
function publishKey(dir: string, path: string, key: string): string {
  makeDataDirectory(dir);
  const draft = `${path}.${process.pid}.${key.slice(0, 8)}`;
  writeFileSync(draft, key, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readKey(path) ?? key;
    // No hard links here. Another process may see this file before it is whole, and then keeps a key of its own and says so.
    writeFileSync(path, key, { mode: 0o600, flag: 'wx' });
    return key;
  } finally {
    unlinkSync(draft);
  }
}
