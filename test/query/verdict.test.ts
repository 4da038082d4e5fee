import { expect } from 'chai';
import { type RunGroup, verdictOf } from '../../src/query/verdict.ts';

function group(
  name: string,
  successes: number,
  count: number,
  costUsd = 0.004,
  over: Partial<RunGroup> = {},
): RunGroup {
  return {
    name,
    success: { successes, count },
    retries: { count, mean: 0.2, variance: 0.2 },
    tokens: { count, mean: 1200, variance: 250_000 },
    costUsd: { count, mean: costUsd, variance: costUsd ** 2 / 4 },
    durationMillis: { count, mean: 1500, variance: 640_000 },
    ...over,
  };
}

describe('verdictOf', () => {
  for (const [first, second, better, sentence] of [
    [
      group('xml', 230, 250),
      group('plain', 194, 240),
      'xml',
      'xml is better: it succeeds in 92.0% of 250 runs against 80.8% of 240, 5.0 to 17.2 percentage points more (more than 99.9% sure). In cost, time, tokens and retries no difference stands out.',
    ],
    [
      group('xml', 23, 25, 0.0031),
      group('plain', 21, 25, 0.0046),
      null,
      'It is not settled which succeeds more often: xml does in 92.0% of 25 runs against 84.0% of 25. That this is more than chance is 54.6% sure, and 95% is asked for. If it stays as it is, some 237 more of each would settle it. xml is cheaper: $0.0031 a run against $0.0046 (99.0% sure).',
    ],
    [
      group('a', 9, 10),
      group('b', 18, 20),
      null,
      'a and b succeed alike: 90.0% of 10 runs against 90.0% of 20. A difference of up to 31.1 percentage points is not ruled out. In cost, time, tokens and retries no difference stands out.',
    ],
    [
      group('long', 90, 100),
      group('new', 4, 5),
      null,
      'It is not settled which succeeds more often: long does in 90.0% of 100 runs against 80.0% of 5. That this is more than chance is 62.3% sure, and 95% is asked for. If it stays as it is, some 102 more of long and 197 more of new would settle it. In cost, time, tokens and retries no difference stands out.',
    ],
    [
      group('a', 99_999, 100_000),
      group('b', 99_998, 100_000),
      null,
      'It is not settled which succeeds more often: a does in 99.999% of 100,000 runs against 99.998% of 100,000. That this is more than chance is 34.5% sure, and 95% is asked for. If it stays as it is, some 2,300,284 more of each would settle it. In cost, time, tokens and retries no difference stands out.',
    ],
    [
      group('a', 9, 10, 0.004, { costUsd: { count: 0, mean: 0, variance: 0 } }),
      group('b', 9, 10),
      null,
      'a and b succeed alike: 90.0% of 10 runs against 90.0% of 10. A difference of up to 33.0 percentage points is not ruled out. In time, tokens and retries no difference stands out.',
    ],
    [group('a', 3, 4), group('b', 0, 0), null, 'b has no runs yet.'],
    [
      group('a', 1, 1),
      group('b', 0, 1),
      null,
      'So few runs cannot tell which succeeds more often: a does in 100.0% of 1 run against 0.0% of 1. If it stays as it is, some 3 more of each would settle it.',
    ],
    [
      group('a', 3, 3),
      group('b', 0, 3),
      null,
      'So few runs cannot tell which succeeds more often: a does in 100.0% of 3 runs against 0.0% of 3. If it stays as it is, 1 more of each would settle it. In cost, time, tokens and retries no difference stands out.',
    ],
    [
      group('a', 1, 1),
      group('b', 1, 1),
      null,
      'So few runs cannot tell which succeeds more often. So far a and b succeed alike: 100.0% of 1 run against 100.0% of 1.',
    ],
    [
      group('a', 4, 4),
      group('b', 4, 4),
      null,
      'a and b succeed alike: 100.0% of 4 runs against 100.0% of 4. A difference of up to 52.5 percentage points is not ruled out. In cost, time, tokens and retries no difference stands out.',
    ],
    [
      group('a', 999_800, 1_000_000),
      group('b', 999_700, 1_000_000),
      'a',
      'a is better: it succeeds in 99.98% of 1,000,000 runs against 99.97% of 1,000,000, 0.00561 to 0.0144 percentage points more (more than 99.9% sure). In cost, time, tokens and retries no difference stands out.',
    ],
  ] as const) {
    it(`says: ${sentence}`, () => {
      const verdict = verdictOf(first, second);
      expect(verdict.sentence).to.equal(sentence);
      expect(verdict.better).to.equal(better);
      expect(verdict.hasTooFewRuns).to.equal(sentence.startsWith('So few') || second.success.count === 0);
      const back = verdictOf(second, first);
      expect(back.better).to.equal(better);
      expect(back.figures.costUsd.better).to.equal(verdict.figures.costUsd.better);
    });
  }

  it('is not sure of what is one of many comparisons', () => {
    const { sentence } = verdictOf(group('a', 10, 20), group('b', 9, 20), 3);
    expect(sentence).to.include('a does in 50.0% of 20 runs against 45.0% of 20. This may well be chance. If it stays');
  });

  it('calls better what costs, takes and repeats less', () => {
    const worse = { count: 100, mean: 10, variance: 1 };
    const less = { count: 100, mean: 9, variance: 1 };
    const verdict = verdictOf(
      group('worse', 50, 100, 0, { retries: worse, tokens: worse, costUsd: worse, durationMillis: worse }),
      group('less', 50, 100, 0, { retries: less, tokens: less, costUsd: less, durationMillis: less }),
    );
    for (const figure of ['retries', 'tokens', 'costUsd', 'durationMillis'] as const)
      expect(verdict.figures[figure], figure).to.include({ first: 10, second: 9, better: 'less' });
  });
});
