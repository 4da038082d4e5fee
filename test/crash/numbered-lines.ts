// Lines that say who wrote them and which they are, so that a reader's test knows of each whether it is missing, doubled or torn.

/** The same text for the same writer and number; 100 bytes to 6 kB, with characters of one to four bytes. */
export function numberedLine(writer: number, number: number): string {
  const mixed = Math.imul(writer * 100_003 + number, 0x9e3779b1) >>> 0;
  const fill = ['x', 'é', '漢', '🙂'][mixed % 4] as string;
  const length = mixed % 10 === 0 ? 1500 : 30 + (mixed % 200);
  return JSON.stringify({ writer, number, fill: fill.repeat(length), end: number });
}

/** `writer:number` of a line; fails when it is not, byte for byte, one that was written. */
export function nameOf(line: string): string {
  const { writer, number } = JSON.parse(line) as { writer: number; number: number };
  if (numberedLine(writer, number) !== line) throw new Error(`not as it was written: ${line}`);
  return `${writer}:${number}`;
}
