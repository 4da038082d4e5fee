import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { type Column, createTable, cutStart, type Fact, renderFacts, renderTable } from '../../src/cli/table.ts';

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

  it('makes of each row lines of its own where that is not enough', () => {
    const many: Column<Row>[] = [
      ...columns,
      { header: 'TOKENS', cell: () => '1,234,567' },
      { header: 'NONE', cell: () => '' },
      { header: 'COST', cell: () => '$0.0096', style: () => 'red' },
    ];
    const rows = [
      { name: 'a model with a rather long name', count: 5, extra: 'something else that is long' },
      { name: 'b', count: 6, extra: '模型' },
    ];
    expect(renderTable(rows, many, 30).split('\n')).to.deep.equal([
      'a model with a rather long na…',
      '  COUNT 5',
      '  EXTRA something else that i…',
      '  TOKENS 1,234,567',
      '  COST $0.0096',
      'b',
      '  COUNT 6 · EXTRA 模型',
      '  TOKENS 1,234,567',
      '  COST $0.0096',
    ]);
    const coloured = process.env.FORCE_COLOR;
    process.env.FORCE_COLOR = '1';
    try {
      // What gives it colour takes no room.
      const line = renderTable(rows.slice(1), many, 33).split('\n').at(-1) ?? '';
      expect(line).to.include('\u001B');
      expect(stripVTControlCharacters(line)).to.equal('  TOKENS 1,234,567 · COST $0.0096');
    } finally {
      if (coloured === undefined) delete process.env.FORCE_COLOR;
      else process.env.FORCE_COLOR = coloured;
    }
    const write = createTable(many, 30);
    expect(write(rows.slice(1)).split('\n')[0]).to.equal('b');
    expect(write(rows.slice(1)).split('\n')).to.have.length(4);
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
    expect(renderFacts(facts, 44)).to.equal('Calls     12  one 1 · two 2 · three 3\nCost   $1.50');
    const more = [{ ...(facts[0] as Fact), details: ['one 1', 'of very many words in one line', 'two 2'] }];
    expect(renderFacts(more, 44).split('\n')).to.deep.equal([
      'Calls  12  one 1',
      '           of very many words in one line',
      '           two 2',
    ]);
  });

  it('puts details below where there is little room beside', () => {
    const facts = [
      { name: 'Calls', value: '12', details: ['one 1', 'two 2', 'of very many words in one line'] },
      { name: 'Cost', value: '$1.50' },
    ];
    expect(renderFacts(facts, 20).split('\n')).to.deep.equal([
      'Calls     12',
      '  one 1 · two 2',
      '  of very many words',
      '  in one line',
      'Cost   $1.50',
    ]);
  });
});

describe('cutStart', () => {
  it('keeps the end of what is too long', () => {
    expect(cutStart('/var/lib/vitals', 15)).to.equal('/var/lib/vitals');
    expect(cutStart('/var/lib/vitals', 9)).to.equal('…b/vitals');
    expect(cutStart('/var/模型', 4)).to.equal('…型');
    expect(cutStart('/var/lib/vitals')).to.equal('/var/lib/vitals');
  });
});
