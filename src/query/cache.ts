// The providers' prompt caches: how much of the prompts they had, and what that saved at the prices that were billed.
import { type Pricing } from '../pricing/pricing.ts';
import { hasPromptCache } from './call.ts';
import { type CallFilter } from './call-filter.ts';
import { compareNames } from './counts.ts';
import { type CallRows, callRows } from './index/call-rows.ts';
import { type CallTable } from './index/table.ts';
import { ratio } from './statistics.ts';
import { ExactSum, sumOrNull } from './sum.ts';

interface CacheTotals {
  /** Calls whose input is known, but embeddings: they have no prompt cache. */
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

export function cacheStatistics(calls: CallTable, filter: CallFilter, pricing: Pricing): CacheStatistics {
  const { series } = calls;
  /** By workflow, and then by model. */
  const groups = new Map<string | null, Map<string | null, CacheSums>>();
  const savings = cacheSavings(calls, pricing);
  for (const rows of callRows(calls, filter, [...SAVING_WORDS, 'workflow', 'operation'])) {
    const input = rows.column('input');
    if (input === undefined) continue;
    const [reads, writes] = [rows.column('cacheRead'), rows.column('cacheCreation')];
    const savedBy = savings(rows);
    for (const { group, from, to } of rows.stretches) {
      if (!hasPromptCache(series.word(group, 'operation'))) continue;
      const { model, requestModel, provider } = pricedModelOf(series, group);
      const workflow = series.word(group, 'workflow');
      const saved = savedBy(group);
      const sums = sumsOf(groups, workflow, requestModel ?? model ?? null, () =>
        hasCachePrice(pricing.pricesOf({ model, requestModel, provider })),
      );
      sums.addRows({ input, reads, writes, saved, from, to });
    }
  }
  const all = [...groups].flatMap(([workflow, models]) =>
    [...models].map(([model, sums]) => ({ workflow, model, sums })),
  );
  return {
    totals: totalsOf(all),
    workflows: groupsOf(Map.groupBy(all, ({ workflow }) => workflow)),
    models: groupsOf(Map.groupBy(all, ({ model }) => model)),
  };
}

/** What calls are told apart by for {@link cacheSavings}. */
export const SAVING_WORDS = ['requestModel', 'responseModel', 'provider', 'price', 'untoldCost'] as const;

/** What the provider's cache saved of a call in US dollars, by its row; `undefined` when that is not known. */
export type SavedBy = (row: number) => number | undefined;

/** @returns for the rows of a chunk, and of a group among them, what was saved of each. */
export function cacheSavings({ series }: CallTable, pricing: Pricing): (rows: CallRows) => (group: number) => SavedBy {
  const bills: Bill[] = [];
  return (rows) => {
    const [inputs, reads, writes] = [rows.column('input'), rows.column('cacheRead'), rows.column('cacheCreation')];
    const inputCosts = rows.column('costInput');
    const [readCosts, writeCosts] = [rows.column('costCacheRead'), rows.column('costCacheWrite')];
    return (group) => (row) => {
      const { isPriced, untold, pricesOf } = (bills[group] ??= newBill(series, group, pricing));
      const input = numberAt(inputs, row);
      const cacheRead = numberAt(reads, row);
      const cacheWrite = numberAt(writes, row);
      const cached = cacheRead + cacheWrite;
      const fresh = input - cached;
      const isBilled =
        isPriced && !untold.input && !(untold.cacheRead && cacheRead > 0) && !(untold.cacheWrite && cacheWrite > 0);
      const inputCost = numberAt(inputCosts, row);
      const paid = numberAt(readCosts, row) + numberAt(writeCosts, row);
      // What was billed tells the price that held, by time, size of the prompt and the user's own price list.
      if (isBilled && fresh > 0 && inputCost > 0) return (inputCost / fresh) * cached - paid;
      const usage = { input, output: 0 };
      const at = numberAt(rows.column('time'), row);
      const without = pricesOf()(usage, at);
      // A prompt that is cached as a whole: what was billed tells whether it was written for five minutes or for an hour.
      if (isBilled && fresh === 0 && paid > 0) return without && without.totalUsd - paid;
      const cacheWrite1h = numberAt(rows.column('cacheCreation1h'), row);
      const withCache = pricesOf()({ ...usage, cacheRead, cacheWrite, cacheWrite1h }, at);
      return without && withCache && without.totalUsd - withCache.totalUsd;
    };
  };
}

/** What is known of the price of calls of a group. */
interface Bill {
  readonly isPriced: boolean;
  /** Parts of the cost that are not told. */
  readonly untold: Readonly<Record<'input' | 'cacheRead' | 'cacheWrite', boolean>>;
  /** By the price book, which is loaded only when a bill does not say it. */
  readonly pricesOf: () => ReturnType<Pricing['pricesOf']>;
}

function newBill(series: CallTable['series'], group: number, pricing: Pricing): Bill {
  const untold = series.word(group, 'untoldCost') ?? '';
  let prices: ReturnType<Pricing['pricesOf']> | undefined;
  return {
    isPriced: series.word(group, 'price') === 'known',
    untold: {
      input: untold.includes('input'),
      cacheRead: untold.includes('cacheRead'),
      cacheWrite: untold.includes('cacheWrite'),
    },
    pricesOf: () => (prices ??= pricing.pricesOf(pricedModelOf(series, group))),
  };
}

function pricedModelOf(series: CallTable['series'], group: number): Parameters<Pricing['pricesOf']>[0] {
  const requestModel = series.word(group, 'requestModel') ?? undefined;
  return {
    provider: series.word(group, 'provider') ?? undefined,
    model: series.word(group, 'responseModel') ?? requestModel,
    requestModel,
  };
}

/** Whether what is read from a cache costs less than what is not. */
function hasCachePrice(pricesOf: ReturnType<Pricing['pricesOf']>): boolean {
  const usage = { input: 1e6, output: 0 };
  const [without, cached] = [usage, { ...usage, cacheRead: 1e6 }].map((each) => pricesOf(each, Date.now())?.totalUsd);
  return without !== undefined && cached !== undefined && cached < without;
}

interface CacheRows {
  readonly input: Float64Array;
  readonly reads: Float64Array | undefined;
  readonly writes: Float64Array | undefined;
  readonly saved: SavedBy;
  readonly from: number;
  readonly to: number;
}

class CacheSums {
  readonly #hasCachePrice: () => boolean;
  #calls = 0;
  #input = 0;
  #read = 0;
  #write = 0;
  #known = 0;
  #unknown = 0;
  readonly #saved = new ExactSum();

