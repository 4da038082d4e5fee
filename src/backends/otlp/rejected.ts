// What the collector refused for good is set aside, as it stands, in files named for the reason, so that a person can look at it and ship it
// again. Bounded, and never in the way of what follows.
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDataDirectory, REJECTED_DIRECTORY } from '../../internal/data-directory.ts';
import { errorName } from '../../internal/guard.ts';
import { warnOnce } from '../../internal/log.ts';
import { namesIn } from '../../internal/names-in.ts';
import type { Signal } from '../backend.ts';
import { Backlog } from '../shipping/backlog.ts';

interface RejectedOptions {
  /** The data directory. */
  readonly dir: string;
  /** Bytes of the journal: what is set aside may take a tenth of that. The oldest is removed before it is more. */
  readonly maxTotalBytes: number;
}

const FILE = /^(traces|logs|metrics)-\d{8}T\d{9}Z-([a-z0-9_]+)-\d+-\d+\.jsonl$/;
/** Part of the room that is left free at a look, and filled before the next: all files are looked at, and not for every request. */
const FREE_PART = 0.1;
let count = 0;
/** Written by this process since it last looked; it has not looked yet. */
let newBytes = Number.POSITIVE_INFINITY;

/**
 * Keeps `lines` (whole, each with its newline) in `traces-20261123T081500123Z-http_400-4711-1.jsonl`. Never throws.
 * @param reason lower case: `http_400`.
 */
export function setAside(signal: Signal, lines: readonly Buffer[], reason: string, options: RejectedOptions): void {
  try {
    const directory = makeDataDirectory(options.dir, REJECTED_DIRECTORY);
    count += 1;
    const stamp = new Date().toISOString().replaceAll(/[-:.]/g, '');
    const name = `${signal}-${stamp}-${reason}-${process.pid}-${count}.jsonl`;
    const body = Buffer.concat(lines);
    const room = options.maxTotalBytes / 10;
    newBytes += body.length;
    if (newBytes > room * FREE_PART) {
      removeOldest(directory, room * (1 - FREE_PART) - body.length);
      newBytes = body.length;
    }
    writeFileSync(join(directory, name), body, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    warnOnce(
      'otlp:rejected',
      `what the collector refuses cannot be set aside in ${REJECTED_DIRECTORY}: ${errorName(error)}`,
    );
  }
}

/** What was set aside of a signal, each file by itself, to be shipped again; a file is gone once it is through. */
export function rejectedBacklogs(signal: Signal, dir: string): Backlog[] {
  const directory = join(dir, REJECTED_DIRECTORY);
  return namesIn(directory)
    .filter((name) => FILE.exec(name)?.[1] === signal)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => {
      const path = join(directory, name);
      let shipped = 0;
      return new Backlog({
        signal,
        files: () => [{ path }],
        cursors: {
          read: () => shipped,
          write: (_, offset) => {
            shipped = offset;
            if (offset >= (statSync(path, { throwIfNoEntry: false })?.size ?? 0)) rmSync(path, { force: true });
          },
        },
        isOver: true,
        isHeld: () => true,
      });
    });
}

function removeOldest(directory: string, maxBytes: number): void {
  let total = 0;
  // Newest first: the stamp is the same length everywhere, and stands behind the signal.
  const names = namesIn(directory)
    .filter((name) => FILE.test(name))
    .sort((a, b) => (a.slice(a.indexOf('-')) < b.slice(b.indexOf('-')) ? 1 : -1));
  for (const name of names) {
    const path = join(directory, name);
    total += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (total > maxBytes) rmSync(path, { force: true });
  }
}
