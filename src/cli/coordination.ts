// What the commands on the store have in common: its place, by the configuration; its errors, as those of the command line; its payloads.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../alerting/duration.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { InvalidInputError } from '../coordination/errors.ts';
import { configureCoordination } from '../coordination/settings.ts';
import { closeCoordination } from '../coordination/store/process-store.ts';
import type { JsonValue } from '../coordination/store/store.ts';
import { COORDINATION_FILE } from '../internal/data-directory.ts';
import { UsageError } from './failure.ts';
import { addDirOption, addJsonOption, type DirOptions } from './journal-options.ts';
import { shortPath } from './journal-report.ts';
import { note } from './output.ts';

export interface StoreOptions extends DirOptions {
  readonly utc?: boolean;
  readonly yes?: boolean;
}

export interface StorePlace {
  /** For people; of a Redis server without its address, which may hold a password. */
  readonly name: string;
  /** Nobody has used it yet: there is nothing to read, and no file is made by looking. */
  readonly isNew: boolean;
}

export function addStoreOptions(command: Command): Command {
  return addJsonOption(addDirOption(command));
}

/** Runs `fn` with the store of the configuration, and closes it. @throws {UsageError} for what the store cannot use. */
export async function withStore<T>(options: StoreOptions, fn: (place: StorePlace) => Promise<T>): Promise<T> {
  const { config, warnings } = resolveConfig({ flags: options.dir === undefined ? undefined : { dir: options.dir } });
  for (const warning of warnings) note(warning);
  configureCoordination(config);
  const isRedis = config.redisUrl !== undefined;
  try {
    return await fn({
      name: isRedis ? 'the Redis server' : shortPath(config.dir),
      isNew: !isRedis && !existsSync(join(config.dir, COORDINATION_FILE)),
    });
  } catch (error) {
    if (error instanceof InvalidInputError) throw new UsageError(error.message);
    throw error;
  } finally {
    await closeCoordination();
  }
}

/** As JSON, or as a text where it is none. */
export function parsePayload(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/** Milliseconds of `30s`, `5m`, `24h`. */
export function parseMillis(text: string): number {
  const millis = parseDuration(text);
  if (millis === undefined || millis === 0) throw new InvalidArgumentError('It must be a duration: 30s, 5m, 24h, 7d.');
  return millis;
}

/** In a row: nothing where there is nothing to say. */
export function payloadText(payload: JsonValue): string {
  if (payload === null) return '';
  return typeof payload === 'string' ? payload : JSON.stringify(payload);
}

export function isoTime(millis: number): string {
  return new Date(millis).toISOString();
}

/** Stops at Ctrl-C, and when it is asked to end. */
export function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}

export function collect(value: string, values: string[] = []): string[] {
  return [...values, value];
}
