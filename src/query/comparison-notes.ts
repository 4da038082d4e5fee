// What is to be known beside a comparison of two versions or variants: what its figures take together, and why nothing is said of the runs.
import { AGENT_VITALS_PROMPT_VARIANT, AGENT_VITALS_PROMPT_VERSION } from '../semconv.ts';
import { type CallFilter } from './call-filter.ts';
import { compareNames } from './counts.ts';
import { callSelection } from './index/call-rows.ts';
import { type CallDetail } from './index/layout.ts';
import { rowsOf } from './index/rows.ts';
import { type CallTable, type RunTable } from './index/table.ts';
import { type PromptComparison } from './run-statistics.ts';
import { Runs } from './runs.ts';

/** Two sets of calls or runs that are of different versions or variants. */
interface Sides {
  readonly by: PromptComparison['by'];
  readonly first: CallFilter;
  readonly second: CallFilter;
}

/** Names that are told before others are counted. */
const NAMED = 5;

/** Of calls of several prompts, or of several versions of one where variants are compared, or of variants where versions are. */
export function notesOnCalls(table: CallTable, { by, first, second }: Sides): string[] {
  const details = new Set([...detailsOf(table, first), ...detailsOf(table, second)]);
  const namesOf = (word: CallDetail): string[] =>
    [...new Set(Array.from(details, (number) => table.details.word(number, word) ?? '(none)'))].sort(compareNames);
  const prompts = namesOf('prompt');
  const others = by === 'variant' ? namesOf('promptVersion') : namesOf('promptVariant');
  if (prompts.length > 1) return [takenTogether(`${prompts.length} prompts`, prompts, '--prompt ')];
  if (others.length > 1) {
    const [what, name] =
      by === 'variant' ? ['versions', AGENT_VITALS_PROMPT_VERSION] : ['variants', AGENT_VITALS_PROMPT_VARIANT];
    return [takenTogether(`${others.length} ${what} of ${prompts.join()}`, others, `--where ${name}=`)];
  }
  return [];
}

/** Why runs of both sides could not be compared. */
export function noteOnRuns(table: RunTable, { by, first, second }: Sides): string {
  const sides = [first, second].map((filter) => ({ filter, runs: Runs.matching(table, filter) }));
  const without = sides
    .filter(({ runs }) => runs.size === 0)
    .map(({ filter }) => `the ${by} ${namesOfSide(filter, by)}`);
  if (without.length > 0) return `Nothing is said of the runs: there are none of ${without.join(' and of ')}.`;
  const [some, others] = sides.map(
    ({ runs }) => new Set(runs.groupBy(({ name }) => name).map((ofOne) => ofOne.first.name)),
  );
  const isOfBoth = [...(some ?? [])].some((name) => others?.has(name));
  // Versions are compared in every prompt that has both.
  const where = isOfBoth ? 'version of a prompt' : 'prompt';
  return `Nothing is said of the runs: no ${where} has runs of both.`;
}

/** @param option of the command, up to a name. */
function takenTogether(what: string, names: readonly string[], option: string): string {
  const more = names.length - NAMED;
  const told = [...names.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])];
  const last = told.pop();
  return `The figures take ${what} together, ${told.join(', ')} and ${last}: ask for one to compare within it, as with ${option}${names[0]}.`;
}

function namesOfSide({ promptVersions = [], promptVariants = [] }: CallFilter, by: Sides['by']): string {
  return (by === 'version' ? promptVersions : promptVariants).map((name) => JSON.stringify(name)).join(' or ');
}

/** Numbers of the details that any of the calls have. */
function detailsOf(table: CallTable, filter: CallFilter): Set<number> {
  const found = new Set<number>();
  const selection = callSelection(table, filter, []);
  for (const chunk of table.chunks) {
    // Most chunks have what those before them had.
    if (chunk.details.every((number) => found.has(number) || selection.details?.[number] === false)) continue;
    for (const rows of rowsOf({ chunks: [chunk] }, selection)) {
      const column = rows.column('detail');
      for (const { from, to } of rows.stretches)
        for (let row = from; row < to; row++) found.add(chunk.details[column?.[row] ?? 0] as number);
    }
  }
  return found;
}
