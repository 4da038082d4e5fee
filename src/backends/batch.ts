// Encodes what one event-loop turn produced of one signal, once for all backends.
import type { Batch, Signal } from './backend.ts';

export function batchOf(signal: Signal, lines: readonly string[]): Batch {
  return { signal, lines: Object.freeze(lines), bytes: encodeLines(lines) };
}

const NEWLINE = 10;

function encodeLines(lines: readonly string[]): Buffer {
  let size = lines.length;
  for (const line of lines) size += Buffer.byteLength(line);
  const bytes = Buffer.allocUnsafe(size);
  let end = 0;
  for (const line of lines) {
    // Line by line rather than joined: it is the line itself that V8 then flattens, and no second text is made of them all.
    end += bytes.write(line, end);
    bytes[end] = NEWLINE;
    end += 1;
  }
  return bytes;
}
