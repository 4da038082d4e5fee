import { type Attributes, trace } from '@opentelemetry/api';
import { expect } from 'chai';
import { recordInference } from '../../../src/instrumentation/manual/record-inference.ts';
import { type WorkflowRun, withWorkflow } from '../../../src/instrumentation/prompt/with-workflow.ts';
import { problems } from '../../../src/internal/log.ts';
import * as names from '../../../src/semconv.ts';
import { startPipeline, stopPipeline } from '../../support/global-pipeline.ts';
import type { Pipeline } from '../../support/pipeline.ts';
import { removeTempDirs } from '../../support/temp-dir.ts';

function call(): void {
  recordInference({
    operation: 'chat',
    provider: 'openai',
    model: 'gpt-4o',
    response: { usage: { input: 1000, output: 100 } },
  });
}

describe('a run of a workflow', () => {
  let pipeline: Pipeline;
  beforeEach(() => {
    pipeline = startPipeline();
  });
  after(() => {
    stopPipeline();
    removeTempDirs();
  });

  const workflows = (): Attributes[] =>
    pipeline.emitted.filter(({ name }) => name.startsWith('invoke_workflow')).map(({ attributes }) => attributes);
  const calls = (): Attributes[] =>
    pipeline.emitted.filter(({ name }) => name.startsWith('chat')).map(({ attributes }) => attributes);

  it('is the outermost call that names it, with the totals, stages and tiers of all below', async () => {
    const returned = await withWorkflow({ workflow: 'support', userId: 7 }, async (run) => {
      run.stage('triage', call);
      await run.stage({ name: 'answer', tier: 'premium' }, async () => call());
      withWorkflow({ stage: 'check' }, call);
      withWorkflow({ workflow: 'support', stage: 'triage' }, call);
      run.skip('escalate');
      return 'done';
    });
    expect(returned).to.equal('done');
    expect(workflows()).to.have.length(1);
    expect(pipeline.emitted.at(-1)?.name).to.equal('invoke_workflow support');
    expect(workflows()[0]).to.deep.include({
      [names.GEN_AI_OPERATION_NAME]: 'invoke_workflow',
      [names.GEN_AI_WORKFLOW_NAME]: 'support',
      [names.AGENT_VITALS_OUTCOME]: 'completed',
      [names.AGENT_VITALS_WORKFLOW_STAGES]: ['triage', 'answer', 'check'],
      [names.AGENT_VITALS_WORKFLOW_SKIPPED_STAGES]: ['escalate'],
      [names.AGENT_VITALS_RUN_RETRIES]: 0,
      [names.AGENT_VITALS_RUN_CALLS]: 4,
      [names.AGENT_VITALS_RUN_INPUT_TOKENS]: 4000,
    });
    expect(workflows()[0]?.[names.AGENT_VITALS_USER_HASH]).to.be.a('string');
    expect(
      calls().map((each) => [each[names.AGENT_VITALS_WORKFLOW_STAGE], each[names.AGENT_VITALS_TIER]]),
    ).to.deep.equal([
      ['triage', undefined],
      ['answer', 'premium'],
      ['check', undefined],
      ['triage', undefined],
    ]);
    const parents = pipeline.emitted.slice(0, 4).map(({ parentSpanContext }) => parentSpanContext?.spanId);
    expect(new Set(parents)).to.deep.equal(new Set([pipeline.emitted[4]?.spanContext().spanId]));
  });

  it('lasts as long as its stage, or the run within, whose promise it hands back', async () => {
    const twoCalls = async (): Promise<string> => {
      call();
      await new Promise(setImmediate);
      call();
      return 'done';
    };
    const fails = async (): Promise<never> => {
      await new Promise(setImmediate);
      throw new RangeError('secret');
    };
    expect(await withWorkflow({ workflow: 'a' }, ({ stage }) => stage('s', twoCalls))).to.equal('done');
    expect(await withWorkflow({ workflow: 'b' }, () => withWorkflow({ tier: 'cheap' }, twoCalls))).to.equal('done');
    const rejected = await withWorkflow({ workflow: 'c' }, ({ stage }) => stage('s', fails)).catch(String);
    expect(rejected).to.equal('RangeError: secret');
    await withWorkflow({ workflow: 'd' }, ({ stage }) => stage('s', async () => {}));
    expect(
      workflows().map((run) => [
        run[names.AGENT_VITALS_OUTCOME],
        run[names.ERROR_TYPE],
        run[names.AGENT_VITALS_RUN_CALLS],
      ]),
    ).to.deep.equal([
      ['completed', undefined, 2],
      ['completed', undefined, 2],
      ['error', 'RangeError', 0],
      ['completed', undefined, 0],
    ]);
  });

  it('takes what it is told by functions that were taken out of it', () => {
    withWorkflow({ workflow: 'support' }, ({ stage, skip, retry, fallback, fail }) => {
      stage('triage', call);
      skip('escalate');
      retry();
      fallback({ from: 'a', to: 'b' });
      fail(new RangeError('secret'));
    });
    withWorkflow({ stage: 'alone' }, ({ stage }) => stage('of none', call));
    expect(workflows()[0]).to.deep.include({
      [names.AGENT_VITALS_WORKFLOW_STAGES]: ['triage'],
      [names.AGENT_VITALS_WORKFLOW_SKIPPED_STAGES]: ['escalate'],
      [names.AGENT_VITALS_RUN_RETRIES]: 1,
      [names.AGENT_VITALS_RUN_FALLBACK_FROM]: ['a'],
      [names.ERROR_TYPE]: 'RangeError',
    });
    expect(calls().map((each) => each[names.AGENT_VITALS_WORKFLOW_STAGE])).to.deep.equal(['triage', 'of none']);
  });

  it('is measured: how long, what failed, retries, and fallbacks from which model to which', async () => {
    withWorkflow({ workflow: 'support' }, (run) => {
      run.retry();
      run.retry();
      run.fallback({ from: 'gpt-4o', to: 'claude-haiku-4-5' });
    });
    expect(() =>
      withWorkflow({ workflow: 'support' }, () => {
        throw new RangeError('secret');
      }),
    ).to.throw(RangeError);
    withWorkflow({ workflow: 'support' }, (run) => run.fail(new TypeError('secret')));
    expect(workflows()[0]).to.deep.include({
      [names.AGENT_VITALS_RUN_RETRIES]: 2,
      [names.AGENT_VITALS_RUN_FALLBACK_FROM]: ['gpt-4o'],
      [names.AGENT_VITALS_RUN_FALLBACK_TO]: ['claude-haiku-4-5'],
    });
    expect(workflows().map((each) => each[names.ERROR_TYPE])).to.deep.equal([undefined, 'RangeError', 'TypeError']);
    expect(JSON.stringify(workflows())).to.not.include('secret');
    const points = await pipeline.collect();
    const durations = points.get(names.METRIC_WORKFLOW_DURATION) ?? [];
    expect(durations.map(({ attributes, count }) => [attributes, count])).to.have.deep.members([
      [{ 'gen_ai.workflow.name': 'support' }, 1],
      [{ 'gen_ai.workflow.name': 'support', 'error.type': 'RangeError' }, 1],
      [{ 'gen_ai.workflow.name': 'support', 'error.type': 'TypeError' }, 1],
    ]);
    const [seconds = 0, nanos = 0] = pipeline.emitted[0]?.duration ?? [];
    expect(durations[0]?.sum).to.be.closeTo(seconds + nanos / 1e9, 1e-9);
    expect(durations[0]?.boundaries).to.deep.equal([1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200]);
    expect(points.get(names.METRIC_WORKFLOW_RETRIES)).to.deep.equal([
      { attributes: { 'gen_ai.workflow.name': 'support' }, sum: 2 },
    ]);
    expect(points.get(names.METRIC_FALLBACKS)).to.deep.equal([
      {
        attributes: { 'agent_vitals.run.fallback.from': 'gpt-4o', 'agent_vitals.run.fallback.to': 'claude-haiku-4-5' },
        sum: 1,
      },
    ]);
  });

  it('is another one within, when it has another name, and after the first is over', async () => {
    let late: Promise<void> | undefined;
    let go: () => void = () => undefined;
    withWorkflow({ workflow: 'outer', stage: 'one' }, () => {
      withWorkflow({ workflow: 'inner' }, call);
      late = new Promise<void>((resolve) => {
        go = resolve;
      }).then(() => withWorkflow({ workflow: 'outer' }, call));
    });
    go();
    await late;
    expect(
      workflows().map((each) => [each[names.GEN_AI_WORKFLOW_NAME], each[names.AGENT_VITALS_RUN_CALLS]]),
    ).to.deep.equal([
      ['inner', 1],
      ['outer', 1],
      ['outer', 1],
    ]);
    expect(calls()[0]).to.not.have.property(names.AGENT_VITALS_WORKFLOW_STAGE);
  });

  it('is none where no workflow is named, and its handle does no harm', () => {
    withWorkflow({ stage: 'alone' }, (run) => {
      run.stage({ name: 'inner', tier: 'cheap' }, call);
      run.skip('x');
      run.retry();
      run.fallback({ from: 'a', to: 'b' });
      run.fail();
    });
    expect(workflows()).to.deep.equal([]);
    expect(calls()[0]).to.include({ [names.AGENT_VITALS_WORKFLOW_STAGE]: 'inner', [names.AGENT_VITALS_TIER]: 'cheap' });
  });

  it('bears what is hostile', () => {
    const thrower = {
      get from(): never {
        throw new Error('no');
      },
    };
    const result = withWorkflow({ workflow: 'w' }, (run) => {
      const hostile = run as unknown as Record<keyof WorkflowRun, (...args: unknown[]) => unknown>;
      for (const bad of [undefined, null, 7n, Symbol('x'), thrower, { from: 1 }, { from: 'a', to: {} }]) {
        hostile.fallback(bad);
        hostile.skip(bad);
        hostile.fail(bad);
        expect(hostile.stage(bad, () => 'ran')).to.equal('ran');
      }
      for (let i = 0; i < 1000; i++) {
        run.skip(`stage ${i}`);
        run.fallback({ from: 'a', to: `b${i}` });
        run.stage(`stage ${i}`, () => undefined);
      }
      return 'ran';
    });
    expect(result).to.equal('ran');
    for (const name of [
      names.AGENT_VITALS_WORKFLOW_STAGES,
      names.AGENT_VITALS_WORKFLOW_SKIPPED_STAGES,
      names.AGENT_VITALS_RUN_FALLBACK_TO,
    ])
      expect(workflows()[0]?.[name], name).to.have.length(100);
  });

  it('has its span active within', () => {
    const active = withWorkflow({ workflow: 'w' }, () => trace.getActiveSpan()?.spanContext().spanId);
    expect(active).to.equal(pipeline.emitted[0]?.spanContext().spanId);
  });
});

