// Runs of ours, spans of anybody, the real processor: what the totals of a run say at its end.

import { type Attributes, type Context, context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { AlwaysOffSampler, createAlwaysRecordSampler } from '@opentelemetry/sdk-trace';
import { expect } from 'chai';
import { abandonOpenRuns, type Run, startRun, within } from '../../src/instrumentation/run/run.ts';
import * as names from '../../src/semconv.ts';
import { startPipeline, stopPipeline } from '../support/global-pipeline.ts';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';
import { removeTempDirs } from '../support/temp-dir.ts';

const chat = {
  [names.GEN_AI_OPERATION_NAME]: 'chat',
  [names.GEN_AI_PROVIDER_NAME]: 'openai',
  [names.GEN_AI_REQUEST_MODEL]: 'gpt-4o',
  [names.GEN_AI_USAGE_INPUT_TOKENS]: 1000,
  [names.GEN_AI_USAGE_OUTPUT_TOKENS]: 100,
};
/** US dollars of it. */
const COST = (1000 * 2.5 + 100 * 10) / 1e6;
const foreign = {
  'openinference.span.kind': 'LLM',
  'llm.model_name': 'gpt-4o',
  'llm.provider': 'openai',
  'llm.token_count.prompt': 1000,
  'llm.token_count.completion': 100,
};
const tool = { [names.GEN_AI_OPERATION_NAME]: 'execute_tool' };

describe('the totals of a run', () => {
  let pipeline: Pipeline;

  function start(attributes: Attributes, parent: Context = context.active()): Span {
    return trace.getTracer('app').startSpan('call', { attributes }, parent);
  }

  function runOf(name: string): Run {
    return startRun({ operation: 'invoke_workflow', name }) as Run;
  }

  function totalsOf(name: string): Attributes | undefined {
    const span = pipeline.emitted.find((each) => each.name === `invoke_workflow ${name}`);
    return (
      span && Object.fromEntries(Object.entries(span.attributes).filter(([key]) => key.startsWith('agent_vitals.run.')))
    );
  }

  const one = {
    'agent_vitals.run.calls': 1,
    'agent_vitals.run.cache_hits': 0,
    'agent_vitals.run.tool_calls': 0,
    'agent_vitals.run.errors': 0,
    'agent_vitals.run.input_tokens': 1000,
    'agent_vitals.run.output_tokens': 100,
    'agent_vitals.run.unpriced_calls': 0,
    'agent_vitals.run.cost.usd': COST,
    'agent_vitals.run.models': ['gpt-4o'],
    'agent_vitals.run.providers': ['openai'],
  };
  const { 'agent_vitals.run.models': _, 'agent_vitals.run.providers': __, ...counts } = one;
  const none = {
    ...counts,
    'agent_vitals.run.calls': 0,
    'agent_vitals.run.input_tokens': 0,
    'agent_vitals.run.output_tokens': 0,
    'agent_vitals.run.cost.usd': 0,
  };

  beforeEach(() => {
    pipeline = startPipeline();
  });
  after(() => {
    stopPipeline();
    removeTempDirs();
  });

  it('take in every call below, across await, whoever made it, in all runs above', async () => {
    await within(runOf('outer'), async () => {
      start(chat).end();
      await within(runOf('inner'), async () => {
        await Promise.resolve();
        start(foreign).end();
        start(tool).end();
      });
      await within(runOf('second'), async () => start(chat).end());
    });
    start(chat).end();
    expect(totalsOf('inner')).to.deep.equal({ ...one, 'agent_vitals.run.tool_calls': 1 });
    expect(totalsOf('second')).to.deep.equal(one);
    expect(totalsOf('outer')).to.deep.include({
      'agent_vitals.run.calls': 3,
      'agent_vitals.run.tool_calls': 1,
      'agent_vitals.run.input_tokens': 3000,
      'agent_vitals.run.output_tokens': 300,
    });
    expect(totalsOf('outer')?.['agent_vitals.run.cost.usd']).to.be.closeTo(3 * COST, 1e-12);
  });

  it('count a call once that two instrumentations have seen', () => {
    within(runOf('r'), () => {
      const outer = start(foreign);
      start(chat, trace.setSpan(context.active(), outer)).end();
      outer.end();
    });
    expect(totalsOf('r')).to.deep.equal(one);
  });

  it('take in what is not sampled', () => {
    pipeline = startPipeline({ sampler: createAlwaysRecordSampler(new AlwaysOffSampler()) });
    const run = runOf('r');
    within(run, () => start(chat).end());
    expect(run.totals.attributes()).to.deep.equal(one);
    expect(pipeline.emitted).to.deep.equal([]);
  });

  it('tell what is not priced, and have no cost where nothing is', () => {
    within(runOf('none'), () =>
      start({ ...chat, [names.GEN_AI_PROVIDER_NAME]: 'mine', [names.GEN_AI_REQUEST_MODEL]: 'm' }).end(),
    );
    expect(totalsOf('none'))
      .to.include({ 'agent_vitals.run.unpriced_calls': 1 })
      .and.not.have.property('agent_vitals.run.cost.usd');
    within(runOf('some'), () => {
      start({ ...chat, [names.GEN_AI_PROVIDER_NAME]: 'mine', [names.GEN_AI_REQUEST_MODEL]: 'm' }).end();
      start(chat).end();
    });
    expect(totalsOf('some')).to.include({ 'agent_vitals.run.unpriced_calls': 1, 'agent_vitals.run.cost.usd': COST });
    within(runOf('empty'), () => undefined);
    expect(totalsOf('empty')).to.deep.equal(none);
  });

  it('count what failed, of calls and of tools', () => {
    within(runOf('r'), () => {
      start({ [names.GEN_AI_OPERATION_NAME]: 'chat', [names.ERROR_TYPE]: '429' }).end();
      start({ ...tool, [names.ERROR_TYPE]: 'TypeError' }).end();
      start(chat).end();
    });
    expect(totalsOf('r')).to.include({
      'agent_vitals.run.errors': 2,
      'agent_vitals.run.calls': 2,
      'agent_vitals.run.unpriced_calls': 0,
    });
  });

  it('go by the parent where a framework makes spans in a context of its own', () => {
    let parent: Span | undefined;
    const mine = runOf('mine');
    const another = runOf('another');
    within(mine, () => {
      parent = start({});
      const detached = trace.setSpan(ROOT_CONTEXT, parent);
      start(foreign, detached).end();
      context.with(another.context, () => start(foreign, trace.setSpan(context.active(), parent as Span)).end());
    });
    another.finish({ outcome: 'completed' });
    expect(totalsOf('mine')).to.include({ 'agent_vitals.run.calls': 2 });
    expect(totalsOf('another')).to.deep.equal(none);
  });

  it('wait for a call that outlasts the run, but the run does not', () => {
    let late: Span | undefined;
    const run = within(runOf('outer'), () => {
      const inner = runOf('r');
      within(inner, () => {
        late = start({ [names.GEN_AI_OPERATION_NAME]: 'chat' });
      });
      return inner;
    });
    expect(run.isOver).to.equal(true);
    const { seconds } = run;
    expect(totalsOf('r')).to.equal(undefined);
    late?.setAttributes(chat);
    late?.end();
    expect(totalsOf('r')).to.deep.equal(one);
    expect(totalsOf('outer')).to.deep.equal(one);
    expect(pipeline.emitted.map(({ name }) => name)).to.deep.equal([
      'call',
      'invoke_workflow r',
      'invoke_workflow outer',
    ]);
    const [whole = 0, nanos = 0] = pipeline.emitted[1]?.duration ?? [];
    expect(whole + nanos / 1e9).to.be.closeTo(seconds, 0.001);
  });

  it('say what they lack when the span can wait no longer', () => {
    let late: Span | undefined;
    within(runOf('r'), () => {
      late = start(chat);
    });
    within(runOf('some'), () => {
      start(chat).end();
      start(chat);
      start(tool);
    });
    within(runOf('tools'), () => void start(tool));
    abandonOpenRuns();
    const { 'agent_vitals.run.cost.usd': free, ...unknown } = none;
    expect(free).to.equal(0);
    expect(totalsOf('r')).to.deep.equal({
      ...unknown,
      'agent_vitals.run.unpriced_calls': 1,
      'agent_vitals.run.unfinished_calls': 1,
    });
    expect(totalsOf('some')).to.deep.equal({
      ...one,
      'agent_vitals.run.unpriced_calls': 1,
      'agent_vitals.run.unfinished_calls': 2,
    });
    // Tools cost nothing.
    expect(totalsOf('tools')).to.deep.equal({ ...none, 'agent_vitals.run.unfinished_calls': 1 });
    late?.end();
    expect(pipeline.emitted.filter(({ name }) => name === 'invoke_workflow r')).to.have.length(1);
  });

  it('say why a run ended', async () => {
    const error = new RangeError('secret');
    expect(await within(runOf('failed'), () => Promise.reject(error)).catch((thrown: unknown) => thrown)).to.equal(
      error,
    );
    expect(() =>
      within(runOf('thrown'), () => {
        throw error;
      }),
    ).to.throw(error);
    await within(runOf('aborted'), () => Promise.reject(new DOMException('x', 'AbortError'))).catch(() => undefined);
    void within(runOf('open'), () => new Promise(() => undefined));
    abandonOpenRuns();
    expect(
      pipeline.emitted.map(({ name, attributes }) => [
        name,
        attributes['agent_vitals.outcome'],
        attributes['error.type'],
      ]),
    ).to.deep.equal([
      ['invoke_workflow failed', 'error', 'RangeError'],
      ['invoke_workflow thrown', 'error', 'RangeError'],
      ['invoke_workflow aborted', 'cancelled', undefined],
      ['invoke_workflow open', 'abandoned', undefined],
    ]);
    expect(JSON.stringify(pipeline.emitted.map(({ status, events }) => [status, events]))).to.not.include('secret');
  });

  it('hand a promise of another class back as it is, and end with its calls', async () => {
    class Lazy extends Promise<string> {}
    const lazy = Lazy.resolve('x');
    let call: Span | undefined;
    expect(within(runOf('r'), () => ((call = start(chat)), lazy))).to.equal(lazy);
    await new Promise((resolve) => setImmediate(resolve));
    expect(totalsOf('r')).to.equal(undefined);
    call?.setAttribute(names.ERROR_TYPE, '500').end();
    expect(totalsOf('r')).to.include({ 'agent_vitals.run.errors': 1 });
    expect(pipeline.emitted.at(-1)?.attributes).to.include({ 'agent_vitals.outcome': 'error' });
  });
});

describe('the tier of a call', () => {
  after(removeTempDirs);

  it('is that of its model where none was named', async () => {
    const pipeline = createPipeline({ config: { tiers: { cheap: ['*mini*'], capable: ['gpt-4o'] } } });
    const tracer = pipeline.provider.getTracer('app');
    tracer.startSpan('a', { attributes: chat }).end();
    tracer.startSpan('b', { attributes: { ...chat, [names.AGENT_VITALS_TIER]: 'premium' } }).end();
    tracer
      .startSpan('c', {
        attributes: { ...chat, [names.GEN_AI_REQUEST_MODEL]: 'alias', [names.GEN_AI_RESPONSE_MODEL]: 'gpt-4o-mini' },
      })
      .end();
    tracer.startSpan('d', { attributes: { ...chat, [names.GEN_AI_REQUEST_MODEL]: 'other' } }).end();
    const tiers = ['capable', 'premium', 'cheap', undefined];
    expect(pipeline.emitted.map(({ attributes }) => attributes[names.AGENT_VITALS_TIER])).to.deep.equal(tiers);
    const points = (await pipeline.collect()).get(names.METRIC_OPERATION_DURATION);
    expect(points?.map(({ attributes }) => attributes[names.AGENT_VITALS_TIER])).to.have.members(tiers);
  });
});
