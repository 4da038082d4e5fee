import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AggregationTemporality, type DataPoint, MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { agents } from '../../../src/coordination/agents/agents.ts';
import { takeHeartbeat } from '../../../src/coordination/agents/heartbeats.ts';
import { observeAgents } from '../../../src/coordination/agents/observe-agents.ts';
import {
  type CoordinationSettings,
  configureCoordination,
  coordinationSettings,
} from '../../../src/coordination/settings.ts';
import { closeCoordination, coordinationStore } from '../../../src/coordination/store/process-store.ts';
import type { Heartbeat } from '../../../src/semconv.ts';
import { eventually } from '../../support/eventually.ts';
import { ManualReader } from '../../support/manual-reader.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';

describe('the gauges of agents', () => {
  let dir: string;
  let usual: CoordinationSettings;
  let reader: ManualReader;

  beforeEach(() => {
    dir = tempDir();
    usual = coordinationSettings();
    const coordination = { ...usual.coordination, agentTtlMillis: 100 };
    configureCoordination({ ...usual, dir, coordination, maxSeries: 20 });
    reader = new ManualReader({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
    observeAgents(new MeterProvider({ readers: [reader] }).getMeter('test'));
  });
  afterEach(async () => {
    await closeCoordination();
    configureCoordination(usual);
  });
  after(removeTempDirs);

  const beat = (id: string, said: Partial<Heartbeat> = {}): void =>
    takeHeartbeat({
      id,
      name: 'worker',
      version: undefined,
      status: 'running',
      progress: undefined,
      task: undefined,
      metadata: {},
      expectEveryMillis: 60_000,
      heartbeatThread: false,
      isLast: false,
      traceId: undefined,
      spanId: undefined,
      ...said,
    });

  async function points(metric: string): Promise<Record<string, number>> {
    // As after the five seconds in which one look is enough.
    if (existsSync(join(dir, 'coordination.db'))) await coordinationStore().remove('agent-looks', ['look']);
    const { resourceMetrics } = await reader.collect();
    const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const found = all.find(({ descriptor }) => descriptor.name === metric)?.dataPoints as
      | DataPoint<number>[]
      | undefined;
    return Object.fromEntries(
      (found ?? []).map(({ attributes, value }) => [Object.values(attributes).join(' '), value]),
    );
  }

  it('make no store where there is none', async () => {
    expect(await points('agent_vitals.agent.agents')).to.deep.equal({});
    expect(existsSync(join(dir, 'coordination.db'))).to.equal(false);
  });

  it('count agents by name and state, and fall when they end', async () => {
    beat('g-1', { expectEveryMillis: 40 });
    beat('g-2');
    beat('g-3', { name: 'writer' });
    await eventually('a loss', async () => (await agents.get('g-1'))?.state === 'lost');
    expect(await points('agent_vitals.agent.agents')).to.deep.equal({
      'worker alive': 1,
      'worker blocked': 0,
      'worker stale': 0,
      'worker lost': 1,
      'writer alive': 1,
      'writer blocked': 0,
      'writer stale': 0,
      'writer lost': 0,
    });
    const age = await points('agent_vitals.agent.last_heartbeat_age');
    expect(age.worker).to.be.within(0.1, 10);
    await agents.forget('g-1');
    beat('g-3', { name: 'writer', status: 'completed' });
    await eventually('the end', async () => (await agents.get('g-3'))?.state === 'ended');
    expect(await points('agent_vitals.agent.agents')).to.include({ 'worker lost': 0, 'writer alive': 0 });
    expect(await points('agent_vitals.agent.last_heartbeat_age')).to.include({ writer: 0 });
  });

  it('have a bounded number of series', async () => {
    for (let i = 0; i < 10; i++) beat(`h-${i}`, { name: `name ${i}` });
    await eventually('all', async () => (await agents.list()).length === 10);
    const counted = await points('agent_vitals.agent.agents');
    expect(Object.keys(counted)).to.have.length(16);
    expect(counted).to.include({ 'name 0 alive': 1, 'other alive': 7 });
    const folded = Object.values(await points('agent_vitals.series.folded'));
    expect(folded, 'at two collections').to.deep.equal([14]);
  });

  it('never have a key for a label', async () => {
    beat('k', { name: 'sk-proj-0123456789abcdef' });
    await eventually('it', async () => (await agents.list()).length === 1);
    expect(Object.keys(await points('agent_vitals.agent.agents')).join())
      .to.include('[masked]')
      .and.not.include('0123');
  });
});
