// Bytes in pieces become lines of text. Holds at most one unfinished line, and counts what cannot be a line instead of passing it on.
import { isUtf8 } from 'node:buffer';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/**
 * Bytes above which a line is taken for damage. The longest true line, with content captured or a collector's whole batch, stays below.
 * Parsing takes up to 40 times the bytes of a line: of 64 MB it could end the process.
 */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;

export class LineSplitter {
  #held: Buffer[] = [];
  #heldBytes = 0;
  #skipping = false;
  #broken = 0;

  /** Lines that were too long or not UTF-8, since the last asking. */
  takeBroken(): number {
    const broken = this.#broken;
    this.#broken = 0;
    return broken;
  }

  /** The lines that `chunk` completes. What `chunk` holds may be overwritten afterwards. */
  push(chunk: Buffer): string[] {
    const last = chunk.lastIndexOf(NEWLINE);
    if (last === -1) {
      this.#hold(chunk);
      return [];
    }
    let start = 0;
    if (this.#skipping || this.#heldBytes + chunk.indexOf(NEWLINE) > MAX_LINE_BYTES) {
      if (!this.#skipping) this.#broken += 1;
      this.#drop(false);
      start = chunk.indexOf(NEWLINE) + 1;
    }
    const fresh = chunk.subarray(start, last + 1);
    const whole = this.#heldBytes === 0 ? fresh : Buffer.concat([...this.#held, fresh]);
    this.#drop(false);
    const lines = this.#decode(whole);
    this.#hold(chunk.subarray(last + 1));
    return lines;
  }

  /** The last line of a file that does not end in a newline: whole when only the newline is missing, torn otherwise. */
  end(): string[] {
    const rest = Buffer.concat(this.#held);
    this.#drop(false);
    return this.#decode(rest);
  }

  #hold(part: Buffer): void {
    if (this.#skipping || part.length === 0) return;
    this.#held.push(Buffer.from(part));
    this.#heldBytes += part.length;
    if (this.#heldBytes > MAX_LINE_BYTES) {
      this.#broken += 1;
      this.#drop(true);
    }
  }

  #drop(skipping: boolean): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#skipping = skipping;
  }

  #decode(bytes: Buffer): string[] {
    const lines: string[] = [];
    this.#broken += forEachLine(bytes, (start, end) => lines.push(bytes.toString('utf8', start, end)));
    return lines;
  }
}

/**
 * Calls `take` with where every line of `bytes` begins and where its newline is. All it is called with are UTF-8.
 * @returns the number of those that were too long or not UTF-8.
 */
export function forEachLine(bytes: Buffer, take: (start: number, end: number) => void): number {
  // Asked once for all lines: only a damaged piece is looked at line by line.
  const isSound = isUtf8(bytes);
  let broken = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    // An empty line is no damage: editors and concatenation leave them.
    if (end > start && !(end === start + 1 && bytes[start] === RETURN)) {
      if (end - start <= MAX_LINE_BYTES && (isSound || isUtf8(bytes.subarray(start, end)))) take(start, end);
      else broken += 1;
    }
    start = end + 1;
  }
  return broken;
}
