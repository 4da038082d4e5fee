// Ids that nobody has to guess, made without `node:crypto`: loading that is a tenth of what the flag adds to the start of a process.

/** Random hex digits. Told apart even where the processes share the seed of `Math.random` (`node --random-seed`). */
export function randomHex(digits: number): string {
  let hex = '';
  while (hex.length < digits) {
    const moment = Number(process.hrtime.bigint() & 0xffff_ffffn);
    hex += (((Math.random() * 2 ** 32) ^ moment) >>> 0).toString(16).padStart(8, '0');
  }
  return hex.slice(0, digits);
}

/** Of version 4, as RFC 9562 has it. */
export function randomUuid(): string {
  const hex = randomHex(31);
  const variant = '89ab'[Number(`0x${hex[15]}`) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(16, 19)}-${hex.slice(19)}`;
}
