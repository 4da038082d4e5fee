// Calls as a Parquet file, row group by row group: what is in memory is one of them, however many calls there are.
import type { BasicType } from 'hyparquet-writer';
import { type Call } from '../call.ts';
import { CALL_FIELDS, type CallField, type FieldValue } from './call-fields.ts';

const ROWS_PER_GROUP = 50_000;

const TYPES: Readonly<Record<CallField['type'], BasicType>> = {
  time: 'TIMESTAMP',
  text: 'STRING',
  integer: 'INT64',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
};

/** The file in parts. What is unknown is null. */
export async function* parquetParts(batches: AsyncIterable<readonly Call[]>): AsyncGenerator<Uint8Array> {
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer');
  const bytes = new ByteWriter();
  const file = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: columnsOf([]) }),
    createdBy: 'agent-vitals',
  });
  const take = (): Uint8Array => {
    const part = bytes.getBytes().slice();
    bytes.index = 0;
    return part;
  };
  let rows: Call[] = [];
  for await (const calls of batches) {
    rows.push(...calls);
    if (rows.length < ROWS_PER_GROUP) continue;
    await file.write({ columnData: columnsOf(rows), rowGroupSize: rows.length });
    rows = [];
    yield take();
  }
  if (rows.length > 0) await file.write({ columnData: columnsOf(rows), rowGroupSize: rows.length });
  await file.finish();
  yield take();
}

function columnsOf(calls: readonly Call[]) {
  return CALL_FIELDS.map(({ name, type, valueOf }) => ({
    name,
    type: TYPES[type],
    nullable: true,
    data: calls.map((call) => asParquet(type, valueOf(call))),
  }));
}

function asParquet(type: CallField['type'], value: FieldValue): FieldValue | Date | bigint {
  if (value === null) return null;
  if (type === 'time') return new Date(value as number);
  // Some tell fractions of a token.
  return type === 'integer' ? BigInt(Math.round(Number(value))) : value;
}
