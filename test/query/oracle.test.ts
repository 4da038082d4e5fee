// Every question, with every filter, against the plainest way to answer it: all calls and runs as objects, looked at one by one.
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { compareMeans, compareRates, type Sample } from '../../src/internal/significance.ts';
import { createPricing } from '../../src/pricing/pricing.ts';
import { type Call, modelOf, readCalls } from '../../src/query/call.ts';
import { type Journal } from '../../src/query/journal.ts';
import { type Question } from '../../src/query/question.ts';
import { type Run, type RunKind, readRuns } from '../../src/query/run.ts';
import { type PromptComparison } from '../../src/query/run-statistics.ts';
import { openJournal } from '../../src/runtime/open-journal.ts';
import * as names from '../../src/semconv.ts';
import { type CallSpec, spanOf, traceLine } from '../support/journal-builder.ts';
import {
  costOf,
  expectNear,
  expectRunTotals,
  expectTotals,
  isAbout,
  isUnpriced,
  rankOf,
  sampleOf,
  sumOf,
} from '../support/journal-truth.ts';
import { Random } from '../support/random.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const NOW = Date.UTC(2026, 10, 1);
const HOUR = 3_600_000;
const PREMIUM = { model: 'claude-opus-4-1', provider: 'anthropic' };
const pricing = createPricing();

type Attributes = NonNullable<CallSpec['attributes']>;

/** @param isPlain calls are much alike: then there are many of a kind. */
function context(random: Random, isPlain: boolean): Attributes {
  if (isPlain) return random.maybe(0.3) ? { [names.GEN_AI_AGENT_NAME]: random.pick(['scout', 'clerk']) } : {};
  return {
    ...(random.maybe() && { [names.GEN_AI_WORKFLOW_NAME]: random.pick(['v', 'w', '"quoted"']) }),
    ...(random.maybe(0.3) && { [names.GEN_AI_AGENT_NAME]: random.pick(['scout', 'clerk']) }),
    ...(random.maybe(0.4) && {
      [names.GEN_AI_PROMPT_NAME]: random.pick(['p', 'q']),
      [names.AGENT_VITALS_PROMPT_VERSION]: random.pick(['1', '2']),
      [names.AGENT_VITALS_PROMPT_VARIANT]: random.pick(['xml', 'plain']),
    }),
    ...(random.maybe() && { [names.AGENT_VITALS_USER_HASH]: random.pick(['aa', 'bb', 'cc']) }),
    ...(random.maybe() && { region: random.pick(['eu', 'us', '7', true, 7, 0.5]) }),
    ...(random.maybe(0.2) && { tags: random.several(3, () => random.pick(['a', 'b'])) }),
    ...(random.maybe(0.2) && { 'request.id': random.hex(12) }),
  };
}

/** Of those that are much alike many are within minutes. */
function timeOf(random: Random, isPlain: boolean): number {
  return NOW - (isPlain ? random.below(20) * 6 * HOUR + random.below(600_000) : random.below(5 * 24 * HOUR));
}

