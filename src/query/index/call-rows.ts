// The calls that a question is about.
import { type CallFilter, type Filtered, matchesApartFromTime } from '../call-filter.ts';
import { type CallNumber, type CallWord } from './layout.ts';
import { type Rows, rowsOf, type Selection, UNWANTED } from './rows.ts';
import { type CallTable } from './table.ts';

export type CallRows = Rows<CallNumber>;

/** @param words what they are told apart by: the group of a stretch is a series that has them. */
export function callRows(
  table: CallTable,
  filter: CallFilter,
  words: readonly CallWord[],
  periodOf?: Selection['periodOf'],
): Iterable<CallRows> {
  const { series, details } = table;
  const { agents, prompts, promptVersions, promptVariants, ...ofSeries } = filter;
  const ofDetails = { agents, prompts, promptVersions, promptVariants };
  const groupOf = series.alike(words).map((group, number) => {
    const word = (name: CallWord): string | null => series.word(number, name);
    const isWanted = matchesApartFromTime(
      {
        ...NOTHING,
        outcome: word('outcome') as Filtered['outcome'],
        workflow: word('workflow'),
        provider: word('provider'),
        requestModel: word('requestModel'),
        responseModel: word('responseModel'),
      },
      ofSeries,
    );
    return isWanted ? group : UNWANTED;
  });
  const isAnyNamed = Object.values(ofDetails).some((named) => named !== undefined && named.length > 0);
  const isWanted = isAnyNamed
    ? details.map((number) =>
        matchesApartFromTime(
          {
            ...NOTHING,
            agent: details.word(number, 'agent'),
            prompt: details.word(number, 'prompt'),
            promptVersion: details.word(number, 'promptVersion'),
            promptVariant: details.word(number, 'promptVariant'),
          },
          ofDetails,
        ),
      )
    : undefined;
  return rowsOf(table, { groupOf, details: isWanted, period: filter, periodOf });
}

/** What the other half of a call is looked at for. */
const NOTHING: Filtered = {
  outcome: 'completed',
  workflow: null,
  provider: null,
  requestModel: null,
  responseModel: null,
  agent: null,
  prompt: null,
  promptVersion: null,
  promptVariant: null,
};
