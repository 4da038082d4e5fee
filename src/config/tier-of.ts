// Which tier a model belongs to, by the option `tiers`. Must never guess: a model that no tier names has none.
import type { Tiers } from './option-table.ts';

interface Entry {
  readonly tier: string;
  /** The model, or a pattern with `*`. */
  readonly model: string;
  readonly matches: (model: string) => boolean;
}

/** Names seen are the host's affair and may be endless: beyond this many all are looked up anew. */
const MAX_CACHED_MODELS = 4096;
/** A model's name stands for its dated versions too: `gpt-4o-2024-08-06`, `claude-haiku-4-5-20251001`, `claude-haiku-4-5@20251001`. */
const DATE = '(?:[-@]\\d{4}-?\\d{2}-?\\d{2})?';

/**
 * @returns finds the tier of a model. The longest entry that matches decides, a name before a pattern, the cheaper tier of two alike;
 * `undefined` when none does.
 */
export function createTierOf(
  tiers: Tiers,
): (provider: string | undefined, model: string | undefined) => string | undefined {
  const entries = Object.entries(tiers)
    .flatMap(([tier, models]) => models.map((model) => ({ tier, model, matches: matcherOf(model) })))
    .sort((a, b) => Number(isPattern(a)) - Number(isPattern(b)) || lengthOf(b) - lengthOf(a));
  const cache = new Map<string, string | undefined>();

  return (provider, model) => {
    if (model === undefined || entries.length === 0) return undefined;
    const name = `${provider ?? ''}/${model}`;
    let tier = cache.get(name);
    if (tier === undefined && !cache.has(name)) {
      tier = entries.find(({ matches }) => matches(name) || matches(model))?.tier;
      if (cache.size >= MAX_CACHED_MODELS) cache.clear();
      cache.set(name, tier);
    }
    return tier;
  };
}

function isPattern({ model }: Entry): boolean {
  return model.includes('*');
}

/** Characters that say something. */
function lengthOf({ model }: Entry): number {
  return model.replaceAll('*', '').length;
}

function matcherOf(model: string): (name: string) => boolean {
  const parts = model.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}${parts.length === 1 ? DATE : ''}$`, 'i');
  return (name) => pattern.test(name);
}
