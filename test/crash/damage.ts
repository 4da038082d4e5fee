// A journal file made of sound lines, and what some corruptions make of it.
import { type Random } from '../support/random.ts';
import { CORRUPTIONS } from './corruptions.ts';

export function soundBytes(lines: readonly string[], random: Random): Buffer {
  return Buffer.from(random.several(12, () => `${random.pick(lines)}\n`).join(''));
}

export function damage(bytes: Buffer, random: Random, times: number): { bytes: Buffer; what: readonly string[] } {
  const some = random.several(0, () => random.pick(CORRUPTIONS), times);
  return {
    what: some.map(([name]) => name),
    bytes: some.reduce((damaged, [, corrupt]) => corrupt(damaged, random), bytes),
  };
}
