// Statistics of calls that are in no journal.
import { type Call } from '../../src/query/call.ts';
import { ChunkBuilder } from '../../src/query/index/chunk.ts';
import { type CallTable, Table } from '../../src/query/index/table.ts';
import { type Statistics, type StatisticsOptions, statisticsOf } from '../../src/query/statistics.ts';

export function statisticsOfCalls(calls: readonly Call[], options?: StatisticsOptions): Statistics {
  const table: CallTable = new Table('call');
  const builder = new ChunkBuilder('call');
  for (const [offset, call] of calls.entries()) builder.add(call, offset);
  if (calls.length > 0) table.add([builder.encode()]);
  return statisticsOf(table, {}, options);
}