describe('a hit of the cache of an app', () => {
  let pipeline: Pipeline;
  beforeEach(() => {
    pipeline = startPipeline();
  });
  after(() => {
    stopPipeline();
    removeTempDirs();
  });
  const hit = { operation: 'chat', provider: 'openai', model: 'gpt-4o', cacheHit: true, cacheType: 'semantic' };

  it('is counted, cost nothing, and saved what its tokens would have cost', async () => {
    withWorkflow({ workflow: 'support' }, () => {
      recordInference({ ...hit, response: { usage: { input: 1000, output: 100 } } });
      call();
    });
    const saved = (1000 * 2.5 + 100 * 10) / 1e6;
    const [span, , workflow] = pipeline.emitted;
    expect(span?.attributes).to.include({
      [names.AGENT_VITALS_CACHE_HIT]: true,
      [names.AGENT_VITALS_CACHE_TYPE]: 'semantic',
      [names.AGENT_VITALS_CACHE_SAVED_INPUT_TOKENS]: 1000,
      [names.AGENT_VITALS_CACHE_SAVED_OUTPUT_TOKENS]: 100,
      [names.AGENT_VITALS_CACHE_SAVED_USD]: saved,
      [names.AGENT_VITALS_COST_USD]: 0,
    });
    expect(span?.attributes).to.not.have.any.keys(names.GEN_AI_USAGE_INPUT_TOKENS, names.GEN_AI_USAGE_OUTPUT_TOKENS);
    expect(workflow?.attributes).to.include({
      [names.AGENT_VITALS_RUN_CALLS]: 2,
      [names.AGENT_VITALS_RUN_CACHE_HITS]: 1,
      [names.AGENT_VITALS_RUN_INPUT_TOKENS]: 1000,
      [names.AGENT_VITALS_RUN_COST_USD]: saved,
      [names.AGENT_VITALS_RUN_UNPRICED_CALLS]: 0,
    });
    const points = await pipeline.collect();
    const labels = {
      [names.AGENT_VITALS_CACHE_TYPE]: 'semantic',
      [names.GEN_AI_OPERATION_NAME]: 'chat',
      [names.GEN_AI_PROVIDER_NAME]: 'openai',
      [names.GEN_AI_REQUEST_MODEL]: 'gpt-4o',
      [names.GEN_AI_WORKFLOW_NAME]: 'support',
    };
    expect(points.get(names.METRIC_CACHE_HITS)).to.deep.equal([{ attributes: labels, sum: 1 }]);
    expect(points.get(names.METRIC_CACHE_SAVED_USD)).to.deep.equal([{ attributes: labels, sum: saved }]);
    // The provider was asked once, and used once.
    expect(points.get(names.METRIC_OPERATION_DURATION)?.map(({ count }) => count)).to.deep.equal([1]);
    expect(points.get(names.METRIC_TOKEN_USAGE)?.map(({ sum }) => sum)).to.deep.equal([1000, 100]);
    expect(points.get(names.METRIC_COST_USD)?.map(({ sum }) => sum)).to.deep.equal([saved]);
  });

  it('saves of what the provider would have read from its own cache, or written to it, only what that costs', () => {
    const usage = { input: 1000, output: 100, cacheRead: 900 };
    recordInference({ ...hit, response: { usage } });
    recordInference({
      ...hit,
      provider: 'anthropic',
      model: 'claude-haiku-4-5',
      response: { usage: { input: 1000, output: 100, cacheCreation: 1000 } },
    });
    expect(pipeline.emitted[0]?.attributes).to.include({
      [names.AGENT_VITALS_CACHE_SAVED_INPUT_TOKENS]: 1000,
      [names.AGENT_VITALS_CACHE_SAVED_CACHE_READ_TOKENS]: 900,
    });
    expect(pipeline.emitted[0]?.attributes).to.not.have.property(names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS);
    const saved = pipeline.emitted.map(({ attributes }) => Number(attributes[names.AGENT_VITALS_CACHE_SAVED_USD]));
    expect(saved[0]).to.be.closeTo((100 * 2.5 + 900 * 1.25 + 100 * 10) / 1e6, 1e-12);
    expect(saved[1]).to.be.closeTo((1000 * 1.25 + 100 * 5) / 1e6, 1e-12);
  });

  it('says once what it cannot take, and records the call as what it is', () => {
    const response = { usage: { input: -5, output: 'x' as never, reasoning: null as never } };
    recordInference({ ...hit, cacheHit: 'yes' as never, response });
    recordInference({ ...hit, cacheHit: undefined, response: {} });
    recordInference({ ...hit, cacheType: {} as never, response: {} });
    expect(pipeline.emitted.map(({ attributes }) => attributes[names.AGENT_VITALS_CACHE_HIT])).to.deep.equal([
      undefined,
      undefined,
      true,
    ]);
    const said = [...problems().values()].map(({ message }) => message);
    for (const what of [
      '"cacheHit" as true or false',
      '"cacheType" as the kind',
      '"cacheType" as a text',
      '"usage.input" as a number of tokens',
      '"usage.output" as a number of tokens',
    ])
      expect(
        said.filter((message) => message.startsWith('recordInference()') && message.includes(what)),
      ).to.have.length(1);
    expect(said.join()).to.not.include('usage.reasoning');
  });

  it('saves what nobody knows where the price or the usage is unknown, and still cost nothing', async () => {
    recordInference({ ...hit, response: {} });
    recordInference({ ...hit, provider: 'mine', model: 'm', response: { usage: { input: 1 } } });
    for (const { attributes } of pipeline.emitted) {
      expect(attributes).to.include({ [names.AGENT_VITALS_COST_USD]: 0 });
      expect(attributes).to.not.have.property(names.AGENT_VITALS_CACHE_SAVED_USD);
    }
    const points = await pipeline.collect();
    expect(points.get(names.METRIC_CACHE_SAVED_USD)).to.equal(undefined);
    expect(points.get(names.METRIC_UNPRICED_CALLS)).to.equal(undefined);
  });

  it('is none when it is told as false', () => {
    recordInference({ ...hit, cacheHit: false, response: { usage: { input: 1000, output: 100 } } });
    expect(pipeline.emitted[0]?.attributes).to.include({ [names.GEN_AI_USAGE_INPUT_TOKENS]: 1000 });
    expect(pipeline.emitted[0]?.attributes).to.not.have.property(names.AGENT_VITALS_CACHE_TYPE);
  });
});
