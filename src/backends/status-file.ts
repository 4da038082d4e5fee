// A small file that says how this process is doing, for `agent-vitals doctor`. It knows nothing of what it writes, and never throws.
import * as fs from 'node:fs';
import { join } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';
import { makeDataDirectory, STATUS_DIRECTORY } from '../internal/data-directory.ts';
import { errorName } from '../internal/guard.ts';
import { warnOnce } from '../internal/log.ts';
import { isAlive } from '../internal/process-alive.ts';

/** At most one write in this time; what changes in between is in the next. */
const CHECK_MILLIS = 1000;
const KEEP_DAYS = 7;
const KEEP_FILES = 50;
const DAY_MILLIS = 86_400_000;

export class StatusFile {
  readonly #dir: string;
  readonly #content: () => unknown;
  readonly #name: string;
  #timer: NodeJS.Timeout | undefined;
  #written = '';

  /** @param content what to write, as JSON; while it gives `undefined` nothing is written, so that there is no litter where nothing happened. */
  constructor(dir: string, content: () => unknown) {
    this.#dir = dir;
    this.#content = content;
    this.#name = `${process.pid}-${Math.round(performance.timeOrigin)}${isMainThread ? '' : `-${threadId}`}.json`;
  }

  /** Writes now, and whenever the content has changed. */
  start(): void {
    this.#write();
    this.#timer ??= setInterval(() => this.#write(), CHECK_MILLIS).unref();
  }

  /** Writes the last state: for the end of the process. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#write();
  }

  #write(): void {
    try {
      const content = this.#content();
      const text = content === undefined ? '' : JSON.stringify(content);
      if (text === this.#written || text === '') return;
      const directory = makeDataDirectory(this.#dir, STATUS_DIRECTORY);
      const path = join(directory, this.#name);
      // A reader must never see half a file.
      fs.writeFileSync(`${path}.tmp`, `${text}\n`, { mode: 0o600 });
      fs.renameSync(`${path}.tmp`, path);
      if (this.#written === '') removeOldStatusFiles(directory);
      this.#written = text;
    } catch (error) {
      warnOnce('status-file', `the status file for "agent-vitals doctor" cannot be written: ${errorName(error)}`);
    }
  }
}

/** Removes what dead processes left, but for the newest fifty of the last week. */
function removeOldStatusFiles(directory: string): void {
  const left = fs
    .readdirSync(directory)
    .flatMap((name) => {
      const pid = /^(\d+)-\d+(?:-\d+)?\.json(?:\.tmp)?$/.exec(name)?.[1];
      const path = join(directory, name);
      const stat = pid && !isAlive(Number(pid)) ? fs.statSync(path, { throwIfNoEntry: false }) : undefined;
      return stat ? [{ path, writtenAt: stat.mtimeMs }] : [];
    })
    .sort((a, b) => b.writtenAt - a.writtenAt);
  for (const [index, { path, writtenAt }] of left.entries()) {
    if (index >= KEEP_FILES || Date.now() - writtenAt > KEEP_DAYS * DAY_MILLIS) fs.rmSync(path, { force: true });
  }
}
