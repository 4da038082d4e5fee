// `agent-vitals stats`: what the calls add up to.
import { type Command, InvalidArgumentError } from 'commander';
import { DIMENSIONS, type Dimension, type Group, type Statistics } from '../../query/statistics.ts';
import { type FilterOptions } from '../journal-options.ts';
import { addQuestion } from '../question.ts';
import { renderStatistics } from '../stats-view.ts';

interface StatsOptions extends FilterOptions {
  readonly by?: Dimension[];
}

export function addStats(program: Command): void {
  addQuestion<Statistics, StatsOptions>(program, {
    name: 'stats',
    description: 'calls, errors, tokens, cost, cache hits and latency',
    about: 'calls',
    addOptions: (command) =>
      command.option(
        '--by <dimensions>',
        `break down only by these, in full: ${DIMENSIONS.join(',')}`,
        parseDimensions,
      ),
    ask: (journal, question, { by }) => journal.stats({ ...question, by }),
    isEmpty: ({ totals }) => totals.calls === 0,
    record: ({ totals, by }) => ({
      ...totals,
      by: Object.fromEntries(
        Object.entries(by).map(([dimension, groups]) => [
          dimension,
          groups.map((group) => groupRecord(dimension, group)),
        ]),
      ),
    }),
    render: (answer, width, { by }) => renderStatistics(answer, by !== undefined, width),
  });
}

function groupRecord(dimension: string, { key, totals }: Group): object {
  return { [dimension]: key, ...totals };
}

function parseDimensions(text: string): Dimension[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const unknown = names.find((name) => !DIMENSIONS.includes(name as Dimension));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${DIMENSIONS.join(', ')}.`);
  return [...new Set(names as Dimension[])];
}
