// Reads a journal from its oldest to its newest file, in memory that does not grow with it. Damage is counted by file and never stops a reading.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errorName } from '../internal/guard.ts';
import { identityOf, type JournalFile, type SkippedFile } from './journal-files.ts';
import { LineSplitter } from './line-splitter.ts';

/** Lines of one file, as they stand there, without the newline. Each is valid UTF-8; whether it is valid OTLP/JSON is for its parser to say. */
export interface JournalBatch {
  readonly file: string;
  readonly lines: readonly string[];
}

/** What a reading met. One tally may serve many readings of one question. */
export class JournalTally {
  files = 0;
  bytes = 0;
  /** Lines met, with the damaged ones. */
  lines = 0;
  corruptLines = 0;
  /** File name to its number of damaged lines. */
  readonly corruptByFile = new Map<string, number>();
  readonly skippedFiles: SkippedFile[] = [];

  addCorrupt(file: string, lines = 1): void {
    if (lines === 0) return;
    this.corruptLines += lines;
    this.corruptByFile.set(file, (this.corruptByFile.get(file) ?? 0) + lines);
  }
}

export interface ReadOptions {
  /** Called after each piece with the bytes read so far, of all files together. */
  readonly onProgress?: ((bytesRead: number) => void) | undefined;
}

const CHUNK_BYTES = 64 * 1024;
const SCAN_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** The lines of `files`, file after file. A file that cannot be read is named in the tally and left out. */
export async function* readJournal(
  files: readonly JournalFile[],
  tally: JournalTally,
  options: ReadOptions = {},
): AsyncGenerator<JournalBatch> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (const file of files) {
    const splitter = new LineSplitter();
    try {
      for await (const chunk of readChunks(file, 0, buffer)) {
        tally.bytes += chunk.length;
        yield toBatch(file.name, splitter.push(chunk), splitter, tally);
        options.onProgress?.(tally.bytes);
      }
      yield toBatch(file.name, splitter.end(), splitter, tally);
      tally.files += 1;
    } catch (error) {
      tally.skippedFiles.push({ file: file.name, reason: errorName(error) });
    }
  }
}

/** How many lines `files` have, sound or not: only newlines are looked at. A file that cannot be read has none. */
export async function countLines(files: readonly JournalFile[], options: ReadOptions = {}): Promise<number> {
  const buffer = Buffer.allocUnsafe(16 * CHUNK_BYTES);
  let bytes = 0;
  let lines = 0;
  for (const file of files) {
    let last = NEWLINE;
    try {
      for await (const chunk of readChunks(file, 0, buffer)) {
        for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
        last = chunk.at(-1) ?? last;
        options.onProgress?.((bytes += chunk.length));
      }
    } catch {
      // Gone, or not ours to read: whoever removes it says so.
    }
    // A torn last line is one too.
    if (last !== NEWLINE) lines += 1;
  }
  return lines;
}

/** Counts what `splitter` gave and could not give. */
export function toBatch(file: string, lines: string[], splitter: LineSplitter, tally: JournalTally): JournalBatch {
  const broken = splitter.takeBroken();
  tally.lines += lines.length + broken;
  tally.addCorrupt(file, broken);
  return { file, lines };
}

/** The bytes of a file from `start` on, up to the size it had when it was listed, in pieces that all use `buffer`. */
export async function* readChunks(file: JournalFile, start: number, buffer: Buffer): AsyncGenerator<Buffer> {
  const handle = await openListed(file);
  try {
    for (let position = start; position < file.bytes; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, file.bytes - position), position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** What tells a file from another that took its name. */
type Listed = Pick<JournalFile, 'path' | 'name' | 'identity'>;

// Not blocking, or a pipe put in the file's place would hold us for ever.
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Opens the very file that was listed, not one that took its name since; that counts as gone. */
async function openListed(file: Listed): Promise<FileHandle> {
  const handle = await open(file.path, READ_FLAGS);
  try {
    if (identityOf(await handle.stat({ bigint: true })) === file.identity) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  throw replaced(file);
}

/** The bytes of a listed file from `start` on, before `end`; fewer when it has not so many. As {@link openListed}, at once. */
export function readListed(file: Listed, start: number, end: number): Buffer {
  const fd = openSync(file.path, READ_FLAGS);
  try {
    if (identityOf(fstatSync(fd, { bigint: true })) !== file.identity) throw replaced(file);
    const bytes = Buffer.allocUnsafe(end - start);
    for (let length = 0; ; ) {
      const read = readSync(fd, bytes, length, bytes.length - length, start + length);
      length += read;
      if (read === 0 || length === bytes.length) return bytes.subarray(0, length);
    }
  } finally {
    closeSync(fd);
  }
}

/** Where the first newline of a listed file stands from `start` on, before `end`; `end` when there is none. As {@link openListed}, at once. */
export function firstNewline(file: Listed, start: number, end: number): number {
  for (let from = start; from < end; from += SCAN_BYTES) {
    const newline = readListed(file, from, Math.min(end, from + SCAN_BYTES)).indexOf(NEWLINE);
    if (newline !== -1) return from + newline;
  }
  return end;
}

function replaced({ name }: Listed): Error {
  return Object.assign(new Error(`${name} was replaced`), { code: 'ENOENT' });
}

/** Where the last whole line of a file ends, from `start` on: a line in the writing belongs to what comes. `start` when there is none. */
export async function endOfLastLine(file: JournalFile, start = 0): Promise<number> {
  try {
    const handle = await openListed(file);
    try {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      for (let end = file.bytes; end > start; ) {
        const from = Math.max(start, end - buffer.length);
        const { bytesRead } = await handle.read(buffer, 0, end - from, from);
        const newline = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
        if (newline !== -1) return from + newline + 1;
        end = from;
      }
    } finally {
      await handle.close();
    }
  } catch {
    // It will say why when it is read.
  }
  return start;
}
