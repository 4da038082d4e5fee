// Statistics of calls that are in no journal.
import { type Call } from '../../src/query/call.ts';
import { type Statistics, type StatisticsOptions, statisticsOf } from '../../src/query/statistics.ts';
import { tableOf } from './table-of.ts';

export function statisticsOfCalls(calls: readonly Call[], options?: StatisticsOptions): Statistics {
  return statisticsOf(tableOf('call', calls), {}, options);
}
