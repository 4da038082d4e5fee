// The cost of a call. An unknown price is `undefined` and never 0; a known price of 0 is 0.

import type { PriceOverride } from '../config/option-table.ts';
import { guard } from '../internal/guard.ts';
import { type Cost, costOf, type PricedUsage } from './cost.ts';
import { findPeriods, loadPriceBook } from './price-book.ts';
import { type Periods, ratesAt } from './price-periods.ts';

interface PricedModel {
  /** `gen_ai.provider.name`. */
  readonly provider: string | undefined;
  /** The model that answered. */
  readonly model: string | undefined;
  /** The model that was asked for: its price is taken where the book does not know the one that answered. */
  readonly requestModel?: string | undefined;
}

export interface PricedCall extends PricedModel {
  readonly usage: PricedUsage;
  /** Milliseconds since the epoch: prices change, and some by the hour. */
  readonly at: number;
}

export interface Pricing {
  /** Under 2 µs a call once its model has been seen. @returns `undefined` when the price or the usage is unknown. */
  priceOf(call: PricedCall): Cost | undefined;
  /** As {@link priceOf}, for many calls of a model, which is looked up once. */
  pricesOf(model: PricedModel): (usage: PricedUsage, at: number) => Cost | undefined;
  /** Does beforehand what the first price would do: while the first call waits for its answer, rather than when the host waits for us. */
  prepare(): void;
}

/** Names seen are the host's affair and may be endless: beyond this many all are looked up anew. */
const MAX_CACHED_MODELS = 4096;

/** @param prices the option of that name: by `model` or `provider/model`, these win over the book. */
export function createPricing(prices: Readonly<Record<string, PriceOverride>> = {}): Pricing {
  const overrides = new Map(Object.entries(prices).map(([name, price]) => [name, periodsOfOwn(price)]));
  const cache = new Map<string, Map<string, Map<string, Periods | undefined>>>();
  let cached = 0;

  function periodsOf({ provider, model = '', requestModel = '' }: PricedModel): Periods | undefined {
    let models = cache.get(provider ?? '');
    if (!models) cache.set(provider ?? '', (models = new Map()));
    let requested = models.get(model);
    if (!requested) models.set(model, (requested = new Map()));
    let periods = requested.get(requestModel);
    if (periods === undefined && !requested.has(requestModel)) {
      if (cached >= MAX_CACHED_MODELS) {
        cache.clear();
        cached = 0;
        return periodsOf({ provider, model, requestModel });
      }
      periods = find(provider, model, requestModel);
      requested.set(requestModel, periods);
      cached += 1;
    }
    return periods;
  }

  function find(provider: string | undefined, ...models: string[]): Periods | undefined {
    const names = models.filter((name) => name !== '');
    for (const name of names) {
      const own = overrides.get(`${provider}/${name}`) ?? overrides.get(name);
      if (own) return own;
    }
    for (const name of names) {
      const listed = guard('looking up a price', () => findPeriods(provider, name));
      if (listed) return listed;
    }
    return undefined;
  }

  return {
    priceOf(call) {
      return costAt(periodsOf(call), call.usage, call.at);
    },
    pricesOf(model) {
      const periods = periodsOf(model);
      return (usage, at) => costAt(periods, usage, at);
    },
    prepare() {
      guard('loading the price book', loadPriceBook);
    },
  };
}

function costAt(periods: Periods | undefined, usage: PricedUsage, at: number): Cost | undefined {
  const rates = periods && ratesAt(periods, at);
  return rates && costOf(rates, usage);
}

function periodsOfOwn({ input, output = 0, cacheRead, cacheWrite }: PriceOverride): Periods {
  return [{ rates: { input, output, cacheRead, cacheWrite } }];
}
