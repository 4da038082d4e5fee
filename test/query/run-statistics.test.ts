import { expect } from 'chai';
import { valuesOf } from '../../src/query/distribution.ts';
import { type RunTable } from '../../src/query/index/table.ts';
import { type Run, type RunKind, readRuns } from '../../src/query/run.ts';
import {
  agentStatistics,
  promptStatistics,
  type RunTotals,
  totalsWithGroups,
  workflowStatistics,
} from '../../src/query/run-statistics.ts';
import { Runs } from '../../src/query/runs.ts';
import { traceLine } from '../support/journal-builder.ts';
import { Random } from '../support/random.ts';
import { smallJournalSpans } from '../support/small-journal.ts';
import { tableOf } from '../support/table-of.ts';

/** The runs of the small journal, of one kind. */
function smallRuns(kind: Run['kind']): Run[] {
  const runs: Run[] = [];
  for (const span of smallJournalSpans()) readRuns(traceLine(span), runs);
  return runs.filter((run) => run.kind === kind);
}

function inPieces(kind: RunKind, runs: readonly Run[]): RunTable {
  const third = Math.floor(runs.length / 3);
  return tableOf(kind, runs.slice(0, third), runs.slice(third));
}

function together(runs: readonly Run[]): Runs {
  return Runs.matching(inPieces('prompt', runs), {});
}

function totalsOf(runs: Runs): RunTotals {
  return totalsWithGroups(runs, []).totals;
}

const blank = smallRuns('prompt')[0] as Run;

describe('run statistics, reckoned by hand', () => {
  it('of prompts: by variant, with a verdict', () => {
    const { totals, prompts, comparisons } = promptStatistics(inPieces('prompt', smallRuns('prompt')), {});
    expect(totals).to.include({ runs: 24, successes: 17, calls: 27, retries: 3 });
    expect(totals.costUsd).to.equal(0.00567);
    // As many of both: by name.
    const [plain, xml] = prompts;
    expect(xml).to.include({ prompt: 'classify', version: '2', variant: 'xml' });
    expect(xml?.totals).to.deep.include({
      runs: 12,
      successes: 11,
      outcomes: { success: 11, parse_failed: 1 },
      errorsByType: { parse_failed: 1 },
      tokens: { input: 12_000, output: 1200 },
      costUsd: 0.00252,
      retries: 0,
      // 800, 820, ... 1020 ms.
      durationMillis: { avg: 910, p50: 900, p95: 1020 },
    });
    expect(plain).to.include({ prompt: 'classify', version: '2', variant: 'plain' });
    expect(plain?.totals).to.deep.include({
      successes: 6,
      outcomes: { success: 6, parse_failed: 4, validation_failed: 2 },
      costUsd: 0.00315,
      retries: 3,
    });
    expect(plain?.totals.perRun.tokens.mean).to.equal(1375);
    expect(comparisons).to.have.length(1);
    expect(comparisons[0]).to.include({
      prompt: 'classify',
      by: 'variant',
      version: '2',
      first: 'xml',
      second: 'plain',
    });
    expect(comparisons[0]?.verdict.better).to.equal('xml');
    expect(comparisons[0]?.verdict.sentence).to.match(
      /^xml is better: it succeeds in 91\.7% of 12 runs against 50\.0% of 12/,
    );
  });

  it('of as many agents as there are runs, none of them looked at for each other one', () => {
    const runs = Array.from({ length: 20_000 }, (_, run) => ({ ...blank, name: `a${run}`, agent: `a${run}` }));
    const { totals, agents } = agentStatistics(inPieces('agent', runs), {});
    expect(totals.runs).to.equal(20_000);
    expect(agents).to.have.length(20_000);
  });

  it('of workflows: stages, skipped ones, fallbacks', () => {
    const { workflows } = workflowStatistics(inPieces('workflow', smallRuns('workflow')), {});
    expect(workflows).to.have.length(1);
    const [support] = workflows;
    expect(support?.totals).to.deep.include({
      runs: 3,
      successes: 2,
      calls: 6,
      failedCalls: 2,
      retries: 1,
      costUsd: 0.0879,
    });
    expect(support?.totals.durationMillis).to.deep.equal({ avg: 4000, p50: 5000, p95: 5000 });
    expect(support?.stages).to.deep.equal([
      { stage: 'triage', runs: 2, skipped: 1 },
      { stage: 'answer', runs: 3, skipped: 0 },
    ]);
    expect(support?.fallbacks).to.deep.equal([{ from: 'gpt-4o', to: 'claude-3-5-haiku-20241022', count: 1 }]);
  });

  it('of agents: the cost a run without what is not priced in whole', () => {
    const { agents } = agentStatistics(inPieces('agent', smallRuns('agent')), {});
    expect(agents[0]).to.include({ agent: 'scout' });
    expect(agents[0]?.totals).to.deep.include({
      runs: 2,
      successes: 1,
      costUsd: 0.0925,
      unpricedCalls: 1,
      unpricedRuns: 1,
      errorsByType: { TypeError: 1 },
    });
    expect(agents[0]?.totals.perRun.costUsd).to.deep.equal({ runs: 1, mean: 0, interval: null });
  });
});

