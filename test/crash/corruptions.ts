// What disks, editors, backups and half-finished copies do to a journal: each takes the bytes of a file and gives what became of them.
import { type Random } from '../support/random.ts';

type Corruption = (bytes: Buffer, random: Random) => Buffer;

const NEWLINE = 0x0a;
const NOT_UTF8 = [
  [0xff],
  [0x80],
  // '/' in two bytes, half of a surrogate pair, past the last code point, a character cut off.
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe6, 0xbc],
].map((bytes) => Buffer.from(bytes));

const corruptions: Readonly<Record<string, Corruption>> = {
  truncated: (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  'start lost': (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  'a piece lost': (bytes, random) => {
    const [from, to] = range(bytes, random, 2000);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  'bits flipped': (bytes, random) => {
    const flipped = Buffer.from(bytes);
    for (let flips = 1 + random.below(8); flips > 0 && bytes.length > 0; flips--)
      (flipped[random.below(bytes.length)] as number) ^= 1 << random.below(8);
    return flipped;
  },
  'a digit changed': (bytes, random) => {
    const digits = [...bytes.toString('latin1').matchAll(/\d/g)].map(({ index }) => index);
    return digits.length === 0
      ? bytes
      : overwrite(bytes, random.pick(digits), Buffer.from(random.pick(['7', '.', 'e', '-', '"'])));
  },
  'NULs over a piece': (bytes, random) => {
    const [from, to] = range(bytes, random, 3000);
    return overwrite(bytes, from, Buffer.alloc(to - from));
  },
  'NULs over whole lines': (bytes, random) => {
    const [from, to] = [lineStart(bytes, random), lineStart(bytes, random)].sort((a, b) => a - b) as [number, number];
    return overwrite(bytes, from, Buffer.alloc(to - from));
  },
  'NULs at the end': (bytes, random) => Buffer.concat([bytes, Buffer.alloc(1 + random.below(5000))]),
  'noise over a piece': (bytes, random) => {
    const [from, to] = range(bytes, random, 200);
    return overwrite(bytes, from, random.bytes(to - from));
  },
  'no UTF-8 put in': (bytes, random) => insert(bytes, random.below(bytes.length + 1), random.pick(NOT_UTF8)),
  'two lines merged': (bytes, random) => {
    const at = bytes.indexOf(NEWLINE, random.below(bytes.length + 1));
    return at === -1 ? bytes : Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
  },
  'a line broken': (bytes, random) =>
    insert(bytes, random.below(bytes.length + 1), Buffer.from(random.pick(['\n', '\r\n', '\n\n']))),
  'a piece twice': (bytes, random) => {
    const [from, to] = range(bytes, random, 5000);
    return insert(bytes, random.pick([from, to]), bytes.subarray(from, to));
  },
  'lines twice': (bytes, random) => {
    const [from, to] = [lineStart(bytes, random), lineStart(bytes, random)].sort((a, b) => a - b) as [number, number];
    return insert(bytes, lineStart(bytes, random), bytes.subarray(from, to));
  },
  'a torn line at the end': (bytes, random) => {
    const from = lineStart(bytes, random);
    const end = bytes.indexOf(NEWLINE, from);
    return Buffer.concat([bytes, bytes.subarray(from, from + random.below(Math.max(1, end - from)))]);
  },
  'the newlines of another system': (bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
  'a byte order mark': (bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
  'another text among the lines': (bytes, random) =>
    insert(
      bytes,
      lineStart(bytes, random),
      Buffer.from(
        random.pick(['{}\n', '[]\n', 'null\n', '42\n', '{"resourceLogs":[]}\n', ' \n', '{"resourceSpans":{}}\n']),
      ),
    ),
  'a long line of nothing': (bytes, random) =>
    insert(
      bytes,
      lineStart(bytes, random),
      Buffer.from(`${random.pick(['x', '\0', '[', '{}', 'é']).repeat(50_000 + random.below(150_000))}\n`),
    ),
  emptied: () => Buffer.alloc(0),
};

/** With their names. */
export const CORRUPTIONS = Object.entries(corruptions);

function range(bytes: Buffer, random: Random, most: number): [number, number] {
  const from = random.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + 1 + random.below(most))];
}

/** Where some line starts, or the end. */
function lineStart(bytes: Buffer, random: Random): number {
  return bytes.subarray(0, random.below(bytes.length + 1)).lastIndexOf(NEWLINE) + 1;
}

function insert(bytes: Buffer, at: number, more: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

function overwrite(bytes: Buffer, at: number, other: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), other, bytes.subarray(at + other.length)]);
}
