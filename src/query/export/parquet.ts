// Rows as a Parquet file, row group by row group: what is in memory is one of them, however many rows there are.
import type { BasicType } from 'hyparquet-writer';
import { type Field, type FieldValue } from './field.ts';

const ROWS_PER_GROUP = 50_000;

const TYPES: Readonly<Record<Field<never>['type'], BasicType>> = {
  time: 'TIMESTAMP',
  text: 'STRING',
  integer: 'INT64',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  list: 'JSON',
};

/** The file in parts. What is unknown is null. */
export async function* parquetParts<Row>(
  fields: readonly Field<Row>[],
  batches: AsyncIterable<readonly Row[]>,
): AsyncGenerator<Uint8Array> {
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer');
  const bytes = new ByteWriter();
  const file = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: columnsOf(fields, []) }),
    createdBy: 'agent-vitals',
  });
  const take = (): Uint8Array => {
    const part = bytes.getBytes().slice();
    bytes.index = 0;
    return part;
  };
  let rows: Row[] = [];
  for await (const batch of batches) {
    rows.push(...batch);
    if (rows.length < ROWS_PER_GROUP) continue;
    await file.write({ columnData: columnsOf(fields, rows), rowGroupSize: rows.length });
    rows = [];
    yield take();
  }
  if (rows.length > 0) await file.write({ columnData: columnsOf(fields, rows), rowGroupSize: rows.length });
  await file.finish();
  yield take();
}

function columnsOf<Row>(fields: readonly Field<Row>[], rows: readonly Row[]) {
  return fields.map(({ name, type, valueOf }) => ({
    name,
    type: TYPES[type],
    nullable: true,
    data: rows.map((row) => asParquet(type, valueOf(row))),
  }));
}

function asParquet(type: Field<never>['type'], value: FieldValue): FieldValue | Date | bigint {
  if (value === null) return null;
  if (type === 'time') return new Date(value as number);
  // Some tell fractions of a token.
  return type === 'integer' ? BigInt(Math.round(Number(value))) : value;
}
