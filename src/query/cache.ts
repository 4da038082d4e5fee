// The providers' prompt caches: how much of the prompts they had, and what that saved at the prices that were billed.
import { type Pricing } from '../pricing/pricing.ts';
import { type CallFilter } from './call-filter.ts';
import { type Chunk } from './index/chunk.ts';
import { type Column } from './index/columns.ts';
import { scan } from './index/scan.ts';
import { ratio } from './statistics.ts';
import { ExactSum } from './sum.ts';

interface CacheTotals {
  /** Calls whose input is known. */
  readonly calls: number;
  readonly inputTokens: number;
  /** Parts of the input. */
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** Tokens read from the cache over input tokens, 0 to 1; null without input. */
  readonly hitRate: number | null;
  /**
   * US dollars that the same prompts would have cost more without a cache, at each call's own price; below 0 when writing to the cache cost
   * more than reading from it saved. Null when tokens were cached and no price of them is known.
   */
  readonly savedUsd: number | null;
  /** Calls that used the cache at prices that are not known: they are missing in what was saved. */
  readonly unpricedCalls: number;
  /** What to do, where it is worth it. */
  readonly advice: string | null;
}

interface CacheGroup {
  readonly key: string | null;
  readonly totals: CacheTotals;
}

export interface CacheStatistics {
  readonly totals: CacheTotals;
  readonly workflows: readonly CacheGroup[];
  readonly models: readonly CacheGroup[];
}

/** Of fewer calls a rate says little. */
const FEW_CALLS = 20;
/** Providers cache no prompt below it. */
const LEAST_CACHED_TOKENS = 1024;
const LOW_RATE = 0.3;

export function cacheStatistics(chunks: readonly Chunk[], filter: CallFilter, pricing: Pricing): CacheStatistics {
  const all = new CacheSums();
  const workflows = new Map<string | null, CacheSums>();
  const models = new Map<string | null, CacheSums>();
  const saved = savings(pricing);
  scan(chunks, filter, ({ chunk, series, from, to }) => {
    const input = chunk.column('input');
    if (input === undefined) return;
    const model = chunk.word(series, 'requestModel') ?? chunk.word(series, 'responseModel');
    const sums = [all, sumsOf(workflows, chunk.word(series, 'workflow')), sumsOf(models, model)];
    const savedBy = saved(chunk, series);
    const [reads, writes] = [chunk.column('cacheRead'), chunk.column('cacheCreation')];
    for (let row = from; row < to; row++) {
      const tokens = input[row] as number;
      if (tokens === 0) continue;
      const [read, write] = [numberAt(reads, row), numberAt(writes, row)];
      const usd = read + write === 0 ? 0 : savedBy(row);
      for (const each of sums) each.add(tokens, read, write, usd);
    }
  });
  return { totals: all.totals(), workflows: groupsOf(workflows), models: groupsOf(models) };
}

/** What the cache saved of a call in US dollars; `undefined` when that is not known. */
export function savings(pricing: Pricing): (chunk: Chunk, series: number) => (row: number) => number | undefined {
  return (chunk, series) => {
    const provider = chunk.word(series, 'provider') ?? undefined;
    const requestModel = chunk.word(series, 'requestModel') ?? undefined;
    const model = chunk.word(series, 'responseModel') ?? requestModel;
    const isPriced = chunk.word(series, 'price') === 'known';
    const untold = chunk.word(series, 'untoldCost') ?? '';
    const [inputs, reads, writes] = [chunk.column('input'), chunk.column('cacheRead'), chunk.column('cacheCreation')];
    const hourly = chunk.column('cacheCreation1h');
    const inputCosts = chunk.column('costInput');
    const [readCosts, writeCosts] = [chunk.column('costCacheRead'), chunk.column('costCacheWrite')];
    const times = chunk.column('time');
    return (row) => {
      const [input, cacheRead, cacheWrite] = [numberAt(inputs, row), numberAt(reads, row), numberAt(writes, row)];
      const cached = cacheRead + cacheWrite;
      const fresh = input - cached;
      const isBilled =
        isPriced &&
        !untold.includes('input') &&
        !(cacheRead > 0 && untold.includes('cacheRead')) &&
        !(cacheWrite > 0 && untold.includes('cacheWrite'));
      const inputCost = numberAt(inputCosts, row);
      const paid = numberAt(readCosts, row) + numberAt(writeCosts, row);
      // What was billed tells the price that held, by time, size of the prompt and the user's own price list.
      if (isBilled && fresh > 0 && inputCost > 0) return (inputCost / fresh) * cached - paid;
      const usage = { input, output: 0 };
      const call = { provider, model, requestModel, at: numberAt(times, row) };
      const without = pricing.priceOf({ ...call, usage });
      // A prompt that is cached as a whole: what was billed tells whether it was written for five minutes or for an hour.
      if (isBilled && fresh === 0 && paid > 0) return without && without.totalUsd - paid;
      const used = { ...usage, cacheRead, cacheWrite, cacheWrite1h: numberAt(hourly, row) };
      const withCache = pricing.priceOf({ ...call, usage: used });
      return without && withCache && without.totalUsd - withCache.totalUsd;
    };
  };
}

class CacheSums {
  #calls = 0;
  #input = 0;
  #read = 0;
  #write = 0;
  #known = 0;
  #unknown = 0;
  readonly #saved = new ExactSum();

  add(input: number, read: number, write: number, savedUsd: number | undefined): void {
    this.#calls += 1;
    this.#input += input;
    this.#read += read;
    this.#write += write;
    if (savedUsd === undefined) this.#unknown += 1;
    else {
      this.#saved.add(savedUsd);
      this.#known += Number(read + write > 0);
    }
  }

  totals(): CacheTotals {
    const hitRate = ratio(this.#read, this.#input);
    return {
      calls: this.#calls,
      inputTokens: this.#input,
      cacheReadTokens: this.#read,
      cacheWriteTokens: this.#write,
      hitRate,
      savedUsd: this.#unknown > 0 && this.#known === 0 ? null : this.#saved.value(),
      unpricedCalls: this.#unknown,
      advice: this.#advice(hitRate ?? 0),
    };
  }

  #advice(hitRate: number): string | null {
    if (this.#calls < FEW_CALLS || this.#input / this.#calls < LEAST_CACHED_TOKENS) return null;
    if (this.#write > this.#read) {
      return 'More is written to the cache than read from it: what is marked to be cached changes from call to call, or the next call comes when it has expired.';
    }
    if (hitRate >= LOW_RATE) return null;
    return 'Little of the prompts comes from the cache: put what stays the same (instructions, tools, documents) first and what changes last, and mark it with cache_control where the provider wants that.';
  }
}

function sumsOf(groups: Map<string | null, CacheSums>, key: string | null): CacheSums {
  let sums = groups.get(key);
  if (sums === undefined) groups.set(key, (sums = new CacheSums()));
  return sums;
}

/** Most input first. */
function groupsOf(groups: ReadonlyMap<string | null, CacheSums>): CacheGroup[] {
  return [...groups]
    .map(([key, sums]) => ({ key, totals: sums.totals() }))
    .sort((a, b) => b.totals.inputTokens - a.totals.inputTokens);
}

/** Columns that are not there hold nothing but 0. */
export function numberAt(column: Column | undefined, row: number): number {
  return column?.[row] ?? 0;
}
