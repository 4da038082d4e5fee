// What cheaper models and caches saved: the bill beside what the same tokens would have cost on one premium model, at its price of the day.
import { type PricedUsage } from '../pricing/cost.ts';
import { type Pricing } from '../pricing/pricing.ts';
import { cacheSavings, numberAt, SAVING_WORDS, type SavedBy } from './cache.ts';
import { type CallFilter } from './call-filter.ts';
import { compareNames } from './counts.ts';
import { type CallRows, callRows } from './index/call-rows.ts';
import { type CallTable } from './index/table.ts';
import { ExactSum, sumOrNull } from './sum.ts';

export interface PremiumModel {
  readonly model: string;
  /** `gen_ai.provider.name`; needed where the name alone does not tell who bills it. */
  readonly provider?: string | undefined;
}

interface TierSavings {
  /** Null for calls without a tier. */
  readonly tier: string | null;
  /** Calls that are compared: those of known usage and known cost, both on their own model and on the premium one. */
  readonly calls: number;
  readonly costUsd: number;
  /** What their tokens would have cost on the premium model. */
  readonly premiumUsd: number;
  /** Premium less cost: below 0 when the calls were dearer. */
  readonly savedUsd: number;
  /** Calls of which one or the other is not known. */
  readonly unknownCalls: number;
}

export interface Savings {
  readonly premium: PremiumModel;
  /** Whether the price book knows it. If not, nothing can be compared. */
  readonly isPriceKnown: boolean;
  readonly tiers: readonly TierSavings[];
  /** What routing to other models saved, of all tiers. */
  readonly routing: Omit<TierSavings, 'tier'>;
  readonly caches: {
    /** The providers' prompt caches, at each call's own price; null when tokens were cached and no price of them is known. */
    readonly promptCacheUsd: number | null;
    readonly promptCacheUnknownCalls: number;
    /** The app's own caches; null when there were hits and of none it is known. */
    readonly ownCacheUsd: number | null;
    readonly ownCacheHits: number;
    readonly ownCacheUnknownHits: number;
  };
}

export function savingsOf(calls: CallTable, filter: CallFilter, premium: PremiumModel, pricing: Pricing): Savings {
  const { model, provider } = premium;
  const { series } = calls;
  const onPremium = pricing.pricesOf({ provider, model });
  const isPriceKnown = onPremium({ input: 1 }, Date.now()) !== undefined;
  const tiers = new Map<string | null, Routing>();
  const promptCache = new Known();
  const ownCache = new Known();
  const cacheSaved = cacheSavings(calls, pricing);
  for (const rows of callRows(calls, filter, [...SAVING_WORDS, 'cacheType', 'tier'])) {
    const savedBy = cacheSaved(rows);
    const columns = usageColumns(rows);
    for (const { group, from, to } of rows.stretches) {
      if (series.word(group, 'cacheType') !== null) {
        // A hit used no model: what it saved is no matter of which model would have been asked.
        const [isKnown, usd] = [rows.column('savedKnown'), rows.column('savedUsd')];
        for (let row = from; row < to; row++)
          ownCache.add(numberAt(isKnown, row) === 1 ? numberAt(usd, row) : undefined);
        continue;
      }
      promptCache.addCached(columns, savedBy(group), from, to);
      const tier = series.word(group, 'tier');
      const sums = tiers.get(tier) ?? new Routing();
      tiers.set(tier, sums);
      const price = series.word(group, 'price');
      // Null: nothing was to be paid for, it failed before it was answered.
      if (price !== null) sums.addRows(columns, price === 'known' ? onPremium : () => undefined, from, to);
    }
  }
  const routing = new Routing();
  for (const sums of tiers.values()) routing.addAll(sums);
  return {
    premium,
    isPriceKnown,
    tiers: [...tiers]
      .map(([tier, sums]) => Object.assign({ tier }, sums.result()))
      .sort((a, b) => b.premiumUsd - a.premiumUsd || compareNames(a.tier, b.tier)),
    routing: routing.result(),
    caches: {
      promptCacheUsd: promptCache.value(),
      promptCacheUnknownCalls: promptCache.unknown,
      ownCacheUsd: ownCache.value(),
      ownCacheHits: ownCache.known + ownCache.unknown,
      ownCacheUnknownHits: ownCache.unknown,
    },
  };
}

type UsageColumns = ReturnType<typeof usageColumns>;

function usageColumns(rows: CallRows) {
  return {
    inputs: rows.column('input'),
    outputs: rows.column('output'),
    reads: rows.column('cacheRead'),
    writes: rows.column('cacheCreation'),
    hourly: rows.column('cacheCreation1h'),
    reasonings: rows.column('reasoning'),
    times: rows.column('time'),
    costs: rows.column('cost'),
  };
}

function usageAt({ inputs, outputs, reads, writes, hourly, reasonings }: UsageColumns, row: number): PricedUsage {
  return {
    input: numberAt(inputs, row),
    output: numberAt(outputs, row),
    cacheRead: numberAt(reads, row),
    cacheWrite: numberAt(writes, row),
    cacheWrite1h: numberAt(hourly, row),
    reasoning: numberAt(reasonings, row),
  };
}

class Routing {
  #calls = 0;
  #unknown = 0;
  readonly #cost = new ExactSum();
  readonly #premium = new ExactSum();

  addRows(columns: UsageColumns, priceOf: ReturnType<Pricing['pricesOf']>, from: number, to: number): void {
    const { times, costs } = columns;
    for (let row = from; row < to; row++) {
      const premium = priceOf(usageAt(columns, row), numberAt(times, row));
      if (premium === undefined) {
        this.#unknown += 1;
        continue;
      }
      this.#calls += 1;
      this.#cost.add(numberAt(costs, row));
      this.#premium.add(premium.totalUsd);
    }
  }

  addAll(other: Routing): void {
    this.#calls += other.#calls;
    this.#unknown += other.#unknown;
    this.#cost.addSum(other.#cost);
    this.#premium.addSum(other.#premium);
  }

  result(): Omit<TierSavings, 'tier'> {
    const [costUsd, premiumUsd] = [this.#cost.value(), this.#premium.value()];
    return {
      calls: this.#calls,
      costUsd,
      premiumUsd,
      savedUsd: difference(premiumUsd, costUsd),
      unknownCalls: this.#unknown,
    };
  }
}

/** As many decimals as the larger of both has digits: of two that are alike what is left is 0, not noise. */
function difference(one: number, other: number): number {
  const most = Math.max(one, other);
  const decimals = most === 0 ? 0 : 14 - Math.floor(Math.log10(most));
  return Number((one - other).toFixed(Math.min(100, Math.max(0, decimals)))) + 0;
}

/** A sum of what is known, null when nothing is. */
class Known {
  known = 0;
  unknown = 0;
  readonly #sum = new ExactSum();

  add(usd: number | undefined): void {
    if (usd === undefined) this.unknown += 1;
    else {
      this.known += 1;
      this.#sum.add(usd);
    }
  }

  /** Of those that used the provider's cache. */
  addCached({ reads, writes }: UsageColumns, saved: SavedBy, from: number, to: number): void {
    for (let row = from; row < to; row++) if (numberAt(reads, row) + numberAt(writes, row) > 0) this.add(saved(row));
  }

  value(): number | null {
    return sumOrNull(this.#sum.value(), this.known, this.unknown);
  }
}
