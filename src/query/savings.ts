// What cheaper models and caches saved: the bill beside what the same tokens would have cost on one premium model, at its price of the day.
import { type Pricing } from '../pricing/pricing.ts';
import { numberAt, savings } from './cache.ts';
import { type CallFilter } from './call-filter.ts';
import { type Chunk } from './index/chunk.ts';
import { scan } from './index/scan.ts';
import { ExactSum } from './sum.ts';

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

export function savingsOf(
  chunks: readonly Chunk[],
  filter: CallFilter,
  premium: PremiumModel,
  pricing: Pricing,
): Savings {
  const { model, provider } = premium;
  const isPriceKnown = pricing.priceOf({ provider, model, usage: { input: 1 }, at: Date.now() }) !== undefined;
  const tiers = new Map<string | null, Routing>();
  const promptCache = new Known();
  const ownCache = new Known();
  const savedByCache = savings(pricing);
  scan(chunks, filter, ({ chunk, series, from, to }) => {
    if (chunk.word(series, 'cacheType') !== null) {
      // A hit used no model: what it saved is no matter of which model would have been asked.
      const [known, usd] = [chunk.column('savedKnown'), chunk.column('savedUsd')];
      for (let row = from; row < to; row++) ownCache.add(numberAt(known, row) === 1 ? numberAt(usd, row) : undefined);
      return;
    }
    const [times, costs] = [chunk.column('time'), chunk.column('cost')];
    const [inputs, outputs, reasonings] = [chunk.column('input'), chunk.column('output'), chunk.column('reasoning')];
    const [reads, writes] = [chunk.column('cacheRead'), chunk.column('cacheCreation')];
    const hourly = chunk.column('cacheCreation1h');
    const tier = chunk.word(series, 'tier');
    const sums = tiers.get(tier) ?? new Routing();
    tiers.set(tier, sums);
    const price = chunk.word(series, 'price');
    const saved = savedByCache(chunk, series);
    for (let row = from; row < to; row++) {
      const cacheRead = numberAt(reads, row);
      const cacheWrite = numberAt(writes, row);
      if (cacheRead + cacheWrite > 0) promptCache.add(saved(row));
      // Nothing was to be paid for: it failed before it was answered.
      if (price === null) continue;
      const usage = {
        input: numberAt(inputs, row),
        output: numberAt(outputs, row),
        cacheRead,
        cacheWrite,
        cacheWrite1h: numberAt(hourly, row),
        reasoning: numberAt(reasonings, row),
      };
      const onPremium =
        price === 'known' ? pricing.priceOf({ provider, model, usage, at: numberAt(times, row) })?.totalUsd : undefined;
      sums.add(numberAt(costs, row), onPremium);
    }
  });
  const routing = new Routing();
  for (const sums of tiers.values()) routing.addAll(sums);
  return {
    premium,
    isPriceKnown,
    tiers: [...tiers]
      .map(([tier, sums]) => Object.assign({ tier }, sums.result()))
      .sort((a, b) => b.premiumUsd - a.premiumUsd),
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

class Routing {
  #calls = 0;
  #unknown = 0;
  readonly #cost = new ExactSum();
  readonly #premium = new ExactSum();

  add(costUsd: number, premiumUsd: number | undefined): void {
    if (premiumUsd === undefined) {
      this.#unknown += 1;
      return;
    }
    this.#calls += 1;
    this.#cost.add(costUsd);
    this.#premium.add(premiumUsd);
  }

  addAll(other: Routing): void {
    this.#calls += other.#calls;
    this.#unknown += other.#unknown;
    this.#cost.addSum(other.#cost);
    this.#premium.addSum(other.#premium);
  }

  result(): Omit<TierSavings, 'tier'> {
    const saved = new ExactSum();
    saved.addSum(this.#premium);
    saved.add(-this.#cost.value());
    return {
      calls: this.#calls,
      costUsd: this.#cost.value(),
      premiumUsd: this.#premium.value(),
      savedUsd: saved.value(),
      unknownCalls: this.#unknown,
    };
  }
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

  value(): number | null {
    return this.known === 0 && this.unknown > 0 ? null : this.#sum.value();
  }
}
