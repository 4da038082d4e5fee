import { expect } from 'chai';
import { type CompareQuestion, type Journal } from '../../src/query/journal.ts';
import { openJournal } from '../../src/runtime/open-journal.ts';
import * as names from '../../src/semconv.ts';
import { type CallSpec, callLine, writeJournal } from '../support/journal-builder.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

type Side = CompareQuestion['first'];

const AT = Date.UTC(2026, 10, 23, 10);

describe('the questions', () => {
  let journal: Journal;
  before(() => {
    const dir = tempDir();
    // gpt-4o costs $2.50, $1.25 and $10 a million, claude-opus-4-1 $15, $1.50 and $75.
    writeJournal(dir, [
      callLine({
        at: AT,
        model: 'gpt-4o',
        tier: 'cheap',
        workflow: 'w',
        input: 1000,
        output: 100,
        cost: 0.0035,
        millis: 100,
        attributes: {
          [names.AGENT_VITALS_COST_USD_INPUT]: 0.0025,
          [names.AGENT_VITALS_COST_USD_OUTPUT]: 0.001,
          [names.AGENT_VITALS_USER_HASH]: 'aa',
        },
      }),
      callLine({
        at: AT + 3_600_000,
        model: 'gpt-4o',
        tier: 'cheap',
        workflow: 'w',
        input: 1000,
        output: 100,
        cost: 0.00285,
        millis: 300,
        attributes: {
          [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: 520,
          [names.AGENT_VITALS_COST_USD_INPUT]: 0.0012,
          [names.AGENT_VITALS_COST_USD_CACHE_READ]: 0.00065,
          [names.AGENT_VITALS_COST_USD_OUTPUT]: 0.001,
          [names.AGENT_VITALS_USER_HASH]: 'bb',
        },
      }),
      callLine({ at: AT + 3 * 3_600_000, model: 'mystery', input: 10, output: 1, millis: 900 }),
      callLine({ at: AT, model: 'gpt-4o', outcome: 'error', errorType: '429', workflow: 'w', millis: 50 }),
    ]);
    journal = openJournal({ dir });
  });
  after(async () => {
    await journal.close();
    removeTempDirs();
  });

  it('say what cheaper models and caches saved', async () => {
    const { tiers, routing, caches, isPriceKnown } = await journal.savings({
      premium: { model: 'claude-opus-4-1', provider: 'anthropic' },
    });
    expect(isPriceKnown).to.equal(true);
    // 1000 × 15 + 100 × 75, and 480 × 15 + 520 × 1.5 + 100 × 75, by a million.
    const expected = { calls: 2, costUsd: 0.00635, premiumUsd: 0.03798, savedUsd: 0.03163 };
    expect(routing).to.deep.equal({ ...expected, unknownCalls: 1 });
    expect(tiers).to.deep.equal([
      { tier: 'cheap', ...expected, unknownCalls: 0 },
      { tier: null, calls: 0, costUsd: 0, premiumUsd: 0, savedUsd: 0, unknownCalls: 1 },
    ]);
    // 520 at 2.50 less 520 at 1.25.
    expect(caches).to.deep.equal({
      promptCacheUsd: 0.00065,
      promptCacheUnknownCalls: 0,
      ownCacheUsd: 0,
      ownCacheHits: 0,
      ownCacheUnknownHits: 0,
    });
  });

  it('say that nothing was saved where the premium model answered itself', async () => {
    const dir = tempDir();
    // $0.000035 in binary fractions is not what its two parts add up to.
    writeJournal(dir, [callLine({ at: AT, model: 'gpt-4o', input: 10, output: 1, cost: 0.000035 })]);
    const open = openJournal({ dir });
    expect((await open.savings({ premium: 'gpt-4o' })).routing).to.include({ costUsd: 0.000035, savedUsd: 0 });
    await open.close();
  });

  it('compare with no model that has no price', async () => {
    const { isPriceKnown, routing } = await journal.savings({ premium: 'no-such-model' });
    expect(isPriceKnown).to.equal(false);
    expect(routing).to.include({ calls: 0, unknownCalls: 3 });
  });

  it('say how much of the prompts came from the cache', async () => {
    const { totals, workflows, models } = await journal.cache();
    expect(totals).to.deep.equal({
      calls: 3,
      inputTokens: 2010,
      cacheReadTokens: 520,
      cacheWriteTokens: 0,
      hitRate: 520 / 2010,
      savedUsd: 0.00065,
      unpricedCalls: 0,
      advice: null,
    });
    expect(workflows.map(({ key }) => key)).to.deep.equal(['w', null]);
    expect(models.map(({ key }) => key)).to.deep.equal(['gpt-4o', 'mystery']);
  });

  it('advise only where the provider has a cache', async () => {
    const dir = tempDir();
    const several = (call: CallSpec): string[] =>
      Array.from({ length: 30 }, () => callLine({ at: AT, input: 5000, output: 10, ...call }));
    const embeddings = { [names.GEN_AI_OPERATION_NAME]: 'embeddings' };
    writeJournal(dir, [
      ...several({ model: 'text-embedding-3-small', workflow: 'rag', attributes: embeddings }),
      ...several({
        model: 'gpt-4o',
        workflow: 'rag',
        attributes: { [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: 4000 },
      }),
      ...several({ model: 'llama3', provider: 'ollama', workflow: 'local' }),
      ...several({ model: 'gpt-4o', workflow: 'wasteful' }),
    ]);
    const open = openJournal({ dir });
    const { workflows } = await open.cache();
    const told = workflows.map(({ key, totals }) => [key, totals.hitRate, totals.advice?.slice(0, 6) ?? null]);
    expect(told).to.have.deep.members([
      ['rag', 0.8, null],
      ['local', 0, null],
      ['wasteful', 0, 'Little'],
    ]);
    expect((await open.stats({ workflow: 'rag' })).totals.cacheHitRate).to.equal(0.8);
    await open.close();
  });

  it('know from the bill what it took to write a whole prompt to the cache for one hour', async () => {
    const dir = tempDir();
    const attributes = {
      [names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS]: 10_000,
      [names.AGENT_VITALS_COST_USD_INPUT]: 0,
      [names.AGENT_VITALS_COST_USD_CACHE_WRITE]: 0.016,
    };
    const call = { at: AT, provider: 'anthropic', model: 'claude-3-5-haiku-20241022', input: 10_000, cost: 0.016 };
    writeJournal(dir, [callLine({ ...call, attributes })]);
    const hourly = openJournal({ dir });
    // $0.80 a million without a cache, twice that for an hour in it.
    expect((await hourly.cache()).totals.savedUsd).to.equal(-0.008);
    await hourly.close();
  });

  it('do not take a cost that was not divided for one without a cache', async () => {
    const dir = tempDir();
    const attributes = {
      [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: 520,
      [names.AGENT_VITALS_COST_USD_INPUT]: 0.00185,
      [names.AGENT_VITALS_COST_USD_OUTPUT]: 0.001,
    };
    writeJournal(dir, [callLine({ at: AT, model: 'gpt-4o', input: 1000, output: 100, cost: 0.00285, attributes })]);
    const undivided = openJournal({ dir });
    // What the input cost has in it what was read: the price book knows better.
    expect((await undivided.cache()).totals.savedUsd).to.equal(0.00065);
    await undivided.close();
  });

  it('compare two sets of calls', async () => {
    const { figures } = await journal.compare({ first: { until: AT + 1 }, second: { since: AT + 1 } });
    expect(figures.calls).to.include({ first: 2, second: 2, change: 0, isSignificant: null });
    expect(figures.unpricedCalls).to.include({ first: 0, second: 1 });
    expect(figures.errorRate).to.include({ first: 0.5, second: 0, change: -0.5, isSignificant: false });
    expect(figures.latencyMillis).to.include({ first: 75, second: 600, relativeChange: 7 });
    expect(figures.costUsdPerCall).to.include({ first: 0.0035, second: 0.00285 });
  });

  it('say what a comparison of variants or versions takes together, and why nothing is said of the runs', async () => {
    const dir = tempDir();
    const line = (operation: string, prompt: string, version: string, variant: string): string =>
      callLine({
        at: AT,
        attributes: {
          [names.GEN_AI_OPERATION_NAME]: operation,
          [names.GEN_AI_PROMPT_NAME]: prompt,
          [names.AGENT_VITALS_PROMPT_VERSION]: version,
          [names.AGENT_VITALS_PROMPT_VARIANT]: variant,
        },
      });
    const of = (...words: [prompt: string, version: string, variant: string]): string[] =>
      ['chat', names.OPERATION_RUN_PROMPT].map((operation) => line(operation, ...words));
    writeJournal(dir, [
      ...of('p', '1', 'xml'),
      ...of('p', '2', 'plain'),
      ...of('q', '1', 'plain'),
      ...of('q', '1', 'json'),
      ...Array.from({ length: 7 }, (_, i) => of(`r${i}`, '1', 'md')).flat(),
      line('chat', 'p', '1', 'text'),
    ]);
    const prompts = openJournal({ dir });
    const notesOn = async (first: Side, second: Side): Promise<readonly string[]> =>
      (await prompts.compare({ first, second })).notes;
    const variants = (first: string, second: string, prompt?: string): Promise<readonly string[]> =>
      notesOn({ promptVariant: first, prompt }, { promptVariant: second, prompt });
    expect(await variants('xml', 'plain')).to.deep.equal([
      'The figures take 2 prompts together, p and q: ask for one to compare within it, as with --prompt p.',
      'Nothing is said of the runs: no version of a prompt has runs of both.',
    ]);
    expect(await variants('xml', 'plain', 'p')).to.deep.equal([
      'The figures take 2 versions of p together, 1 and 2: ask for one to compare within it, as with --where agent_vitals.prompt.version=1.',
      'Nothing is said of the runs: no version of a prompt has runs of both.',
    ]);
    expect(await variants('xml', 'json')).to.include('Nothing is said of the runs: no prompt has runs of both.');
    expect(await variants('plain', 'json', 'q')).to.deep.equal([]);
    expect(await variants('xml', 'text', 'p')).to.deep.equal([
      'Nothing is said of the runs: there are none of the variant "text".',
    ]);
    expect((await variants('xml', 'md'))[0]).to.equal(
      'The figures take 8 prompts together, p, r0, r1, r2, r3 and 3 more: ask for one to compare within it, as with --prompt p.',
    );
    // A version has all of its variants; periods and models say nothing of prompts.
    expect(await notesOn({ promptVersion: '1', prompt: 'p' }, { promptVersion: '2', prompt: 'p' })).to.deep.equal([
      'The figures take 3 variants of p together, plain, text and xml: ask for one to compare within it, as with --where agent_vitals.prompt.variant=plain.',
    ]);
    expect(await notesOn({ until: AT }, { since: AT })).to.deep.equal([]);
    await prompts.close();
  });

  it('compare the runs of two variants as far as the sides say which, and of nothing else they differ in', async () => {
    const dir = tempDir();
    const run = (prompt: string, version: string, variant: string): string =>
      callLine({
        at: AT,
        attributes: {
          [names.GEN_AI_OPERATION_NAME]: names.OPERATION_RUN_PROMPT,
          [names.GEN_AI_PROMPT_NAME]: prompt,
          [names.AGENT_VITALS_PROMPT_VERSION]: version,
          [names.AGENT_VITALS_PROMPT_VARIANT]: variant,
        },
      });
    const all = ['p', 'q'].flatMap((prompt) =>
      ['1', '2'].flatMap((version) => ['xml', 'plain', 'json'].map((variant) => run(prompt, version, variant))),
    );
    writeJournal(dir, [...all, ...all]);
    const prompts = openJournal({ dir });
    const runsOf = async (first: Side, second: Side): Promise<unknown[]> =>
      (await prompts.compare({ prompt: 'p', first, second })).runs.map((one) =>
        [one.prompt, one.version].concat([one.first, one.second].sort()),
      );
    const [xml, plain] = [{ promptVariant: 'xml' }, { promptVariant: 'plain' }];
    expect(await runsOf(xml, plain)).to.deep.equal([
      ['p', '1', 'plain', 'xml'],
      ['p', '2', 'plain', 'xml'],
    ]);
    // What both sides say beside it holds for the runs, too.
    expect(await runsOf({ ...xml, prompt: 'q' }, { ...plain, prompt: ['q'] })).to.deep.equal([
      ['q', '1', 'plain', 'xml'],
      ['q', '2', 'plain', 'xml'],
    ]);
    const second = { promptVersion: '2' };
    expect(await runsOf({ ...xml, ...second }, { ...plain, ...second })).to.deep.equal([['p', '2', 'plain', 'xml']]);
    expect(await runsOf({ ...xml, until: AT }, { ...plain, until: AT })).to.deep.equal([]);
    expect(await runsOf({ ...xml, promptVersion: '1' }, { ...xml, ...second })).to.deep.equal([
      ['p', null, 'version 1', 'version 2'],
    ]);
    for (const [one, other] of [
      [
        { ...xml, promptVersion: '1' },
        { ...plain, ...second },
      ],
      [xml, { ...plain, until: AT + 1 }],
      [xml, {}],
      [xml, xml],
      [{ model: 'a' }, { model: 'b' }],
    ] as const)
      expect(await runsOf(one, other)).to.deep.equal([]);
    await prompts.close();
  });

  it('list users, the dearest calls, the slowest, and what fails', async () => {
    const { count, users } = await journal.users();
    expect(count).to.equal(2);
    expect(users.map(({ userHash, costUsd }) => [userHash, costUsd])).to.deep.equal([
      ['aa', 0.0035],
      ['bb', 0.00285],
      [null, null],
    ]);
    const { calls } = await journal.top({ limit: 1 });
    expect(calls[0]).to.include({ model: 'gpt-4o', costUsd: 0.0035, userHash: 'aa', timeMillis: AT });
    expect(calls[0]?.traceId).to.match(/^[0-9a-f]{32}$/);
    expect(
      (await journal.top({ by: 'duration', limit: 2 })).calls.map(({ durationMillis }) => durationMillis),
    ).to.deep.equal([900, 300]);
    expect((await journal.top({ by: 'errors' })).failing).to.deep.equal([
      { model: 'gpt-4o', workflow: 'w', calls: 3, errors: 1, errorRate: 1 / 3, errorsByType: { 429: 1 } },
    ]);
  });

  it('show time without gaps', async () => {
    const { points } = await journal.timeline({ by: 'hour', timeZone: 'America/New_York' });
    expect(points.map(({ period, calls }) => [period, calls])).to.deep.equal([
      ['2026-11-23T05:00', 2],
      ['2026-11-23T06:00', 1],
      ['2026-11-23T07:00', 0],
      ['2026-11-23T08:00', 1],
    ]);
    expect(points.map(({ costUsd }) => costUsd)).to.deep.equal([0.0035, 0.00285, 0, null]);
  });

  it('take filters, and say what is no moment', async () => {
    expect((await journal.stats({ model: ['mystery', 'x'] })).totals.calls).to.equal(1);
    expect((await journal.stats({ workflow: 'w', onlyErrors: true })).totals.calls).to.equal(1);
    expect((await journal.stats({ since: AT + 1, until: new Date(AT + 3_600_001) })).totals.calls).to.equal(1);
    const error = await journal.stats({ since: 'tomorrow' }).catch((reason: unknown) => reason);
    expect(error).to.be.an('error').with.property('name', 'PeriodError');
  });
});
