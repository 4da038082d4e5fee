import { expect } from 'chai';
import { type Call, readCalls } from '../../../src/query/call.ts';
import { CALL_FIELDS } from '../../../src/query/export/call-fields.ts';
import { csvHeader, csvRow } from '../../../src/query/export/csv.ts';
import { type CallSpec, callLine } from '../../support/journal-builder.ts';

function cells(spec: CallSpec): Record<string, string> {
  const calls: Call[] = [];
  readCalls(callLine(spec), calls);
  const row = csvRow(CALL_FIELDS, calls[0] as Call);
  expect(row.endsWith('\r\n')).to.equal(true);
  const names = csvHeader(CALL_FIELDS).trimEnd().split(',');
  const values = parseCsv(row);
  expect(values).to.have.length(names.length);
  return Object.fromEntries(names.map((name, index) => [name, values[index] as string]));
}

/** One record after RFC 4180. */
function parseCsv(row: string): string[] {
  return [...row.trimEnd().matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

describe('csvRow', () => {
  it('has a cell for everything, empty where it is unknown', () => {
    const row = cells({ at: 0, millis: 5, input: 3, workflow: 'w' });
    expect(row).to.include({
      time: '1970-01-01T00:00:00.000Z',
      duration_millis: '5',
      input_tokens: '3',
      output_tokens: '',
      cost_usd: '',
      workflow: 'w',
    });
  });

  it('quotes what would break the row', () => {
    expect(cells({ workflow: 'a,"b"\r\nc' }).workflow).to.equal('a,"b"\r\nc');
  });

  for (const formula of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1']) {
    it(`disarms ${JSON.stringify(formula)}`, () => {
      expect(cells({ workflow: formula }).workflow).to.equal(`'${formula}`);
    });
  }
});
