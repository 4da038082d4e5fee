// A call as people read it in a row.
import { type Call, modelOf, unpricedReason } from '../query/call.ts';
import { formatCount, formatMillis, formatTime, formatUsd, UNKNOWN } from './format.ts';
import { type Column } from './table.ts';

/** Columns of `show` and `tail`. @param utc times in UTC instead of the local time zone. */
export function callColumns(utc: boolean): Column<Call>[] {
  return [
    { header: 'TIME', cell: (call) => formatTime(call.timeMillis, utc).slice(5), dropOrder: 1 },
    { header: 'MODEL', cell: (call) => modelOf(call) ?? UNKNOWN, flexible: true },
    {
      header: 'OUTCOME',
      cell: (call) => (call.outcome === 'error' ? (call.errorType ?? 'error') : call.outcome),
      style: (call) => (call.outcome === 'error' ? 'red' : call.outcome === 'completed' ? 'green' : 'yellow'),
      flexible: true,
    },
    { header: 'TOOK', cell: (call) => formatMillis(call.durationMillis), align: 'right' },
    {
      header: 'FIRST',
      cell: (call) => (call.timeToFirstChunkMillis === null ? '' : formatMillis(call.timeToFirstChunkMillis)),
      align: 'right',
      dropOrder: 4,
    },
    { header: 'INPUT', cell: (call) => countOrUnknown(call.tokens.input), align: 'right' },
    {
      header: 'CACHED',
      cell: (call) => (call.tokens.cacheRead ? formatCount(call.tokens.cacheRead) : ''),
      align: 'right',
      dropOrder: 5,
    },
    { header: 'OUTPUT', cell: (call) => countOrUnknown(call.tokens.output), align: 'right' },
    {
      header: 'COST',
      cell: costOf,
      align: 'right',
      style: (call) => (unpricedReason(call) === null ? undefined : 'yellow'),
    },
    { header: 'PROVIDER', cell: (call) => call.provider ?? UNKNOWN, dropOrder: 3, flexible: true },
    {
      header: 'WORKFLOW',
      cell: (call) => [call.workflow, call.stage].filter((name) => name !== null).join(' / '),
      dropOrder: 2,
      flexible: true,
    },
  ];
}

/** Cost of one call; a call that failed before there was anything to bill has none. */
function costOf(call: Call): string {
  if (call.costUsd !== null) return formatUsd(call.costUsd.total);
  return unpricedReason(call) === null ? UNKNOWN : 'unpriced';
}

function countOrUnknown(count: number | null): string {
  return count === null ? UNKNOWN : formatCount(count);
}
