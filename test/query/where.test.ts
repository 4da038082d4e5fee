import { expect } from 'chai';
import { withMatchingSpans } from '../../src/query/where.ts';
import { openJournal } from '../../src/runtime/open-journal.ts';
import { callLine, spanOf, traceLine, writeJournal } from '../support/journal-builder.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const attributes = { region: 'eu', retried: true, size: 12, share: 0.5, tags: ['a', 'b'] };
const line = traceLine(spanOf({ attributes }), spanOf({ attributes: { ...attributes, region: 'us' } }));

function spansIn(text: string): number {
  return JSON.parse(text).resourceSpans[0].scopeSpans[0].spans.length;
}

describe('withMatchingSpans', () => {
  for (const [where, spans] of [
    [{}, 2],
    [{ region: 'eu' }, 1],
    [{ region: ['eu', 'us'] }, 2],
    [{ region: 'eu', retried: 'true' }, 1],
    [{ retried: 'false' }, 0],
    [{ size: '12', share: '0.5' }, 2],
    [{ tags: 'b' }, 2],
    [{ tags: 'c' }, 0],
    [{ 'service.name': 'test', region: 'us' }, 1],
    [{ none: '' }, 0],
  ] as const) {
    it(`leaves ${spans} with ${JSON.stringify(where)}`, () => {
      expect(spansIn(withMatchingSpans(line, where))).to.equal(spans);
    });
  }

  it('leaves what is damaged as it is', () => {
    for (const damaged of ['{"torn', '7', '[]', 'null'])
      expect(withMatchingSpans(damaged, { a: 'b' })).to.equal(damaged);
    const odd = '{"resourceSpans":[7,{"scopeSpans":[{"spans":[8]},{"spans":"x"}]}]}';
    expect(withMatchingSpans(odd, { a: 'b' })).to.equal(odd);
  });
});

describe('a question about attributes', () => {
  after(removeTempDirs);

  it('is answered as one about those calls alone, damage counted', async () => {
    const dir = tempDir();
    const calls = (region: string, count: number): string[] =>
      Array.from({ length: count }, (_, i) =>
        callLine({ at: 1_780_000_000_000 + i, input: i, cost: 0.25, attributes: { region } }),
      );
    const other = tempDir();
    const [afterNuls, otherAfterNuls] = ['eu', 'us'].flatMap((region) => calls(region, 1).map((call) => `\0\0${call}`));
    writeJournal(dir, [...calls('eu', 5), '{"torn', ...calls('us', 7), afterNuls as string, otherAfterNuls as string]);
    writeJournal(other, ['{"torn', ...calls('eu', 5), afterNuls as string, '\0\0']);
    const { journal, ...where } = await openJournal({ dir }).stats({ where: { region: 'eu' } });
    const { journal: _, ...alone } = await openJournal({ dir: other }).stats();
    expect(where).to.deep.equal(alone);
    expect(where.totals.calls).to.equal(6);
    expect(journal).to.include({ corruptLines: 3, lines: 15 });
    expect((await openJournal({ dir }).stats({ where: { region: 'asia' } })).totals.calls).to.equal(0);
  });

  it('looks at the last of two of a name, and at a last line without its end', async () => {
    const dir = tempDir();
    const span = spanOf({ attributes: { region: 'us' } }) as { attributes: object[] };
    span.attributes.push({ key: 'region', value: { stringValue: 'eu' } });
    writeJournal(dir, Buffer.from(`${traceLine(span)}\n${callLine({ attributes: { region: 'eu' } })}`));
    const journal = openJournal({ dir });
    expect((await journal.stats({ where: { region: 'eu' } })).totals.calls).to.equal(2);
    expect((await journal.stats({ where: { region: 'us' } })).totals.calls).to.equal(0);
  });
});