  constructor(priced: () => boolean = () => false) {
    this.#hasCachePrice = priced;
  }

  /** Whether the provider has a cache for these calls: they have used it, or it has a price. */
  get isCacheable(): boolean {
    return this.#read + this.#write > 0 || this.#hasCachePrice();
  }

  addRows({ input, reads, writes, saved, from, to }: CacheRows): void {
    for (let row = from; row < to; row++) {
      const tokens = input[row] as number;
      if (tokens === 0) continue;
      const read = numberAt(reads, row);
      const write = numberAt(writes, row);
      this.#calls += 1;
      this.#input += tokens;
      this.#read += read;
      this.#write += write;
      if (read + write === 0) continue;
      const savedUsd = saved(row);
      if (savedUsd === undefined) this.#unknown += 1;
      else {
        this.#saved.add(savedUsd);
        this.#known += 1;
      }
    }
  }

  addAll(other: CacheSums): void {
    this.#calls += other.#calls;
    this.#input += other.#input;
    this.#read += other.#read;
    this.#write += other.#write;
    this.#known += other.#known;
    this.#unknown += other.#unknown;
    this.#saved.addSum(other.#saved);
  }

  totals(): Omit<CacheTotals, 'advice'> {
    return {
      calls: this.#calls,
      inputTokens: this.#input,
      cacheReadTokens: this.#read,
      cacheWriteTokens: this.#write,
      hitRate: ratio(this.#read, this.#input),
      savedUsd: sumOrNull(this.#saved.value(), this.#known, this.#unknown),
      unpricedCalls: this.#unknown,
    };
  }

  advice(): string | null {
    if (this.#calls < FEW_CALLS || this.#input / this.#calls < LEAST_CACHED_TOKENS) return null;
    if (this.#write > this.#read) {
      return 'More is written to the cache than read from it: what is marked to be cached changes from call to call, or the next call comes when it has expired.';
    }
    if (this.#read >= LOW_RATE * this.#input) return null;
    return 'Little of the prompts comes from the cache: put what stays the same (instructions, tools, documents) first and what changes last, and mark it with cache_control where the provider wants that.';
  }
}

function sumsOf(
  groups: Map<string | null, Map<string | null, CacheSums>>,
  workflow: string | null,
  model: string | null,
  priced: () => boolean,
): CacheSums {
  let models = groups.get(workflow);
  if (models === undefined) groups.set(workflow, (models = new Map()));
  let sums = models.get(model);
  if (sums === undefined) models.set(model, (sums = new CacheSums(priced)));
  return sums;
}

function totalsOf(parts: readonly { readonly sums: CacheSums }[]): CacheTotals {
  // What cannot be cached needs no advice, and takes none from the others.
  const advice = together(parts.filter(({ sums }) => sums.isCacheable)).advice();
  return { ...together(parts).totals(), advice };
}

function together(parts: readonly { readonly sums: CacheSums }[]): CacheSums {
  const all = new CacheSums();
  for (const { sums } of parts) all.addAll(sums);
  return all;
}

/** Most input first. */
function groupsOf(groups: ReadonlyMap<string | null, readonly { readonly sums: CacheSums }[]>): CacheGroup[] {
  return [...groups]
    .map(([key, parts]) => ({ key, totals: totalsOf(parts) }))
    .filter(({ totals }) => totals.calls > 0)
    .sort((a, b) => b.totals.inputTokens - a.totals.inputTokens || compareNames(a.key, b.key));
}

/** Columns that are not there hold nothing but 0. */
export function numberAt(column: Float64Array | undefined, row: number): number {
  return column?.[row] ?? 0;
}
