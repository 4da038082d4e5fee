// `agent-vitals savings`: what cheaper models and caches saved beside one premium model.
import { type Command } from 'commander';
import { resolveConfig } from '../../config/resolve-config.ts';
import { type Savings } from '../../query/savings.ts';
import { UsageError } from '../failure.ts';
import { formatCount, formatCountOf, formatPercent, formatSignedUsd, formatUsd, UNKNOWN } from '../format.ts';
import { type FilterOptions } from '../journal-options.ts';
import { paint } from '../output.ts';
import { addQuestion } from '../question.ts';
import { type Column, type Fact, numbers, renderFacts, renderTable, wrap } from '../table.ts';

interface SavingsOptions extends FilterOptions {
  readonly premium?: string;
}

type Routing = Savings['routing'];

export function addSavings(program: Command): void {
  addQuestion<Savings, SavingsOptions>(program, {
    name: 'savings',
    description: 'what the same tokens would have cost on a premium model, and what routing and caches saved',
    about: 'calls',
    addOptions: (command) =>
      command.option(
        '--premium <model>',
        'model to compare with: gpt-4o, anthropic/claude-opus-4-1 (default: the first name in the last of your tiers)',
      ),
    ask: (journal, question, options) => journal.savings({ ...question, premium: premiumOf(options) }),
    isEmpty: ({ tiers, caches }) => tiers.length === 0 && caches.ownCacheHits === 0,
    record: ({ premium, isPriceKnown, tiers, routing, caches }) => ({
      premium: { model: premium.model, provider: premium.provider ?? null },
      isPriceKnown,
      routing,
      tiers,
      caches,
    }),
    render: renderSavings,
  });
}

/** @throws {UsageError} when no model is named anywhere. */
function premiumOf({ premium }: SavingsOptions): { model: string; provider?: string } {
  const named =
    premium ??
    Object.values(resolveConfig().config.tiers)
      .at(-1)
      ?.find((model) => !model.includes('*'));
  if (named === undefined || named === '') {
    throw new UsageError(
      'There is no model to compare with. Give --premium <model>, for example --premium gpt-4o, or name one in the last tier of the option "tiers".',
    );
  }
  const slash = named.indexOf('/');
  return slash <= 0 ? { model: named } : { provider: named.slice(0, slash), model: named.slice(slash + 1) };
}

function renderSavings({ premium, isPriceKnown, tiers, routing, caches }: Savings, width?: number): string {
  const model = premium.provider === undefined ? premium.model : `${premium.provider}/${premium.model}`;
  if (!isPriceKnown) {
    return wrap(
      `The price of ${model} is not known, so nothing can be compared with it. Write it with its provider, as in anthropic/claude-opus-4-1.`,
      width,
    );
  }
  const columns: Column<Savings['tiers'][number]>[] = [
    { header: 'TIER', cell: ({ tier }) => tier ?? '(none)', flexible: true },
    numbers('CALLS', ({ calls }) => formatCount(calls)),
    numbers('COST', (tier) => knownUsd(tier, tier.costUsd)),
    numbers('PREMIUM', (tier) => knownUsd(tier, tier.premiumUsd)),
    numbers('SAVED', savedOf),
    numbers('SHARE', shareOf),
    ...(routing.unknownCalls > 0 ? [numbers<Routing>('UNKNOWN', ({ unknownCalls }) => formatCount(unknownCalls))] : []),
  ];
  return `${renderFacts(factsOf(model, routing, caches), width)}\n\n${paint('bold', 'By tier')}\n${renderTable(tiers, columns, width)}`;
}

function factsOf(model: string, routing: Routing, caches: Savings['caches']): Fact[] {
  const { promptCacheUsd, promptCacheUnknownCalls, ownCacheUsd, ownCacheHits, ownCacheUnknownHits } = caches;
  const unknown = (count: number): string[] => (count > 0 ? [`${formatCountOf(count, 'call')} not known`] : []);
  return [
    {
      name: `On ${model}`,
      value: knownUsd(routing, routing.premiumUsd),
      details: [`${formatCountOf(routing.calls, 'call')} with the same tokens`],
    },
    { name: 'Cost', value: knownUsd(routing, routing.costUsd), details: unknown(routing.unknownCalls) },
    {
      name: 'Saved by routing',
      value: savedOf(routing),
      details: routing.premiumUsd === 0 ? [] : [shareOf(routing)],
      style: routing.savedUsd < 0 ? 'red' : 'bold',
    },
    {
      name: "Saved by providers' caches",
      value: promptCacheUsd === null ? UNKNOWN : formatSignedUsd(promptCacheUsd),
      details: unknown(promptCacheUnknownCalls),
    },
    {
      name: 'Saved by your own cache',
      value: ownCacheUsd === null ? UNKNOWN : formatUsd(ownCacheUsd),
      details: [formatCountOf(ownCacheHits, 'hit'), ...unknown(ownCacheUnknownHits)],
    },
  ];
}

function savedOf(routing: Routing): string {
  return knownUsd(routing, routing.savedUsd);
}

/** Of calls of which not one can be compared nothing is known. */
function knownUsd({ calls, unknownCalls }: Routing, usd: number): string {
  return calls === 0 && unknownCalls > 0 ? UNKNOWN : formatSignedUsd(usd);
}

function shareOf({ savedUsd, premiumUsd }: Routing): string {
  if (premiumUsd === 0) return UNKNOWN;
  const share = savedUsd / premiumUsd;
  return share < 0 ? `-${formatPercent(-share)}` : formatPercent(share);
}
