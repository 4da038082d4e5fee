// A model's record in the price book as rates that hold from a date or at a time of day. Reads the library's records, changes none.
import type { ConditionalPrice, ModelInfo, ModelPrice } from '@pydantic/genai-prices';
import type { Rate, Rates } from './cost.ts';

const DAY_MILLIS = 86_400_000;

interface Period {
  /** Rates for tokens; `undefined` where the model is priced by things that are no tokens (hours of audio, pages). */
  readonly rates: Rates | undefined;
  /** Milliseconds since the epoch. */
  readonly from?: number;
  /** Milliseconds since midnight UTC; `until` before `since` spans midnight. */
  readonly since?: number;
  readonly until?: number;
}

/** What a model costs, by time. The last period that applies counts, as in the book. */
export type Periods = readonly Period[];

export function periodsOf(model: ModelInfo): Periods {
  if (!Array.isArray(model.prices)) return [{ rates: ratesOf(model.prices) }];
  return model.prices.map(periodOf);
}

/** @param at milliseconds since the epoch. */
export function ratesAt(periods: Periods, at: number): Rates | undefined {
  for (let i = periods.length - 1; i > 0; i--) {
    const period = periods[i] as Period;
    if (applies(period, at)) return period.rates;
  }
  // The first stands for all time before the others, whatever it asks for.
  return periods[0]?.rates;
}

function applies({ from, since, until }: Period, at: number): boolean {
  if (from !== undefined) return at >= from;
  if (since === undefined || until === undefined) return true;
  const time = ((at % DAY_MILLIS) + DAY_MILLIS) % DAY_MILLIS;
  return until < since ? time >= since || time < until : time >= since && time < until;
}

function periodOf({ constraint, prices }: ConditionalPrice): Period {
  const rates = ratesOf(prices);
  if (constraint === undefined) return { rates };
  if (constraint.type === 'start_date') return { rates, from: Date.parse(constraint.start_date) };
  return { rates, since: timeOfDay(constraint.start_time), until: timeOfDay(constraint.end_time) };
}

/** `16:30:00Z` or `16:30:00+08:00` in milliseconds since midnight UTC. */
function timeOfDay(time: string): number {
  const millis = Date.parse(`1970-01-02T${time}`);
  if (Number.isNaN(millis)) throw new RangeError(`Not a time of day: ${time}`);
  return millis % DAY_MILLIS;
}

function ratesOf(price: ModelPrice): Rates | undefined {
  // An empty record is the book's way to say free. One without a price for tokens says that something else is billed.
  if (Object.keys(price).length > 0 && price.input_mtok === undefined && price.output_mtok === undefined) {
    return undefined;
  }
  const perRequest = price.requests_kcount;
  return {
    input: rateOf(price.input_mtok) ?? 0,
    output: rateOf(price.output_mtok) ?? 0,
    cacheRead: rateOf(price.cache_read_mtok),
    cacheWrite: rateOf(price.cache_write_mtok),
    cacheWrite1h: rateOf(price.cache_write_1h_mtok),
    reasoning: rateOf(price.output_reasoning_mtok),
    perRequestUsd: typeof perRequest === 'number' ? perRequest / 1000 : 0,
  };
}

function rateOf(price: ModelPrice[string]): Rate | undefined {
  if (price === undefined || typeof price === 'number') return price;
  return { base: price.base, tiers: [...price.tiers].sort((a, b) => a.start - b.start) };
}
