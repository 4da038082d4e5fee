// What a call's tokens cost at given rates: pure arithmetic, no prices of its own.

/** Tokens as billed. Absent is unknown, 0 is none; what is no finite number above 0 counts as none. */
export interface PricedUsage {
  /** The whole prompt, with what was read from and written to the cache. */
  readonly input?: number | undefined;
  /** With reasoning tokens. */
  readonly output?: number | undefined;
  /** Part of `input`. */
  readonly cacheRead?: number | undefined;
  /** Part of `input`: all writes, whatever their lifetime. */
  readonly cacheWrite?: number | undefined;
  /** Part of `cacheWrite`: what was written for one hour. */
  readonly cacheWrite1h?: number | undefined;
  /** Part of `output`. */
  readonly reasoning?: number | undefined;
}

/** US dollars. `totalUsd` is the sum of the others. */
export interface Cost {
  readonly totalUsd: number;
  /** Input that met no cache, and the fee per request of the few models that have one. */
  readonly inputUsd: number;
  readonly cacheReadUsd: number;
  readonly cacheWriteUsd: number;
  readonly outputUsd: number;
}

/** US dollars per million tokens, or those by size of the whole prompt. */
export type Rate = number | { readonly base: number; readonly tiers: readonly Tier[] };
interface Tier {
  /** The tier holds from one token above this. */
  readonly start: number;
  readonly price: number;
}

/** A kind that is absent has no price of its own: it costs what the kind it is part of costs. */
export interface Rates {
  readonly input: Rate;
  readonly output: Rate;
  readonly cacheRead?: Rate | undefined;
  readonly cacheWrite?: Rate | undefined;
  readonly cacheWrite1h?: Rate | undefined;
  readonly reasoning?: Rate | undefined;
  /** US dollars for each call. */
  readonly perRequestUsd?: number;
}

/** @returns `undefined` when nothing is known of the usage: such a call is not free. */
export function costOf(rates: Rates, usage: PricedUsage): Cost | undefined {
  if (usage.input === undefined && usage.output === undefined) return undefined;
  const input = tokens(usage.input);
  const output = tokens(usage.output);
  // A part is never larger than its whole: what a broken report says beyond that is not billed twice.
  const cacheRead = rates.cacheRead === undefined ? 0 : Math.min(tokens(usage.cacheRead), input);
  const cacheWrite = rates.cacheWrite === undefined ? 0 : Math.min(tokens(usage.cacheWrite), input - cacheRead);
  const cacheWrite1h = rates.cacheWrite1h === undefined ? 0 : Math.min(tokens(usage.cacheWrite1h), cacheWrite);
  const reasoning = rates.reasoning === undefined ? 0 : Math.min(tokens(usage.reasoning), output);

  const inputUsd = usd(rates.input, input - cacheRead - cacheWrite, input) + (rates.perRequestUsd ?? 0);
  const cacheReadUsd = usd(rates.cacheRead, cacheRead, input);
  const cacheWriteUsd =
    usd(rates.cacheWrite, cacheWrite - cacheWrite1h, input) + usd(rates.cacheWrite1h, cacheWrite1h, input);
  const outputUsd = usd(rates.output, output - reasoning, input) + usd(rates.reasoning, reasoning, input);
  const totalUsd = inputUsd + cacheReadUsd + cacheWriteUsd + outputUsd;
  return { totalUsd, inputUsd, cacheReadUsd, cacheWriteUsd, outputUsd };
}

/**
 * Tiers are a cliff, for all kinds alike by the size of the whole prompt: above `start` every token costs the tier's price, not only those
 * above it. At a base of $3 and $6 above 200,000: 200,000 tokens cost $0.60, 200,001 cost $1.200006.
 */
function usd(rate: Rate | undefined, count: number, wholePrompt: number): number {
  if (rate === undefined || count === 0) return 0;
  if (typeof rate === 'number') return (rate * count) / 1e6;
  let price = rate.base;
  for (const tier of rate.tiers) if (wholePrompt > tier.start) price = tier.price;
  return (price * count) / 1e6;
}

function tokens(count: number | undefined): number {
  return count !== undefined && count > 0 && count < Number.POSITIVE_INFINITY ? count : 0;
}