describe('run statistics', () => {
  it('know nothing of what was not told', () => {
    const untold = {
      ...blank,
      calls: null,
      costUsd: null,
      inputTokens: null,
      outputTokens: null,
      retries: null,
      unpricedCalls: null,
    };
    expect(totalsOf(together([untold]))).to.deep.include({ runs: 1, costUsd: null, calls: 0 });
    expect(totalsOf(together([untold, blank])).unpricedRuns).to.equal(1);
    expect(totalsOf(together([untold])).perRun.tokens).to.deep.equal({ runs: 0, mean: null, interval: null });
    expect(totalsOf(together([]))).to.deep.include({ runs: 0, successRate: null, costUsd: 0 });
  });

  it('compare variants within a version, and the last two versions', () => {
    const runs = (version: string, variant: string | null, at: number): Run[] =>
      Array.from({ length: 5 }, () => ({ ...blank, version, variant, timeMillis: at }));
    const variants = promptStatistics(
      inPieces('prompt', [
        ...runs('1', 'a', 1),
        ...runs('1', 'b', 1),
        ...runs('2', 'a', 2),
        ...runs('2', 'b', 2),
        ...runs('2', 'c', 2),
      ]),
      {},
    );
    expect(variants.comparisons.map(({ version, first, second }) => [version, first, second])).to.deep.equal([
      ['2', 'a', 'b'],
      ['2', 'a', 'c'],
      ['1', 'a', 'b'],
      [null, 'version 2', 'version 1'],
    ]);
    const versions = promptStatistics(
      inPieces('prompt', [...runs('1', null, 1), ...runs('3', null, 3), ...runs('2', null, 2)]),
      {},
    );
    expect(versions.comparisons.map(({ by, first, second }) => [by, first, second])).to.deep.equal([
      ['version', 'version 2', 'version 3'],
    ]);
    expect(promptStatistics(inPieces('prompt', runs('1', null, 1)), {}).comparisons).to.deep.equal([]);
  });

  it('call no one of many alike variants better, more than once in twenty times', () => {
    const random = new Random(5);
    let alarms = 0;
    for (let i = 0; i < 300; i++) {
      const runs = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((variant) =>
        Array.from(
          { length: 60 },
          (): Run => ({ ...blank, variant, promptOutcome: random.maybe(0.7) ? 'success' : 'parse_failed' }),
        ),
      );
      if (promptStatistics(inPieces('prompt', runs), {}).comparisons.some(({ verdict }) => verdict.better !== null))
        alarms += 1;
    }
    // What chance makes of one in twenty, with a seed.
    expect(alarms / 300).to.be.at.most(0.05);
  });

  it('are those of all runs, group by group, whatever their order', () => {
    const random = new Random(6);
    const outcomes = ['success', 'parse_failed', 'validation_failed', 'error'];
    const runs = Array.from(
      { length: 500 },
      (): Run => ({
        ...blank,
        name: random.pick(['p', 'q', null]),
        version: random.pick(['1', '2', null]),
        variant: random.pick(['x', 'y', null]),
        promptOutcome: random.pick(outcomes),
        durationMillis: random.below(5000),
        costUsd: random.maybe(0.8) ? random.below(1000) / 1e5 : null,
        unpricedCalls: random.below(2),
        retries: random.below(3),
      }),
    );
    const { totals, prompts } = promptStatistics(inPieces('prompt', runs), {});
    expect(prompts.reduce((sum, group) => sum + group.totals.runs, 0)).to.equal(500);
    for (const { prompt, version, variant, totals: of } of prompts) {
      const mine = runs.filter((run) => run.name === prompt && run.version === version && run.variant === variant);
      expect(of.runs).to.equal(mine.length);
      expect(of.successes).to.equal(mine.filter((run) => run.promptOutcome === 'success').length);
      const costs = mine
        .filter((run) => run.costUsd !== null && run.unpricedCalls === 0)
        .map((run) => run.costUsd as number);
      expect(of.perRun.costUsd.runs).to.equal(costs.length);
      if (costs.length > 0)
        expect(of.perRun.costUsd.mean).to.be.closeTo(costs.reduce((a, b) => a + b, 0) / costs.length, 1e-12);
    }
    const { perRun, ...sums } = totals;
    expect(promptStatistics(inPieces('prompt', runs.toReversed()), {}).totals).to.deep.include(sums);
    expect(perRun.retries.runs).to.equal(500);
  });

  it('are those of the runs that a filter lets through', () => {
    const random = new Random(7);
    const runs = Array.from(
      { length: 400 },
      (): Run => ({
        ...blank,
        timeMillis: random.below(1000),
        durationMillis: random.below(50),
        version: random.pick(['1', '2']),
        workflow: random.pick(['a', 'b', null]),
        outcome: random.pick(['completed', 'error']),
        models: random.several(2, () => random.pick(['m', 'n'])),
      }),
    );
    const table = inPieces('prompt', runs);
    for (let i = 0; i < 100; i++) {
      const sinceMillis = random.pick([undefined, random.below(1100)]);
      const untilMillis = random.pick([undefined, random.below(1100)]);
      const workflows = random.pick([undefined, ['a'], ['a', 'b']]);
      const models = random.pick([undefined, ['m'], ['n', 'o']]);
      const promptVersions = random.pick([undefined, ['2']]);
      const onlyErrors = random.maybe(0.5);
      const expected = runs.filter(
        (run) =>
          run.timeMillis >= (sinceMillis ?? 0) &&
          run.timeMillis < (untilMillis ?? Infinity) &&
          (!workflows || workflows.includes(run.workflow ?? '')) &&
          (!models || run.models.some((model) => models.includes(model))) &&
          (!promptVersions || promptVersions.includes(run.version ?? '')) &&
          (!onlyErrors || run.outcome === 'error'),
      );
      const filter = { sinceMillis, untilMillis, workflows, models, promptVersions, onlyErrors };
      const found = Runs.matching(table, filter);
      const durations = valuesOf(found.parts.map((part) => part.values('duration')));
      expect([...durations.sort()], JSON.stringify(filter)).to.deep.equal(
        expected.map(({ durationMillis }) => durationMillis).sort((a, b) => a - b),
      );
      expect(totalsOf(found).runs).to.equal(expected.length);
    }
  });
});
