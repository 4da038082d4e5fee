// Statistics of calls that are in no journal.
import { type Call } from '../../src/query/call.ts';
import { type CallFilter } from '../../src/query/call-filter.ts';
import { ChunkBuilder, chunkInMemory } from '../../src/query/index/chunk.ts';
import { type Statistics, type StatisticsOptions, statisticsOf } from '../../src/query/statistics.ts';

export function statisticsOfCalls(
  calls: readonly Call[],
  options?: StatisticsOptions,
  filter: CallFilter = {},
): Statistics {
  const builder = new ChunkBuilder();
  for (const [offset, call] of calls.entries()) builder.add(call, offset);
  return statisticsOf(calls.length === 0 ? [] : [chunkInMemory(builder.encode())], filter, options);
}
