// Encodes what one event-loop turn produced of one signal, once for all backends.
import type { Batch, Signal } from './backend.ts';

export function batchOf(signal: Signal, lines: readonly string[]): Batch {
  return { signal, lines: Object.freeze(lines), bytes: encodeLines(lines) };
}

const NEWLINE = 10;
/** Filled anew for every batch: memory that is made and left behind at every turn is memory that the process keeps. */
const scratch = Buffer.allocUnsafeSlow(1024 * 1024);

function encodeLines(lines: readonly string[]): Buffer {
  // A UTF-16 unit is at most three bytes.
  let most = lines.length;
  for (const line of lines) most += 3 * line.length;
  const bytes = most <= scratch.length ? scratch : Buffer.allocUnsafeSlow(most);
  let end = 0;
  for (const line of lines) {
    // Line by line rather than joined: it is the line itself that V8 then flattens, and no second text is made of them all.
    end += bytes.write(line, end);
    bytes[end] = NEWLINE;
    end += 1;
  }
  return bytes.subarray(0, end);
}
