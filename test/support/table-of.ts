// A table of calls or runs that are in no journal.
import { ChunkBuilder } from '../../src/query/index/chunk.ts';
import { type Kind, type RecordOf } from '../../src/query/index/layout.ts';
import { type CallTable, type RunTable, Table } from '../../src/query/index/table.ts';

/** As it comes from the index: in several chunks where there are several pieces. */
export function tableOf<K extends Kind>(
  kind: K,
  ...pieces: readonly (readonly RecordOf[K][])[]
): K extends 'call' ? CallTable : RunTable {
  const table = new Table(kind);
  for (const piece of pieces) {
    const builder = new ChunkBuilder(kind);
    for (const [offset, record] of piece.entries()) builder.add(record, offset);
    if (builder.rows > 0) table.add([builder.encode()]);
  }
  return table;
}
