import { mock } from 'node:test';
import { context, trace } from '@opentelemetry/api';
import { expect } from 'chai';
import type { AgentOptions, AgentUpdate } from '../../../src/instrumentation/agent/agent-options.ts';
import { sendBeatsTo } from '../../../src/instrumentation/agent/beat-sink.ts';
import { startAgent, withAgent } from '../../../src/instrumentation/agent/with-agent.ts';
import { configureInstrumentation, settings } from '../../../src/instrumentation/inference/settings.ts';
import { abandonOpenRuns } from '../../../src/instrumentation/run/run.ts';
import { type Heartbeat, VITALS_CONTEXT_KEY } from '../../../src/semconv.ts';
import { recordTelemetry } from '../recorded-telemetry.ts';

describe('agents', () => {
  let telemetry: ReturnType<typeof recordTelemetry>;
  let beats: Heartbeat[];
  before(() => {
    telemetry = recordTelemetry();
  });
  beforeEach(() => {
    beats = [];
    sendBeatsTo((beat) => beats.push(beat));
  });
  afterEach(() => {
    abandonOpenRuns();
    sendBeatsTo(undefined);
    telemetry.reset();
  });
  after(() => telemetry.stop());

  const statuses = (): unknown[] => beats.map(({ status }) => status);
  const events = (): unknown[] =>
    telemetry.span().events.map(({ attributes }) => attributes?.['agent_vitals.agent.status']);

  it('does what it is told by functions that were taken out of it', () => {
    withAgent({ name: 'a' }, ({ beat, run }) => {
      beat({ progress: 0.5 });
      expect(run(() => trace.getActiveSpan())).to.not.equal(undefined);
    });
    const { stop } = startAgent({ name: 'b' });
    stop('failed');
    expect(telemetry.spans().map(({ attributes }) => attributes['agent_vitals.outcome'])).to.deep.equal([
      'completed',
      'error',
    ]);
    expect(beats.map(({ progress }) => progress)).to.include(0.5);
  });

  it('is a span as long as the function, with its transitions as events', async () => {
    const value = await withAgent({ name: 'researcher', id: 'r-1', version: '2' }, async (agent) => {
      agent.beat({ progress: 0.5, task: 'reading' });
      agent.beat({ status: 'waiting' });
      await Promise.resolve();
      agent.beat({ status: 'running', progress: 1 });
      return 'done';
    });
    expect(value).to.equal('done');
    const span = telemetry.span();
    expect(span.name).to.equal('invoke_agent researcher');
    expect(span.attributes).to.deep.include({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.id': 'r-1',
      'gen_ai.agent.name': 'researcher',
      'gen_ai.agent.version': '2',
      'agent_vitals.outcome': 'completed',
      'agent_vitals.agent.progress': 1,
    });
    expect(events()).to.deep.equal(['starting', 'running', 'waiting', 'running', 'completed']);
    expect(span.events[2]?.attributes).to.deep.equal({
      'agent_vitals.agent.status': 'waiting',
      'agent_vitals.agent.progress': 0.5,
    });
    expect(statuses()).to.deep.equal(['starting', 'running', 'running', 'waiting', 'running', 'completed']);
    expect(beats.at(-1)).to.deep.include({ id: 'r-1', name: 'researcher', version: '2', progress: 1, task: 'reading' });
    expect(beats.at(-1)?.spanId).to.equal(span.spanContext().spanId);
  });

  it('writes what it is at into its trace only where content is captured on spans', () => {
    const run = (): void => withAgent({ name: 'clerk' }, (agent) => agent.beat({ status: 'waiting', task: 'a case' }));
    run();
    configureInstrumentation({ ...settings, captureContent: 'event' });
    run();
    expect(JSON.stringify(telemetry.spans().map(({ events: all }) => all))).not.to.contain('a case');
    configureInstrumentation({ ...settings, captureContent: 'span' });
    run();
    expect(telemetry.spans().at(-1)?.events[2]?.attributes).to.deep.equal({
      'agent_vitals.agent.status': 'waiting',
      'agent_vitals.agent.task': 'a case',
    });
  });

  it('gives its name to all below, and an inner agent its own', () => {
    const named = (): unknown =>
      (context.active().getValue(VITALS_CONTEXT_KEY) as { attributes: Record<string, unknown> }).attributes[
        'gen_ai.agent.name'
      ];
    withAgent({ name: 'outer' }, (outer) => {
      expect(named()).to.equal('outer');
      withAgent({ name: 'inner' }, () => expect(named()).to.equal('inner'));
      expect(named()).to.equal('outer');
      const active = trace.getActiveSpan();
      expect(outer.run(() => trace.getActiveSpan())).to.equal(active);
    });
    const [inner, outer] = telemetry.spans();
    expect(inner?.attributes['gen_ai.agent.name']).to.equal('inner');
    expect(inner?.parentSpanContext?.spanId).to.equal(outer?.spanContext().spanId);
  });

  it('ends as the function does, whose error passes through untouched', async () => {
    const error = Object.assign(new RangeError('secret'), {});
    expect(() =>
      withAgent({ name: 'a' }, () => {
        throw error;
      }),
    ).to.throw(error);
    const aborted = await withAgent({ name: 'a' }, () => Promise.reject(new DOMException('', 'AbortError'))).catch(
      (thrown: unknown) => thrown,
    );
    expect(aborted).to.have.property('name', 'AbortError');
    await withAgent({ name: 'a' }, async (agent) => agent.beat({ status: 'cancelled' }));
    expect(
      telemetry
        .spans()
        .map(({ attributes, status }) => [attributes['agent_vitals.outcome'], attributes['error.type'], status.code]),
    ).to.deep.equal([
      ['error', 'RangeError', 2],
      ['cancelled', undefined, 0],
      ['cancelled', undefined, 0],
    ]);
    expect(JSON.stringify(telemetry.spans().map(({ events: all }) => all))).not.to.contain('secret');
  });

  it('runs from startAgent() to stop(), once', () => {
    const agent = startAgent({ name: 'worker' });
    agent.beat({ status: 'running', progress: 0 });
    expect(agent.run(() => trace.getActiveSpan()?.spanContext().spanId)).to.equal(beats[0]?.spanId);
    agent.stop('failed');
    agent.stop('completed');
    agent.beat({ progress: 1 });
    expect(telemetry.span().attributes).to.include({
      'agent_vitals.outcome': 'error',
      'error.type': '_OTHER',
      'agent_vitals.agent.progress': 0,
    });
    expect(statuses()).to.deep.equal(['starting', 'running', 'failed']);
    expect(agent.status).to.equal('failed');
  });

  it('ends with a beat of a final status where no function ends it', () => {
    startAgent({ name: 'worker' }).beat({ status: 'completed', progress: 1 });
    expect(telemetry.span().attributes).to.include({ 'agent_vitals.outcome': 'completed' });
    expect(statuses()).to.deep.equal(['starting', 'completed']);
  });

  it('beats by itself until it is stopped, with the same words while nothing changes', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    try {
      const agent = startAgent({ name: 'worker', heartbeatEveryMillis: 5000 });
      mock.timers.tick(10_000);
      expect(beats).to.have.length(3);
      expect(new Set(beats)).to.have.property('size', 1);
      agent.stop();
      mock.timers.tick(10_000);
      expect(statuses()).to.deep.equal(['starting', 'starting', 'starting', 'completed']);
      startAgent({ name: 'silent', heartbeatEveryMillis: 0 });
      mock.timers.tick(1_000_000);
      expect(beats).to.have.length(5);
    } finally {
      mock.timers.reset();
    }
  });

  it('is abandoned when the process ends before it', () => {
    startAgent({ name: 'worker' });
    abandonOpenRuns();
    expect(telemetry.span().attributes).to.include({ 'agent_vitals.outcome': 'abandoned' });
    expect(statuses(), 'it stays listed as it was').to.deep.equal(['starting']);
  });

  it('names what its caller says wrongly', () => {
    const bad: [AgentOptions, RegExp][] = [
      [undefined as never, /needs a name/],
      [{ name: '' }, /"name" is a text, not ""/],
      [{ name: 'x', id: 7 as never }, /"id" is a text, not 7/],
      [{ name: 'x'.repeat(257) }, /"name" has 257 characters, at most 256/],
      [{ name: 'x', heartbeatEveryMillis: -1 }, /"heartbeatEveryMillis" is a number of milliseconds from 0 .* not -1/],
      [
        { name: 'x', expectEveryMillis: Number.NaN },
        /"expectEveryMillis" is a number of milliseconds from 1 .* not NaN/,
      ],
      [{ name: 'x', metadata: { long: 'x'.repeat(5000) } }, /"metadata" has \d+ bytes as JSON, at most 4096/],
      [{ name: 'x', metadata: [] as never }, /"metadata" is an object/],
    ];
    for (const [options, message] of bad) {
      expect(() => startAgent(options)).to.throw(message);
      expect(() => withAgent(options, () => expect.fail('it must not run'))).to.throw(message);
    }
    const agent = startAgent({ name: 'x' });
    const wrong: [AgentUpdate, RegExp][] = [
      [{ progress: 1.01 }, /"progress" is a number from 0 to 1, not 1.01/],
      [{ progress: -0.1 }, /not -0.1/],
      [{ progress: Number.NaN }, /not NaN/],
      [{ progress: '0.5' as never }, /not "0.5"/],
      [{ status: 'happy' as never }, /"status" is one of starting, running, .*cancelled, not "happy"/],
      [{ task: {} as never }, /"task" is a text, not an object/],
      [null as never, /A beat takes/],
    ];
    for (const [update, message] of wrong) expect(() => agent.beat(update)).to.throw(message);
    const full = startAgent({ name: 'y', metadata: { first: 'x'.repeat(3000) } });
    expect(() => full.beat({ metadata: { second: 'x'.repeat(3000) } })).to.throw(/"metadata" has 60\d\d bytes/);
    full.stop();
    beats.length = 1;
    expect(() => agent.stop('running' as never)).to.throw(/"status" is one of completed, failed, cancelled/);
    expect(beats).to.have.length(1);
    agent.stop();
  });

  it('cuts its task to 100 characters', () => {
    const agent = startAgent({ name: 'x' });
    agent.beat({ task: 'y'.repeat(101) });
    expect(beats[1]?.task).to.equal(`${'y'.repeat(99)}…`);
    agent.stop();
  });

  it('goes on without whoever takes its beats', () => {
    sendBeatsTo(() => {
      throw new Error('full');
    });
    expect(withAgent({ name: 'x' }, () => 'ran')).to.equal('ran');
    expect(telemetry.span().attributes).to.include({ 'agent_vitals.outcome': 'completed' });
  });
});
