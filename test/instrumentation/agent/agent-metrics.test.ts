import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { AggregationTemporality, type DataPoint, type Histogram } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { expect } from 'chai';
import { startAgent, withAgent } from '../../../src/instrumentation/agent/with-agent.ts';
import { configureInstrumentation, settings } from '../../../src/instrumentation/inference/settings.ts';
import { recordInference } from '../../../src/instrumentation/manual/record-inference.ts';
import { ManualReader } from '../../support/manual-reader.ts';
import { createPipeline, type Pipeline } from '../../support/pipeline.ts';
import { removeTempDirs } from '../../support/temp-dir.ts';

const call = {
  operation: 'chat',
  provider: 'openai',
  model: 'gpt-4o',
  response: { usage: { input: 1000, output: 100 } },
} as const;
/** US dollars of it. */
const COST = (1000 * 2.5 + 100 * 10) / 1e6;

describe('what is measured of agents', () => {
  let reader: ManualReader;
  let pipeline: Pipeline;
  const before = settings;

  beforeEach(() => {
    reader = new ManualReader({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
    pipeline = createPipeline();
    new NodeSDK({
      autoDetectResources: false,
      spanProcessors: [pipeline.processor],
      metricReaders: [reader],
      logRecordProcessors: [],
      textMapPropagator: null,
    }).start();
  });
  afterEach(() => {
    configureInstrumentation(before);
    for (const api of [trace, context, propagation, metrics]) api.disable();
  });
  after(removeTempDirs);

  /** By agent name, or by name and error. */
  async function points(metric: string): Promise<Record<string, number | Histogram>> {
    const { resourceMetrics } = await reader.collect();
    const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const found = all.find(({ descriptor }) => descriptor.name === metric)?.dataPoints as DataPoint<number>[];
    return Object.fromEntries(
      (found ?? []).map(({ attributes, value }) => [
        [attributes['gen_ai.agent.name'], attributes['error.type']].filter(Boolean).join(' '),
        value,
      ]),
    );
  }

  it('is what happened below, on the span and by name', async () => {
    withAgent({ name: 'outer' }, () => {
      recordInference(call);
      withAgent({ name: 'inner' }, () => recordInference(call));
      trace
        .getTracer('app')
        .startSpan('t', { attributes: { 'gen_ai.operation.name': 'execute_tool' } })
        .end();
    });
    const [first, inner] = pipeline.emitted;
    expect(first?.attributes).to.include({ 'gen_ai.agent.name': 'outer' });
    expect(inner?.attributes).to.include({ 'gen_ai.agent.name': 'inner' });
    const outer = pipeline.emitted.find(({ name }) => name === 'invoke_agent outer');
    expect(outer?.attributes).to.include({
      'agent_vitals.run.calls': 2,
      'agent_vitals.run.tool_calls': 1,
      'agent_vitals.run.input_tokens': 2000,
      'agent_vitals.run.output_tokens': 200,
      'agent_vitals.run.cost.usd': 2 * COST,
    });
    expect(outer?.events.map(({ attributes }) => attributes)).to.deep.equal([
      { 'agent_vitals.agent.status': 'starting' },
      { 'agent_vitals.agent.status': 'running' },
      { 'agent_vitals.agent.status': 'completed' },
    ]);
    const calls = await points('gen_ai.invoke_agent.inference_calls');
    expect(calls.outer).to.include({ count: 1, sum: 2 });
    expect(calls.inner).to.include({ count: 1, sum: 1 });
    expect((await points('gen_ai.invoke_agent.tool_calls')).outer).to.include({ count: 1, sum: 1 });
    const { outer: duration } = (await points('gen_ai.invoke_agent.duration')) as Record<string, Histogram>;
    const [seconds = 0, nanos = 0] = outer?.duration ?? [];
    expect(duration?.sum).to.be.closeTo(seconds + nanos / 1e9, 1e-6);
    expect(duration?.buckets.boundaries).to.deep.equal([
      0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6,
    ]);
  });

  it('knows a failure by its class', async () => {
    startAgent({ name: 'a' }).stop('failed', new RangeError('secret'));
    expect(await points('gen_ai.invoke_agent.duration')).to.have.all.keys('a RangeError');
  });

  it('shows how far the least of a name is, while it runs', async () => {
    const agents = [0.25, 0.75].map((progress) => {
      const agent = startAgent({ name: 'a' });
      agent.beat({ progress });
      return agent;
    });
    expect(await points('agent_vitals.agent.progress')).to.deep.equal({ a: 0.25 });
    agents[0]?.stop();
    expect(await points('agent_vitals.agent.progress')).to.deep.equal({ a: 0.75 });
    agents[1]?.stop();
    expect(await points('agent_vitals.agent.heartbeats')).to.deep.equal({ a: 6 });
  });

  it('shows the calls and cost of the run that has most, while it runs and just after', async () => {
    const agent = startAgent({ name: 'a' });
    expect(await points('agent_vitals.agent.run.calls')).to.deep.equal({ a: 0 });
    agent.run(() => [1, 2, 3].forEach(() => recordInference(call)));
    withAgent({ name: 'a' }, () => recordInference(call));
    expect(await points('agent_vitals.agent.run.calls')).to.deep.equal({ a: 3 });
    expect((await points('agent_vitals.agent.run.cost')).a).to.be.closeTo(3 * COST, 1e-12);
    agent.stop();
    expect(await points('agent_vitals.agent.run.calls')).to.deep.equal({ a: 3 });
  });

  it('shows no cost where none is known', async () => {
    const agent = startAgent({ name: 'a' });
    agent.run(() => recordInference({ ...call, model: 'mystery' }));
    expect(await points('agent_vitals.agent.run.calls')).to.deep.equal({ a: 1 });
    expect(await points('agent_vitals.agent.run.cost')).to.deep.equal({});
    agent.stop();
  });

  it('has a bounded number of series', async () => {
    configureInstrumentation({ ...before, maxSeries: 4 });
    for (let i = 0; i < 10; i++) startAgent({ name: `agent ${i}` }).stop();
    expect(await points('gen_ai.invoke_agent.duration')).to.have.all.keys('agent 0', 'agent 1', 'other');
    expect(await points('agent_vitals.agent.heartbeats')).to.deep.include({ 'agent 0': 2, other: 16 });
    expect(await points('agent_vitals.agent.run.calls')).to.have.all.keys('agent 0', 'agent 1', 'other');
  });
});
