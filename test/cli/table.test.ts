import { expect } from 'chai';
import { type Column, createTable, renderFacts, renderTable } from '../../src/cli/table.ts';

interface Row {
  readonly name: string;
  readonly count: number;
  readonly extra: string;
}
const columns: Column<Row>[] = [
  { header: 'NAME', cell: ({ name }) => name, flexible: true },
  { header: 'COUNT', cell: ({ count }) => String(count), align: 'right' },
  { header: 'EXTRA', cell: ({ extra }) => extra, dropOrder: 1 },
];

describe('renderTable', () => {
  it('aligns numbers to the right and texts to the left', () => {
    const rows = [
      { name: 'a', count: 1, extra: 'x' },
      { name: 'long name', count: 1234567, extra: '' },
    ];
    expect(renderTable(rows, columns)).to.equal(
      ['NAME         COUNT  EXTRA', 'a                1  x', 'long name  1234567'].join('\n'),
    );
  });

  it('drops columns, then cuts texts, to fit a terminal', () => {
    const rows = [{ name: 'a model with a rather long name', count: 5, extra: 'something else' }];
    expect(renderTable(rows, columns, 60))
      .to.include('something else')
      .and.to.include('long name');
    expect(renderTable(rows, columns, 42).split('\n')).to.deep.equal([
      'NAME                 COUNT  EXTRA',
      'a model with a rat…      5  something else',
    ]);
    expect(renderTable(rows, columns, 30).split('\n')[1]).to.equal('a model with a rather …      5');
  });

  it('counts wide characters as two columns', () => {
    const rows = [
      { name: '模型', count: 1, extra: '' },
      { name: 'abcd', count: 2, extra: '' },
    ];
    expect(renderTable(rows, columns).split('\n').slice(1)).to.deep.equal(['模型      1', 'abcd      2']);
  });

  it('puts no control characters of the data on the terminal', () => {
    const table = renderTable([{ name: '\u001B]0;x\u0007', count: 1, extra: '' }], columns);
    expect(table).to.include('\uFFFD]0;x\uFFFD');
  });
});

describe('createTable', () => {
  it('writes the header once and keeps the columns of rows that come later', () => {
    const write = createTable(columns, undefined, { NAME: 10 });
    expect(write([{ name: 'a', count: 1, extra: 'x' }])).to.equal('NAME        COUNT  EXTRA\na               1  x');
    expect(write([{ name: 'b', count: 22, extra: 'y' }])).to.equal('b              22  y');
  });
});

describe('renderFacts', () => {
  it('folds details under themselves', () => {
    const facts = [
      { name: 'Calls', value: '12', details: ['one 1', 'two 2', 'three 3'] },
      { name: 'Cost', value: '$1.50' },
    ];
    expect(renderFacts(facts)).to.equal('Calls     12  one 1 · two 2 · three 3\nCost   $1.50');
    expect(renderFacts(facts, 30)).to.equal('Calls     12  one 1 · two 2\n              three 3\nCost   $1.50');
  });
});
