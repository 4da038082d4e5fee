import { expect } from 'chai';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { type Call, readCalls } from '../../../src/query/call.ts';
import { CALL_FIELDS } from '../../../src/query/export/call-fields.ts';
import { parquetParts } from '../../../src/query/export/parquet.ts';
import { type CallSpec, callLine } from '../../support/journal-builder.ts';

function callsOf(...specs: CallSpec[]): Call[] {
  const calls: Call[] = [];
  for (const spec of specs) readCalls(callLine(spec), calls);
  return calls;
}

async function fileOf(...batches: Call[][]): Promise<ArrayBuffer> {
  async function* each(): AsyncGenerator<Call[]> {
    yield* batches;
  }
  const parts: Uint8Array[] = [];
  for await (const part of parquetParts(CALL_FIELDS, each())) parts.push(part);
  const { buffer, byteOffset, byteLength } = Buffer.concat(parts);
  return buffer.slice(byteOffset, byteOffset + byteLength);
}

describe('parquetParts', () => {
  it('is a file of typed columns, with null for what is unknown', async () => {
    const file = await fileOf(
      callsOf({ at: 1_700_000_000_123, millis: 5.5, input: 3, cost: 0.25, workflow: 'wörk' }),
      [],
      callsOf({ at: 1_700_000_001_000, outcome: 'error', errorType: '429' }, { at: 1_700_000_002_000, input: 10.5 }),
    );
    const [first, second, third] = await parquetReadObjects({ file });
    expect(first).to.include({
      duration_millis: 5.5,
      input_tokens: 3n,
      cost_usd: 0.25,
      workflow: 'wörk',
      output_tokens: null,
      cache_hit: false,
    });
    expect(first?.time).to.deep.equal(new Date(1_700_000_000_123));
    expect(second).to.include({ outcome: 'error', error_type: '429', cost_usd: null, stream: null });
    // Somebody told a part of a token.
    expect(third).to.include({ input_tokens: 11n });
    expect(parquetMetadata(file).num_rows).to.equal(3n);
  });

  it('is written in groups of rows, and is a file without any', async () => {
    const many = Array.from({ length: 60 }, () =>
      Array.from({ length: 1000 }, () => callsOf({ at: 1, input: 1 })[0] as Call),
    );
    const file = await fileOf(...many);
    expect(parquetMetadata(file).row_groups.map(({ num_rows }) => num_rows)).to.deep.equal([50_000n, 10_000n]);
    expect(await parquetReadObjects({ file: await fileOf() })).to.deep.equal([]);
  });
});