function randomCall(random: Random, isPlain: boolean): object {
  const [provider, model] = random.pick([
    ['openai', 'gpt-4o'],
    ['openai', 'gpt-4o-mini'],
    ['anthropic', 'claude-3-5-haiku-20241022'],
    ['home', 'mystery'],
  ] as const);
  // Some are more than two bytes hold.
  const input = random.below(random.maybe(0.9) ? 5000 : 200_000);
  const [cached, written] = [random.below(input + 1), random.maybe(0.3) ? random.below(100) : 0];
  const isHit = !isPlain && random.maybe(0.1);
  const cost = Math.round(random.next() * 1e6) / 1e9;
  return spanOf({
    at: timeOf(random, isPlain),
    millis: random.below(5_000_000) / 1000,
    model,
    provider,
    ...(!isPlain && random.maybe() && { tier: random.pick(['cheap', '__proto__']) }),
    ...((isPlain || random.maybe(0.8)) && { input, output: random.below(500) }),
    ...((isPlain || random.maybe(0.7)) && { cost }),
    ...(random.maybe(0.1) && { outcome: 'error' as const, errorType: random.pick(['429', 'timeout']) }),
    integersAsText: random.maybe(),
    attributes: {
      ...context(random, isPlain),
      ...(!isPlain && random.maybe(0.2) && { [names.GEN_AI_OPERATION_NAME]: 'embeddings' }),
      ...(model === 'gpt-4o' && random.maybe() && { [names.GEN_AI_RESPONSE_MODEL]: 'gpt-4o-2024-08-06' }),
      ...(model === 'gpt-4o' && random.maybe(0.2) && { [names.GEN_AI_REQUEST_MODEL]: undefined }),
      ...(random.maybe() && {
        [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: cached,
        [names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS]: Math.min(written, input - cached),
      }),
      ...((isPlain || random.maybe()) && {
        [names.AGENT_VITALS_COST_USD_INPUT]: cost / 2,
        ...(random.maybe(0.8) && { [names.AGENT_VITALS_COST_USD_CACHE_READ]: cost / 4 }),
        [names.AGENT_VITALS_COST_USD_CACHE_WRITE]: 0,
        [names.AGENT_VITALS_COST_USD_OUTPUT]: cost / 4,
      }),
      ...(random.maybe(0.4) && { [names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK]: random.next() }),
      ...(isHit && { [names.AGENT_VITALS_CACHE_HIT]: true, [names.AGENT_VITALS_CACHE_TYPE]: 'exact' }),
      ...(isHit && random.maybe() && { [names.AGENT_VITALS_CACHE_SAVED_USD]: random.below(1000) / 1e6 }),
    },
  });
}

function randomRun(random: Random, isPlain: boolean): object {
  const operation = random.pick([
    names.OPERATION_RUN_PROMPT,
    names.OPERATION_INVOKE_WORKFLOW,
    names.OPERATION_INVOKE_AGENT,
  ]);
  const failed = random.maybe(0.2);
  const calls = random.below(4);
  return spanOf({
    at: timeOf(random, isPlain),
    millis: random.below(9000),
    ...(failed && { outcome: 'error' as const, errorType: random.pick(['429', 'TypeError']) }),
    attributes: {
      ...context(random, isPlain),
      [names.GEN_AI_OPERATION_NAME]: operation,
      [names.GEN_AI_PROVIDER_NAME]: undefined,
      [names.GEN_AI_REQUEST_MODEL]: undefined,
      ...(operation === names.OPERATION_RUN_PROMPT && {
        [names.GEN_AI_PROMPT_NAME]: random.pick(['p', 'q']),
        [names.AGENT_VITALS_PROMPT_VERSION]: random.pick(['1', '2']),
        [names.AGENT_VITALS_PROMPT_VARIANT]: random.pick(['xml', 'plain']),
        [names.AGENT_VITALS_PROMPT_OUTCOME]: failed ? 'parse_failed' : 'success',
      }),
      ...(random.maybe(0.8) && {
        [names.AGENT_VITALS_RUN_CALLS]: calls,
        [names.AGENT_VITALS_RUN_INPUT_TOKENS]: 100 * calls,
        [names.AGENT_VITALS_RUN_OUTPUT_TOKENS]: 10 * calls,
        [names.AGENT_VITALS_RUN_UNPRICED_CALLS]: random.below(2),
        [names.AGENT_VITALS_RUN_RETRIES]: random.below(3),
        [names.AGENT_VITALS_RUN_MODELS]: random.several(2, () => random.pick(['gpt-4o', 'gpt-4o-mini'])),
        [names.AGENT_VITALS_RUN_PROVIDERS]: ['openai'],
      }),
      ...(random.maybe() && { [names.AGENT_VITALS_RUN_COST_USD]: random.below(1e6) / 1e9 }),
      ...(random.maybe(0.2) && {
        [names.AGENT_VITALS_RUN_FALLBACK_FROM]: ['gpt-4o'],
        [names.AGENT_VITALS_RUN_FALLBACK_TO]: [random.pick(['mystery', 'gpt-4o-mini'])],
      }),
      ...(random.maybe() && { [names.AGENT_VITALS_WORKFLOW_STAGES]: random.several(2, () => random.pick(['s', 't'])) }),
    },
  });
}

interface Truth {
  readonly calls: Call[];
  readonly runs: Run[];
}

/** What a span says by an attribute of any name, of its own or of its resource. */
function hasWhere(span: object, resource: readonly string[], where: Question['where']): boolean {
  const { attributes } = span as { attributes: { key: string; value: Record<string, any> }[] };
  return Object.entries(where ?? {}).every(([name, wanted]) => {
    const own = attributes.find(({ key }) => key === name)?.value;
    const texts = own
      ? (own.arrayValue?.values ?? [own]).flatMap((value: object) => Object.values(value).map(String))
      : name === names.SERVICE_NAME
        ? resource
        : [];
    return [wanted].flat().some((text) => texts.includes(text));
  });
}

/** What a prompt cache saved of a call; `undefined` when that is not known. */
function cacheSaved(call: Call): number | undefined {
  const { tokens, costUsd, provider, requestModel, responseModel, timeMillis } = call;
  const [input, read, write] = [tokens.input ?? 0, tokens.cacheRead ?? 0, tokens.cacheCreation ?? 0];
  const fresh = input - read - write;
  const told =
    costUsd !== null &&
    costUsd.input !== null &&
    (read === 0 || costUsd.cacheRead !== null) &&
    (write === 0 || costUsd.cacheWrite !== null);
  const paid = (costUsd?.cacheRead ?? 0) + (costUsd?.cacheWrite ?? 0);
  if (told && fresh > 0 && (costUsd.input ?? 0) > 0) return ((costUsd.input ?? 0) / fresh) * (read + write) - paid;
  const priceOf = (usage: object): number | undefined =>
    pricing.priceOf({
      provider: provider ?? undefined,
      model: responseModel ?? requestModel ?? undefined,
      requestModel: requestModel ?? undefined,
      at: timeMillis,
      usage: { input, output: 0, ...usage },
    })?.totalUsd;
  const without = priceOf({});
  if (told && fresh === 0 && paid > 0) return without && without - paid;
  const withCache = priceOf({ cacheRead: read, cacheWrite: write });
  return without !== undefined && withCache !== undefined ? without - withCache : undefined;
}

async function checkCalls(journal: Journal, question: Question, calls: readonly Call[], what: string): Promise<void> {
  const timeZone = question.timeZone as string;
  const { totals, by } = await journal.stats(question);
  expectTotals(totals, calls, `${what}: stats`);
  const { totals: byModel } = await journal.stats({ ...question, by: ['model'] });
  expectTotals(byModel, calls, `${what}: stats by model`);
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const keys = {
    model: modelOf,
    provider: ({ provider }: Call) => provider,
    workflow: ({ workflow }: Call) => workflow,
    tier: ({ tier }: Call) => tier,
    day: ({ timeMillis }: Call) => day.format(timeMillis),
  };
  for (const [dimension, keyOf] of Object.entries(keys)) {
    const expected = Map.groupBy(calls, keyOf);
    const groups = by[dimension as keyof typeof keys] ?? [];
    expect(new Set(groups.map(({ key }) => key)), `${what}: ${dimension}`).to.deep.equal(new Set(expected.keys()));
    for (const group of groups)
      expectTotals(group.totals, expected.get(group.key) ?? [], `${what}: ${dimension} ${group.key}`);
  }

  for (const unit of ['day', 'hour'] as const) {
    const { points } = await journal.timeline({ ...question, by: unit });
    const hour = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
    const nameOf = ({ timeMillis }: Call): string =>
      unit === 'day' ? day.format(timeMillis) : `${hour.format(timeMillis).slice(0, 13).replace(' ', 'T')}:00`;
    const expected = Map.groupBy(calls, nameOf);
    // An hour that comes twice has its offset in its name.
    const found = Map.groupBy(points, ({ period }) => period.slice(0, unit === 'day' ? 10 : 16));
    for (const [period, some] of found) {
      const mine = expected.get(period) ?? [];
      expect(
        sumOf(some, (point) => point.calls),
        `${what}: ${unit} ${period}`,
      ).to.equal(mine.length);
      expect(sumOf(some, (point) => point.tokens.input)).to.equal(sumOf(mine, ({ tokens }) => tokens.input));
      if (some.length > 1) continue;
      expectNear(some[0]?.costUsd ?? null, costOf(mine), `${what}: ${unit} ${period}`);
      const durations = mine.filter(({ cacheHit }) => !cacheHit).map(({ durationMillis }) => durationMillis);
      expect(some[0]?.latencyMillis.p95, `${what}: ${unit} ${period}`).to.equal(rankOf(durations, 95));
    }
    expect(
      [...expected.keys()].filter((period) => !found.has(period)),
      `${what}: ${unit}`,
    ).to.deep.equal([]);
  }

  const { users, count } = await journal.users(question);
  const byUser = Map.groupBy(calls, ({ userHash }) => userHash);
  expect(count, what).to.equal([...byUser.keys()].filter((hash) => hash !== null).length);
  expect(users.length, what).to.equal(byUser.size);
  for (const user of users) {
    const mine = byUser.get(user.userHash) ?? [];
    const times = mine.map(({ timeMillis }) => timeMillis);
    expect(user, `${what}: users`).to.deep.include({
      calls: mine.length,
      errors: mine.filter(({ outcome }) => outcome === 'error').length,
      unpricedCalls: mine.filter(isUnpriced).length,
      firstMillis: Math.min(...times),
      lastMillis: Math.max(...times),
    });
    expectNear(user.costUsd, costOf(mine), `${what}: users`);
  }

  for (const unit of ['cost', 'duration'] as const) {
    const { calls: most } = await journal.top({ ...question, by: unit, limit: 5 });
    const valueOf = (call: Call): number => (unit === 'cost' ? (call.costUsd?.total ?? -1) : call.durationMillis);
    const expected = calls
      .filter((call) => valueOf(call) >= 0)
      .toSorted((a, b) => valueOf(b) - valueOf(a))
      .slice(0, 5);
    expect(
      most.map(({ costUsd, durationMillis }) => (unit === 'cost' ? costUsd : durationMillis)),
      what,
    ).to.deep.equal(expected.map(valueOf));
    for (const found of most) {
      const call = calls.find(({ spanId }) => spanId === found.spanId) as Call;
      expect(found, `${what}: top`).to.deep.include({
        traceId: call.traceId,
        timeMillis: call.timeMillis,
        model: modelOf(call),
        agent: call.agent,
        prompt: call.prompt,
        workflow: call.workflow,
        userHash: call.userHash,
        outcome: call.outcome,
      });
    }
  }
  const { failing } = await journal.top({ ...question, by: 'errors', limit: 100 });
  const failed = Map.groupBy(
    calls.filter(({ outcome }) => outcome === 'error'),
    (call) => JSON.stringify([modelOf(call), call.workflow]),
  );
  expect(
    new Map(failing.map(({ model, workflow, errors }) => [JSON.stringify([model, workflow]), errors])),
  ).to.deep.equal(new Map([...failed].map(([key, some]) => [key, some.length])));

  const { totals: cache, workflows } = await journal.cache(question);
  const withInput = calls.filter(({ operation, tokens }) => operation !== 'embeddings' && (tokens.input ?? 0) > 0);
  const cached = withInput.filter(({ tokens }) => (tokens.cacheRead ?? 0) + (tokens.cacheCreation ?? 0) > 0);
  const saved = cached.map(cacheSaved);
  const known = saved.filter((usd) => usd !== undefined);
  expect(cache, `${what}: cache`).to.deep.include({
    calls: withInput.length,
    cacheReadTokens: sumOf(withInput, ({ tokens }) => tokens.cacheRead),
    cacheWriteTokens: sumOf(withInput, ({ tokens }) => tokens.cacheCreation),
    unpricedCalls: saved.length - known.length,
  });
  expectNear(
    cache.savedUsd,
    saved.length > 0 && known.length === 0 ? null : sumOf(known, (usd) => usd),
    `${what}: cache`,
  );
  expect(new Map(workflows.map(({ key, totals: of }) => [key, of.calls])), `${what}: cache`).to.deep.equal(
    new Map([...Map.groupBy(withInput, ({ workflow }) => workflow)].map(([key, some]) => [key, some.length])),
  );

  const { tiers, routing, caches } = await journal.savings({ ...question, premium: PREMIUM });
  const asked = calls.filter(({ cacheHit }) => !cacheHit);
  const onPremium = (call: Call): number | undefined => {
    const { tokens, costUsd, timeMillis } = call;
    if (costUsd === null) return undefined;
    const usage = {
      input: tokens.input ?? 0,
      output: tokens.output ?? 0,
      cacheRead: tokens.cacheRead ?? 0,
      cacheWrite: tokens.cacheCreation ?? 0,
      reasoning: tokens.reasoning ?? 0,
    };
    return pricing.priceOf({ ...PREMIUM, usage, at: timeMillis })?.totalUsd;
  };
  for (const [tier, some] of [...Map.groupBy(asked, (call) => call.tier), ['all', asked] as const]) {
    const found = tier === 'all' ? routing : tiers.find((each) => each.tier === tier);
    const compared = some.filter((call) => onPremium(call) !== undefined);
    expect(found, `${what}: savings ${tier}`).to.deep.include({
      calls: compared.length,
      unknownCalls: some.filter((call) => isUnpriced(call) || (call.costUsd && onPremium(call) === undefined)).length,
    });
    expectNear(
      found?.costUsd ?? null,
      sumOf(compared, ({ costUsd }) => costUsd?.total ?? 0),
      `${what}: savings`,
    );
    expectNear(
      found?.premiumUsd ?? null,
      sumOf(compared, (call) => onPremium(call) ?? 0),
      `${what}: savings`,
    );
  }
  const hits = calls.filter(({ cacheHit }) => cacheHit);
  expect(caches, `${what}: savings`).to.deep.include({
    ownCacheHits: hits.length,
    ownCacheUnknownHits: hits.filter((call) => call.saved.usd === null).length,
  });

  const fallbacks = await journal.models(question);
  expect(new Set(fallbacks.models.flatMap(({ model, totals: of }) => (of.calls > 0 ? model : [])))).to.deep.equal(
    new Set(Map.groupBy(calls, modelOf).keys()),
  );
}

interface Compared {
  readonly first: Question;
  readonly second: Question;
  /** What alone they differ in, if it is one of these: then their runs are compared, too. */
  readonly by: PromptComparison['by'] | undefined;
}

async function checkCompare(
  journal: Journal,
  question: Question,
  { by, ...sides }: Compared,
  all: Truth,
  asked: string,
): Promise<void> {
  const what = `${asked}: ${JSON.stringify(sides)}`;
  const { figures, runs, notes, ...answer } = await journal.compare({ ...question, ...sides });
  const of = <T extends Call | Run>(side: Question, records: readonly T[]): T[] =>
    records.filter((record) => isAbout({ ...question, ...side }, record));
  const [a, b] = [of(sides.first, all.calls), of(sides.second, all.calls)];
  expectTotals(answer.first, a, `${what}: first`);
  expectTotals(answer.second, b, `${what}: second`);
  const prompts = all.runs.filter(({ kind }) => kind === 'prompt');
  expect(
    new Map(runs.map(({ prompt, version, ...run }) => [JSON.stringify([prompt, version]), ratesOf(run)])),
    what,
  ).to.deep.equal(expectedRuns(by, [...of(sides.first, prompts), ...of(sides.second, prompts)]));
  expect(
    notes.map((note) => note.replace(/(?<=together|runs).*/, '')),
    what,
  ).to.deep.equal(
    by === undefined
      ? []
      : [...expectedTogether(by, [...a, ...b]), ...(runs.length > 0 ? [] : ['Nothing is said of the runs'])],
  );
  const samples = {
    costUsdPerCall: (calls: readonly Call[]) => calls.flatMap(({ costUsd }) => costUsd?.total ?? []),
    inputTokensPerCall: (calls: readonly Call[]) =>
      calls.flatMap(({ tokens }) => (tokens.input === null && tokens.output === null ? [] : (tokens.input ?? 0))),
    latencyMillis: (calls: readonly Call[]) =>
      calls.filter(({ cacheHit }) => !cacheHit).map(({ durationMillis }) => durationMillis),
  };
  for (const [figure, valuesOf] of Object.entries(samples)) {
    const [one, other] = [a, b].map((calls) => sampleOf(valuesOf(calls))) as [Sample, Sample];
    const found = figures[figure as keyof typeof samples];
    expectNear(found.first, one.count === 0 ? null : one.mean, `${what}: ${figure}`);
    const expected = compareMeans(one, other);
    expect(found.isSignificant, `${what}: ${figure}`).to.equal(expected?.isSignificant ?? null);
    if (expected) expectNear(found.difference?.high ?? null, expected.high, `${what}: ${figure}`);
  }
  const rates = [a, b].map((calls) => ({
    successes: calls.filter(({ outcome }) => outcome === 'error').length,
    count: calls.length,
  })) as [any, any];
  expectNear(figures.errorRate.difference?.low ?? null, compareRates(...rates)?.low ?? null, `${what}: error rate`);
}

/** What calls are taken together of, in a comparison by variant or version: prompts, or of one prompt versions or variants. */
function expectedTogether(by: PromptComparison['by'], calls: readonly Call[]): string[] {
  const prompts = new Set(calls.map(({ prompt }) => prompt));
  if (prompts.size > 1) return [`The figures take ${prompts.size} prompts together`];
  const others = new Set(
    calls.map(({ promptVersion, promptVariant }) => (by === 'variant' ? promptVersion : promptVariant)),
  );
  const what = by === 'variant' ? 'versions' : 'variants';
  return others.size > 1 ? [`The figures take ${others.size} ${what} of ${[...prompts][0] ?? '(none)'} together`] : [];
}

/** By the name of what is compared its rate of success. */
function ratesOf({
  first,
  second,
  verdict,
}: Omit<PromptComparison, 'prompt' | 'version'>): Record<string, number | null> {
  const { success } = verdict.figures;
  return { [first]: success.first, [second]: success.second };
}

/** By prompt, and by version where variants are compared: the rates of success of the runs of both sides. */
function expectedRuns(by: Compared['by'], runs: readonly Run[]): Map<string, Record<string, number>> {
  if (by === undefined) return new Map();
  const groups = Map.groupBy(runs, ({ name, version }) => JSON.stringify([name, by === 'variant' ? version : null]));
  const rates = [...groups].map(([group, some]): [string, Record<string, number>] => {
    const sides = Map.groupBy(some, (run) => (by === 'variant' ? String(run.variant) : `version ${run.version}`));
    const rateOf = (mine: readonly Run[]): number =>
      sumOf(mine, ({ promptOutcome }) => Number(promptOutcome === 'success')) / mine.length;
    return [group, Object.fromEntries([...sides].map(([name, mine]) => [name, rateOf(mine)]))];
  });
  return new Map(rates.filter(([, named]) => Object.keys(named).length === 2));
}

async function checkRuns(journal: Journal, question: Question, runs: readonly Run[], what: string): Promise<void> {
  const of = (kind: RunKind): Run[] => runs.filter((run) => run.kind === kind);
  const prompts = await journal.prompts(question);
  expectRunTotals(prompts.totals, of('prompt'), `${what}: prompts`);
  const byPrompt = Map.groupBy(of('prompt'), ({ name, version, variant }) => JSON.stringify([name, version, variant]));
  expect(prompts.prompts.length, what).to.equal(byPrompt.size);
  for (const { prompt, version, variant, totals } of prompts.prompts)
    expectRunTotals(totals, byPrompt.get(JSON.stringify([prompt, version, variant])) ?? [], `${what}: ${prompt}`);
  const workflows = await journal.workflows(question);
  expectRunTotals(workflows.totals, of('workflow'), `${what}: workflows`);
  const byWorkflow = Map.groupBy(of('workflow'), ({ name }) => name);
  expect(workflows.workflows.length, what).to.equal(byWorkflow.size);
  for (const { workflow, totals, stages } of workflows.workflows) {
    const mine = byWorkflow.get(workflow) ?? [];
    expectRunTotals(totals, mine, `${what}: ${workflow}`);
    const ran = Map.groupBy(
      mine.flatMap((run) => run.stages),
      (stage) => stage,
    );
    expect(new Map(stages.map((stage) => [stage.stage, stage.runs])), what).to.deep.equal(
      new Map([...ran].map(([stage, some]) => [stage, some.length])),
    );
  }
  const agents = await journal.agents(question);
  expectRunTotals(agents.totals, of('agent'), `${what}: agents`);
  const byAgent = Map.groupBy(of('agent'), ({ name }) => name);
  expect(agents.agents.length, what).to.equal(byAgent.size);
  for (const { agent, totals } of agents.agents) expectRunTotals(totals, byAgent.get(agent) ?? [], `${what}: ${agent}`);
  const { fallbacks } = await journal.models(question);
  const pairs = Map.groupBy(
    runs.flatMap((run) => run.fallbacks),
    ({ from, to }) => `${from} ${to}`,
  );
  expect(new Map(fallbacks.map(({ from, to, count }) => [`${from} ${to}`, count])), what).to.deep.equal(
    new Map([...pairs].map(([pair, some]) => [pair, some.length])),
  );
}

/** A file of the journal, and what is in it. */
interface WrittenFile {
  path: string;
  readonly spans: { readonly span: object; readonly truth: Truth }[];
}

let made = 0;

function newFile(dir: string, random: Random, isPlain: boolean): WrittenFile {
  const file = { path: join(dir, 'journal', `traces-${(made += 1)}.jsonl`), spans: [] };
  // More than is read again with what follows.
  addLines(file, 200, random, isPlain);
  return file;
}

/** The last line has no end at times: until the next is written. */
function addLines(file: WrittenFile, lines: number, random: Random, isPlain: boolean): void {
  const isTorn = existsSync(file.path) && !readFileSync(file.path, 'utf8').endsWith('\n');
  const written = Array.from({ length: lines }, () => {
    const some = random.several(2, () =>
      random.maybe(0.7) ? randomCall(random, isPlain) : randomRun(random, isPlain),
    );
    for (const span of some) {
      const truth: Truth = { calls: [], runs: [] };
      readCalls(traceLine(span), truth.calls);
      readRuns(traceLine(span), truth.runs);
      file.spans.push({ span, truth });
    }
    return traceLine(...some);
  });
  appendFileSync(file.path, (isTorn ? '\n' : '') + written.join('\n') + (random.maybe(0.7) ? '\n' : ''));
}

/** As it goes while questions are asked: the index reads what is new, and no more. */
function change(files: WrittenFile[], dir: string, random: Random, isPlain: boolean): void {
  const file = random.pick(files);
  if (random.maybe(0.6)) addLines(file, 1 + random.below(40), random, isPlain);
  else if (random.maybe()) {
    const path = join(dir, 'journal', `traces-${(made += 1)}.jsonl`);
    renameSync(file.path, path);
    file.path = path;
  } else {
    rmSync(file.path);
    files.splice(files.indexOf(file), 1, newFile(dir, random, isPlain));
  }
}

describe('every question', function () {
  this.timeout(120_000);
  after(removeTempDirs);

  for (let seed = 1; seed <= 6; seed++) {
    it(`is answered as by looking at every call and run, seed ${seed}`, async () => {
      const random = new Random(seed);
      const isPlain = seed % 2 === 0;
      const dir = tempDir();
      mkdirSync(join(dir, 'journal'));
      const files = Array.from({ length: 3 }, () => newFile(dir, random, isPlain));
      const journal = openJournal({ dir });
      for (let round = 0; round < 8; round++) {
        if (round > 0) change(files, dir, random, isPlain);
        const spans = files.flatMap((file) => file.spans);
        const someTime = (): number =>
          random.maybe() ? timeOf(random, isPlain) : (random.pick(spans).truth.calls[0]?.timeMillis ?? NOW);
        const timeZone = random.pick(['UTC', 'America/New_York', 'Asia/Kathmandu', 'Europe/Berlin']);
        const where = random.maybe(0.4)
          ? random.pick<NonNullable<Question['where']>>([
              { region: 'eu' },
              { region: ['us', '7', 'true'] },
              { region: '0.5' },
              { tags: 'a' },
              { [names.SERVICE_NAME]: 'test', region: 'eu' },
              { [names.SERVICE_NAME]: 'another' },
              { 'request.id': 'none' },
              { [names.GEN_AI_WORKFLOW_NAME]: 'w' },
              { [names.AGENT_VITALS_TIER]: 'cheap' },
              { [names.AGENT_VITALS_USER_HASH]: 'aa', region: 'us' },
              { [names.GEN_AI_USAGE_OUTPUT_TOKENS]: ['7', '8', '9'] },
            ])
          : undefined;
        const question: Question = {
          timeZone,
          where,
          ...(random.maybe(0.3) && { since: someTime() }),
          ...(random.maybe(0.3) && { until: someTime() }),
          ...(random.maybe(0.2) && { model: random.pick([['gpt-4o', 'mystery'], 'gpt-4o-2024-08-06']) }),
          ...(random.maybe(0.2) && { provider: 'openai' }),
          ...(random.maybe(0.2) && { agent: ['scout'] }),
          ...(random.maybe(0.2) && { workflow: ['w', '"quoted"'] }),
          ...(random.maybe(0.2) && { prompt: ['p'] }),
          ...(random.maybe(0.2) && { promptVersion: ['2'] }),
          ...(random.maybe(0.1) && { promptVariant: 'xml' }),
          ...(random.maybe(0.1) && { onlyErrors: true }),
        };
        const what = `round ${round}: ${JSON.stringify(question)}`;
        const found = spans.filter(({ span }) => hasWhere(span, ['test'], where)).map(({ truth }) => truth);
        const all: Truth = { calls: found.flatMap(({ calls }) => calls), runs: found.flatMap(({ runs }) => runs) };
        const of = <T extends Call | Run>(records: readonly T[]): T[] =>
          records.filter((record) => isAbout(question, record));
        await checkCalls(journal, question, of(all.calls), what);
        await checkRuns(journal, question, of(all.runs), what);
        const middle = NOW - 2.5 * 24 * HOUR;
        for (const compared of [
          { by: 'variant', first: { promptVariant: 'xml' }, second: { promptVariant: 'plain' } },
          { by: 'version', first: { promptVersion: '1' }, second: { promptVersion: '2' } },
          {
            by: undefined,
            first: { promptVersion: '1' },
            second: { promptVersion: '2', promptVariant: ['xml', 'plain'] },
          },
          { by: undefined, first: { until: middle }, second: { since: middle } },
        ] as const)
          await checkCompare(journal, question, compared, all, what);
      }
      await journal.close();
    });
  }
});
