import { join } from 'node:path';
import { metrics } from '@opentelemetry/api';
import { AggregationTemporality, type DataPoint, type Histogram, MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import type { Approval } from '../../../src/coordination/approvals/approval.ts';
import { approvals, type RequestOptions } from '../../../src/coordination/approvals/approvals.ts';
import { authorizeWith } from '../../../src/coordination/authorize.ts';
import { configureCoordination, coordinationSettings } from '../../../src/coordination/settings.ts';
import { closeCoordination, coordinationStore } from '../../../src/coordination/store/process-store.ts';
import { withAgent } from '../../../src/instrumentation/agent/with-agent.ts';
import { type RecordedTelemetry, recordTelemetry } from '../../instrumentation/recorded-telemetry.ts';
import { eventually } from '../../support/eventually.ts';
import { ManualReader } from '../../support/manual-reader.ts';
import { hasRedis, startRedis } from '../../support/redis.ts';
import { rejection } from '../../support/rejection.ts';
import { type RunningProcess, startProcess } from '../../support/run-process.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { onEachEngine } from '../on-each-engine.ts';

describe('approvals', () => {
  let telemetry: RecordedTelemetry;
  before(() => (telemetry = recordTelemetry()));
  afterEach(() => {
    authorizeWith(undefined);
    telemetry.reset();
  });
  after(() => telemetry.stop());

  const spanOf = (id: string) =>
    telemetry.spans().find(({ attributes }) => attributes['agent_vitals.approval.id'] === id);

  onEachEngine((engine) => {
    const running: RunningProcess[] = [];
    afterEach(() => Promise.all(running.splice(0).map((child) => child.stop('SIGKILL'))));

    function startChild(file: string, ...args: string[]): RunningProcess {
      const path = join(import.meta.dirname, `../child/${file}.ts`);
      const child = startProcess(process.execPath, ['--import', 'tsx', path, ...args], { env: engine.env() });
      running.push(child);
      return child;
    }

    /** Asks, and waits until that is known to all. */
    async function ask(options: Partial<RequestOptions> = {}): Promise<{ id: string; wait: Promise<Approval> }> {
      const wait = approvals.request({ action: 'deploy', timeout: 60_000, ...options });
      await eventually('the request', () => approvals.get(wait.id));
      return { id: wait.id, wait };
    }

    const eventsOf = async (type: string): Promise<unknown[]> =>
      (await coordinationStore().read({ types: [type], limit: 100 })).map(({ value }) => value);

    it('resolve to what was answered, by whom, when and why', async () => {
      const { id, wait } = await withAgent({ name: 'deployer', id: 'd-1' }, () =>
        ask({ context: { version: '1.2', hosts: ['a', 'b'] } }),
      );
      expect(await approvals.get(id)).to.deep.include({
        status: 'pending',
        action: 'deploy',
        context: { version: '1.2', hosts: ['a', 'b'] },
        agent: { id: 'd-1', name: 'deployer' },
        endedAt: undefined,
      });
      const answered = await approvals.approve(id, { responder: 'ann', reason: 'looks good' });
      expect(answered.accepted).to.equal(true);
      const approval = await wait;
      expect(approval).to.deep.equal(answered.approval);
      expect(approval).to.include({ id, status: 'approved', responder: 'ann', reason: 'looks good' });
      expect(approval.endedAt).to.be.within(approval.requestedAt, approval.expiresAt);
      expect(approval.traceId).to.match(/^[0-9a-f]{32}$/);
      const { wait: other, id: otherId } = await ask();
      await approvals.reject(otherId, { responder: 'bob' });
      expect(await other).to.include({ status: 'rejected', responder: 'bob', reason: undefined });
      expect((await approvals.list()).map(({ status }) => status)).to.deep.equal(['rejected', 'approved']);
      expect(await approvals.list({ status: 'pending' })).to.deep.equal([]);
    });

    it('are a span as long as the wait, in the trace of who asks, and link to who answered', async () => {
      const { id, wait } = await withAgent({ name: 'deployer' }, () => ask());
      await withAgent({ name: 'reviewer' }, () => approvals.approve(id, { responder: 'ann' }));
      await wait;
      const span = spanOf(id);
      const deployer = telemetry.spans().find(({ name }) => name === 'invoke_agent deployer');
      const reviewer = telemetry.spans().find(({ name }) => name === 'invoke_agent reviewer');
      expect(span?.attributes).to.include({ 'agent_vitals.approval.outcome': 'approved' });
      expect(span?.parentSpanContext?.spanId).to.equal(deployer?.spanContext().spanId);
      expect(span?.links.map(({ context }) => context.spanId)).to.deep.equal([reviewer?.spanContext().spanId]);
      expect(JSON.stringify(span?.attributes)).not.to.match(/ann|"deploy"/);
    });

    it('name on their span what is to be allowed only where content is captured', async () => {
      configureCoordination({ ...coordinationSettings(), captureContent: 'span' });
      const { id, wait } = await ask();
      await approvals.approve(id, { responder: 'ann' });
      await wait;
      expect(spanOf(id)?.attributes).to.include({ 'agent_vitals.approval.action': 'deploy' });
    });

    it('appear as events', async () => {
      const { id, wait } = await ask({ agent: 'deployer' });
      await approvals.approve(id, { responder: 'ann' });
      await wait;
      const [requested] = (await eventsOf('approval.requested')) as { payload: object }[];
      expect(requested?.payload).to.include({ id, action: 'deploy' });
      const [approved] = (await eventsOf('approval.approved')) as { payload: object; agent: object }[];
      expect(approved?.payload).to.deep.equal({ id, action: 'deploy', responder: 'ann', reason: null });
      expect(approved?.agent).to.deep.equal({ id: 'deployer', name: 'deployer' });
    });

    it('time out, once and for ever', async () => {
      const { id, wait } = await ask({ timeout: 50 });
      const approval = await wait;
      expect(approval).to.include({ status: 'timed_out', responder: undefined, endedAt: approval.expiresAt });
      const late = await approvals.approve(id, { responder: 'late' });
      expect(late.accepted).to.equal(false);
      expect(late.approval).to.deep.equal(approval);
      expect(await approvals.resume(id)).to.deep.equal(approval);
      expect(await eventsOf('approval.timed_out')).to.have.length(1);
      expect(spanOf(id)?.attributes).to.include({ 'agent_vitals.approval.outcome': 'timed_out' });
    });

    it('are cancelled by who asked, and by others, unless somebody was quicker', async () => {
      const abort = new AbortController();
      const { id, wait } = await ask({ signal: abort.signal });
      abort.abort();
      expect(await wait).to.include({ status: 'cancelled', responder: undefined });
      expect((await approvals.approve(id, { responder: 'ann' })).accepted).to.equal(false);
      const second = await ask();
      await approvals.cancel(second.id, { responder: 'ann', reason: 'no need' });
      expect(await second.wait).to.include({ status: 'cancelled', responder: 'ann', reason: 'no need' });
      const third = approvals.request({ action: 'deploy', signal: AbortSignal.abort() });
      expect(await third).to.include({ status: 'cancelled' });
      expect(await approvals.get(third.id), 'never asked').to.equal(undefined);
      const fourth = await ask();
      const other = approvals.request({ id: fourth.id, action: 'erase', signal: AbortSignal.abort() });
      expect(await other).to.include({ status: 'cancelled', action: 'erase' });
      expect(await approvals.get(fourth.id), 'another question of that id').to.include({ status: 'pending' });
    });

    it('need the name of who answers, unless a rule says who may', async () => {
      const { id, wait } = await ask();
      expect(await rejection(approvals.approve(id))).to.match(/NotAuthorizedError: An answer needs the name/);
      expect(await rejection(approvals.approve(id, { responder: '  ' }))).to.match(/NotAuthorizedError/);
      const asked: unknown[] = [];
      authorizeWith((action, agent, details) => {
        asked.push([action, agent?.name, details]);
        return details.responder === undefined;
      });
      expect(await rejection(approvals.approve(id, { responder: 'ann' }))).to.match(/NotAuthorizedError.*approve/);
      expect((await withAgent({ name: 'robot' }, () => approvals.approve(id))).accepted).to.equal(true);
      expect(asked).to.deep.equal([
        ['approve', undefined, { type: 'deploy', id, responder: 'ann' }],
        ['approve', 'robot', { type: 'deploy', id, responder: undefined }],
      ]);
      expect(await wait).to.include({ status: 'approved' });
    });

    it('asked again under the same id are the same request', async () => {
      const { wait } = await ask({ id: 'release-1' });
      const again = approvals.request({ action: 'deploy', id: 'release-1', timeout: 1 });
      for (const other of [{ action: 'destroy' }, { action: 'deploy', context: { force: true } }]) {
        expect(await rejection(approvals.request({ ...other, id: 'release-1' }))).to.match(
          /There is a request "release-1" already/,
        );
      }
      await approvals.reject('release-1', { responder: 'ann' });
      expect(await again).to.deep.equal(await wait);
      expect(await eventsOf('approval.requested')).to.have.length(1);
    });

    it('have one winner of a thousand who answer at once in four processes, and all are told who it was', async () => {
      const { id, wait } = await ask();
      const children = ['a', 'b', 'c', 'd'].map((name) => startChild('responders', id, name, '250'));
      await Promise.all(children.map((child) => child.printed('ready')));
      for (const child of children) child.child.stdin?.end('go\n');
      const told = (await Promise.all(children.map((child) => child.ended))).flatMap(
        ({ stdout }) => JSON.parse(stdout.split('\n')[1] ?? '') as [string, boolean, string, string, number][],
      );
      const { responder, status, endedAt } = await wait;
      expect(told).to.have.length(1000);
      expect(told.filter(([, accepted]) => accepted).map(([name]) => name)).to.deep.equal([responder]);
      for (const [, , ...first] of told) expect(first).to.deep.equal([responder, status, endedAt]);
    }).timeout(120_000);

    it('survive the death of who asked', async () => {
      const child = startChild('requester', 'release-2');
      await child.printed('asked');
      await eventually('the request', () => approvals.get('release-2'));
      await child.stop('SIGKILL');
      await approvals.approve('release-2', { responder: 'ann' });
      expect(await approvals.resume('release-2')).to.include({ status: 'approved', responder: 'ann' });
      const again = startChild('requester', 'release-2');
      await again.printed('approved ann');
    }).timeout(60_000);

    it('say what cannot be used', async () => {
      const wrong: [unknown, RegExp][] = [
        [{}, /action must be a text/],
        [{ action: 'x', timeout: 0 }, /timeout must be a whole number from 1/],
        [{ action: 'x', context: 1n }, /context is a bigint/],
        [{ action: 'x', context: 'y'.repeat(70_000) }, /context may have 65536 bytes/],
        [{ action: 'x', agent: 7 }, /agent must be a text/],
      ];
      for (const [options, message] of wrong) expect(() => approvals.request(options as never)).to.throw(message);
      expect(await rejection(approvals.resume('none'))).to.match(/There is no request "none"/);
      expect(await rejection(approvals.approve('none', { responder: 'ann' }))).to.match(/There is no request "none"/);
      expect(await rejection(approvals.list({ status: 'open' as never }))).to.match(/status must be one of pending/);
    });
  });

  it('are measured by outcome, each once', async () => {
    const usual = coordinationSettings();
    configureCoordination({ ...usual, dir: tempDir() });
    const reader = new ManualReader({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
    metrics.disable();
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    try {
      const first = approvals.request({ action: 'deploy', timeout: 60_000 });
      await eventually('the request', () => approvals.get(first.id));
      const resumed = approvals.resume(first.id);
      await approvals.approve(first.id, { responder: 'ann' });
      await Promise.all([first, resumed, approvals.request({ action: 'deploy', timeout: 30 })]);
      const { resourceMetrics } = await reader.collect();
      const points = resourceMetrics.scopeMetrics
        .flatMap((scope) => scope.metrics)
        .flatMap(({ descriptor, dataPoints }) =>
          (dataPoints as DataPoint<number | Histogram>[]).map(({ attributes, value }) => [
            descriptor.name,
            attributes['agent_vitals.approval.outcome'],
            typeof value === 'number' ? value : value.count,
          ]),
        );
      expect(points).to.have.deep.members([
        ['agent_vitals.approval.requests', 'approved', 1],
        ['agent_vitals.approval.requests', 'timed_out', 1],
        ['agent_vitals.approval.duration', 'approved', 1],
        ['agent_vitals.approval.duration', 'timed_out', 1],
      ]);
    } finally {
      metrics.disable();
      await closeCoordination();
      configureCoordination(usual);
    }
  });

  it('survive the death of the store', async function survive() {
    if (!hasRedis()) return this.skip();
    const usual = coordinationSettings();
    const redis = await startRedis({ settings: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    try {
      configureCoordination({ ...usual, redisUrl: redis.url });
      const wait = approvals.request({ action: 'deploy', timeout: 60_000 });
      await eventually('the request', () => approvals.get(wait.id));
      await redis.kill();
      // Asked while nobody is there to take it.
      const second = approvals.request({ action: 'restart', timeout: 60_000 });
      await redis.restart();
      await eventually('the second request', () => approvals.get(second.id), 30_000);
      for (const { id } of [wait, second]) {
        await eventually('an answer', () => approvals.approve(id, { responder: 'ann' }));
      }
      for (const approval of await Promise.all([wait, second]))
        expect(approval).to.include({ status: 'approved', responder: 'ann' });
    } finally {
      await closeCoordination();
      configureCoordination(usual);
      await redis.stop();
    }
  }).timeout(60_000);

  it('time out where the store never comes back', async () => {
    const usual = coordinationSettings();
    configureCoordination({ ...usual, dir: '/proc/no-such-place' });
    try {
      const asked = performance.now();
      expect(await approvals.request({ action: 'deploy', timeout: 300 })).to.include({
        status: 'timed_out',
        action: 'deploy',
      });
      expect(performance.now() - asked).to.be.within(290, 25_000);
    } finally {
      await closeCoordination();
      configureCoordination(usual);
    }
  }).timeout(60_000);
});
