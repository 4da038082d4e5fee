import { expect } from 'chai';
import { renderVerdicts } from '../../src/cli/run-views.ts';
import type { PromptComparison } from '../../src/query/run-statistics.ts';
import { type RunGroup, verdictOf } from '../../src/query/verdict.ts';

function group(name: string, successes: number, count: number): RunGroup {
  const figure = { count, mean: 1, variance: count > 1 ? 1 : 0 };
  const success = { successes, count };
  return { name, success, retries: figure, tokens: figure, costUsd: figure, durationMillis: figure };
}

/** The first with each of the others. */
function compare(
  [first, ...others]: readonly [RunGroup, ...RunGroup[]],
  version: string | null = null,
): PromptComparison[] {
  const pairs = ((others.length + 1) * others.length) / 2;
  return others.map((other) => {
    const verdict = verdictOf(first, other, pairs);
    return { prompt: 'p', by: 'variant', version, first: first.name, second: other.name, verdict };
  });
}

describe('verdicts', () => {
  it('are one sentence where nothing stands out between many, and few runs are told as few', () => {
    const many = Array.from({ length: 20 }, (_, i) => group(`v${i}`, i < 19 ? 1 : 0, 1));
    expect(renderVerdicts(compare(many as [RunGroup, ...RunGroup[]], '2'))).to.deep.equal([
      'p, version 2: So few runs cannot tell which succeeds more often: v0 succeeds in 100.0%, v1, v2, v3 and 16 others in 0.0% to 100.0%. If it stays as it is, some 6 more of each would tell v0 from v19, and others later.',
    ]);
    const alike = [group('a', 18, 20), group('b', 18, 20), group('c', 18, 20), group('d', 18, 20)] as const;
    expect(renderVerdicts(compare(alike))).to.deep.equal([
      'p: Nothing stands out yet: a succeeds in 90.0%, b, c and d in 90.0%.',
    ]);
  });

  it('are told of each that stands out, and of each of a few', () => {
    const [best, worst] = [group('a', 99, 100), group('z', 5, 100)];
    const found = renderVerdicts(compare([best, group('b', 98, 100), group('c', 97, 100), group('d', 97, 100), worst]));
    expect(found).to.have.length(2);
    expect(found[0]).to.match(/^p: a is better: it succeeds in 99\.0% of 100 runs against 5\.0% of 100/);
    expect(found[1]).to.match(
      /^p: Nothing stands out yet: a succeeds in 99\.0%, b, c and d in 97\.0% to 98\.0%\. If it stays/,
    );
    expect(renderVerdicts(compare([best, group('b', 98, 100), group('c', 97, 100)]))).to.have.length(2);
    // Of each version.
    const versions = ['1', '2'].flatMap((version) =>
      compare([best, group('b', 98, 100), group('c', 97, 100)], version),
    );
    expect(renderVerdicts(versions)).to.have.length(4);
  });
});
