// The calls that a question is about.
import { asksForCallDetails, type CallFilter, callDetailsMatch, callSeriesMatch } from '../call-filter.ts';
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
  return rowsOf(table, callSelection(table, filter, words, periodOf));
}

/** What {@link callRows} selects by. */
export function callSelection(
  { series, details }: CallTable,
  filter: CallFilter,
  words: readonly CallWord[],
  periodOf?: Selection['periodOf'],
): Selection {
  const groupOf = series
    .alike(words)
    .map((group, number) => (callSeriesMatch(series.record(number), filter) ? group : UNWANTED));
  const isWanted = asksForCallDetails(filter)
    ? details.map((number) => callDetailsMatch(details.record(number), filter))
    : undefined;
  return { groupOf, details: isWanted, period: filter, periodOf };
}
