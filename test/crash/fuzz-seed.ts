// The seed of the fuzzing tests: fixed, so that CI says the same of the same code; another by hand with FUZZ_SEED, and more with FUZZ_TIMES.

/** `FUZZ_SEED=random` takes one from the clock; it is in the names of the tests. */
export const FUZZ_SEED = process.env.FUZZ_SEED === 'random' ? Date.now() % 1e9 : Number(process.env.FUZZ_SEED ?? 1);
/** How many times the usual number of rounds. */
export const FUZZ_TIMES = Number(process.env.FUZZ_TIMES ?? 1);

/** A seed for each round, so that one that failed can be told from its message. */
export function seedOfRound(round: number): number {
  return Math.imul(FUZZ_SEED, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b);
}
