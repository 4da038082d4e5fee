import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { expect } from 'chai';
import { authorizeWith } from '../../src/coordination/authorize.ts';
import { events, InvalidInputError, NotAuthorizedError, type ReceivedSignal, signals } from '../../src/index.ts';
import { withAgent } from '../../src/instrumentation/agent/with-agent.ts';
import { type RecordedTelemetry, recordTelemetry } from '../instrumentation/recorded-telemetry.ts';
import { eventually } from '../support/eventually.ts';
import { onEachEngine } from './on-each-engine.ts';

describe('signals', () => {
  let telemetry: RecordedTelemetry;
  before(() => (telemetry = recordTelemetry()));
  afterEach(() => {
    telemetry.reset();
    authorizeWith(undefined);
  });
  after(() => telemetry.stop());

  const rejection = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  onEachEngine((engine) => {
    it('come to the agent that waits, with all that was sent', async () => {
      const waiting = signals.wait({ agent: 'worker', type: 'task', timeout: 20_000 });
      const sent = await signals.send({ agent: 'boss', type: 'task', to: 'worker', payload: { n: [1] }, ttl: 60_000 });
      expect(sent.expiresAt - sent.sentAt).to.equal(60_000);
      const got = await waiting;
      expect(got).to.deep.include({ ...sent, type: 'task', to: 'worker', from: 'boss', payload: { n: [1] } });
      expect(await signals.check({ agent: 'worker' })).to.deep.equal([]);
    });

    it('of other types and senders are left where they are', async () => {
      await signals.send({ agent: 'boss', type: 'other', to: 'worker' });
      await signals.send({ agent: 'peer', type: 'task', to: 'worker' });
      expect(await signals.wait({ agent: 'worker', type: 'task', from: 'boss', timeout: 20 })).to.equal(undefined);
      const got = await signals.wait({ agent: 'worker', type: ['none', 'task'], timeout: 20_000 });
      expect(got).to.include({ type: 'task', from: 'peer', payload: null });
    });

    it('are for the running agent, by its name and by its id', async () => {
      await signals.send({ type: 'task', to: 'worker' });
      await signals.send({ type: 'task', to: 'worker-1' });
      await signals.broadcast({ type: 'task' });
      await withAgent({ name: 'worker', id: 'worker-1' }, async () => {
        const seen = await signals.check();
        expect(seen.map(({ to }) => to)).to.deep.equal(['worker', 'worker-1', undefined]);
        for (const expected of seen) expect(await signals.wait({ timeout: 0 })).to.include({ id: expected.id });
        await signals.send({ type: 'done', to: 'boss' });
      });
      const [done] = await signals.check({ agent: 'boss', from: 'worker-1' });
      expect(done).to.include({ type: 'done', from: 'worker', fromId: 'worker-1' });
    });

    it('are taken once by racing takers, a broadcast once by each agent', async () => {
      await Promise.all(Array.from({ length: 20 }, () => signals.send({ type: 'task', to: 'worker' })));
      await signals.broadcast({ type: 'stop' });
      const racers = Array.from({ length: 40 }, (_, index) =>
        signals.check({ agent: { id: `worker-${index % 4}`, name: 'worker' }, take: true, limit: 1, type: 'task' }),
      );
      const taken = (await Promise.all(racers)).flat().map(({ id }) => id);
      expect(new Set(taken).size).to.equal(20);
      expect(taken).to.have.length(20);
      for (const id of ['worker-0', 'worker-1', 'newcomer']) {
        const agent = { id, name: 'worker' };
        expect(await signals.check({ agent, take: true })).to.have.length(1);
        expect(await signals.check({ agent, take: true })).to.have.length(0);
      }
    });

    it('that are only looked at stay', async () => {
      await signals.send({ type: 'task', to: 'worker' });
      expect(await signals.check({ agent: 'worker' })).to.have.length(1);
      const [looked] = await signals.check({ agent: 'worker', take: true });
      expect(await looked!.finish()).to.equal(true);
      expect(await looked!.release()).to.equal(false);
      expect(await signals.check({ agent: 'worker' })).to.have.length(0);
    });

    it('under a lease come again unless they are finished', async () => {
      await signals.send({ type: 'task', to: 'worker', payload: 'once' });
      const first = await signals.wait({ agent: 'worker', lease: 50 });
      const second = await signals.wait({ agent: 'worker', lease: 60_000, timeout: 20_000 });
      expect(second).to.include({ id: first!.id, payload: 'once', deliveries: 1 });
      expect(await first!.finish()).to.equal(false);
      expect(await second!.release()).to.equal(true);
      const third = await signals.wait({ agent: 'worker', lease: 60_000 });
      expect(await third!.finish()).to.equal(true);
      expect(await signals.pending()).to.deep.equal([]);
    });

    it('are not waited for longer than the timeout, nor after an abort', async () => {
      const startedAt = performance.now();
      expect(await signals.wait({ agent: 'worker', timeout: 80 })).to.equal(undefined);
      expect(performance.now() - startedAt).to.be.within(75, 5000);
      const abort = new AbortController();
      const waiting = rejection(signals.wait({ agent: 'worker', signal: abort.signal }));
      const reason = new Error('no longer needed');
      abort.abort(reason);
      expect(await waiting).to.equal(reason);
      expect(await rejection(signals.wait({ agent: 'worker', signal: AbortSignal.abort(reason) }))).to.equal(reason);
      await signals.send({ type: 'task', to: 'worker' });
      expect(await signals.check({ agent: 'worker' })).to.have.length(1);
    });

    it('wait for who looks after them, and are cleared', async () => {
      await signals.send({ agent: 'boss', type: 'a', to: 'worker', payload: 1 });
      await signals.broadcast({ type: 'b', payload: 2 });
      await signals.send({ type: 'c', to: 'other', payload: 3 });
      const all = await signals.pending();
      expect(all.map(({ type, to, from, payload, deliveries }) => [type, to, from, payload, deliveries])).to.deep.equal(
        [
          ['a', 'worker', 'boss', 1, 0],
          ['b', undefined, undefined, 2, 0],
          ['c', 'other', undefined, 3, 0],
        ],
      );
      expect(await signals.pending({ to: 'worker' })).to.have.length(1);
      expect(await signals.clear({ type: ['a', 'b'] })).to.equal(2);
      expect(await signals.clear()).to.equal(1);
    });

    it('that cannot be sent or asked for are refused with what is allowed', async () => {
      engine.configure({ maxPayloadBytes: 100 });
      const to = 'worker';
      const refused: [() => Promise<unknown>, string][] = [
        [() => signals.send({ type: '', to }), 'type must be a text of 1 to 256 characters, not ""'],
        [() => signals.send({ type: 'x', to: 7 as never }), 'to must be a text of 1 to 256 characters, not 7'],
        [() => signals.send({ type: 'x' } as never), 'to must be a text'],
        [() => signals.send({ type: 'x', to, ttl: 0 }), 'ttl must be a whole number from 1 to 2592000000, not 0'],
        [() => signals.send({ type: 'x', to, payload: 1n }), 'payload is a bigint'],
        [
          () => signals.send({ type: 'x', to, payload: 'x'.repeat(99) }),
          'payload may have 100 bytes as JSON; it has 101',
        ],
        [() => signals.broadcast({ type: 'x', payload: () => 1 }), 'payload is a function'],
        [() => signals.wait({ type: 'x' }), 'inside of withAgent()'],
        [() => signals.check({ agent: { id: 'a' } as never }), 'agent.name must be a text'],
        [() => signals.wait({ agent: 'a', timeout: -1 }), 'timeout must be milliseconds, 0 or more, not -1'],
        [() => signals.wait({ agent: 'a', timeout: Number.NaN }), 'timeout must be milliseconds'],
        [() => signals.wait({ agent: 'a', lease: 0.5 }), 'lease must be a whole number'],
        [() => signals.check({ agent: 'a', lease: 10 }), 'lease goes with take: true'],
        [() => signals.check({ agent: 'a', limit: 0 }), 'limit must be a whole number from 1 to 1000'],
        [() => signals.pending({ type: ['a', ''] }), 'type[1] must be a text'],
      ];
      for (const [call, message] of refused) {
        const error = await rejection(call());
        expect(error, message).to.be.instanceOf(InvalidInputError);
        expect(String(error)).to.include(message);
      }
      expect(await signals.pending()).to.deep.equal([]);
    });

    it('are sent and cleared by whom authorize allows', async () => {
      const asked: unknown[] = [];
      authorizeWith((action, agent, { type, to }) => {
        asked.push([action, agent?.name, type, to]);
        return agent?.name === 'boss';
      });
      await signals.send({ agent: 'boss', type: 'task', to: 'worker' });
      const calls = [
        () => signals.send({ agent: 'worker', type: 'task', to: 'boss' }),
        () => signals.broadcast({ type: 'stop' }),
        () => signals.clear({ agent: 'worker', to: 'worker' }),
        () => signals.clear({ agent: 'worker', type: ['task', 'stop'] }),
      ];
      for (const call of calls) expect(await rejection(call())).to.be.instanceOf(NotAuthorizedError);
      expect(asked).to.deep.equal([
        ['send', 'boss', 'task', 'worker'],
        ['send', 'worker', 'task', 'boss'],
        ['send', undefined, 'stop', undefined],
        ['clear', 'worker', undefined, 'worker'],
        // Each by itself: the first that is not allowed decides.
        ['clear', 'worker', 'task', undefined],
      ]);
      expect(await signals.pending()).to.have.length(1);
    });

    it('join the traces of who sends and who receives', async () => {
      const tracer = trace.getTracer('test');
      await tracer.startActiveSpan('sending', async (span) => {
        await signals.send({ agent: 'boss', type: 'task', to: 'worker', payload: 'four' });
        span.end();
      });
      let got: ReceivedSignal | undefined;
      await tracer.startActiveSpan('receiving', async (span) => {
        got = await signals.wait({ agent: 'worker', timeout: 20_000 });
        got!.within(() => tracer.startSpan('working').end());
        span.end();
      });
      const named = (name: string) => telemetry.spans().find((span) => span.name === name)!;
      const [sending, send, receiving, receive, working] = [
        'sending',
        'send task',
        'receiving',
        'receive task',
        'working',
      ].map(named);
      expect(send!.kind).to.equal(SpanKind.PRODUCER);
      expect(send!.parentSpanContext?.spanId).to.equal(sending!.spanContext().spanId);
      expect(send!.attributes).to.deep.equal({
        'messaging.system': 'agent-vitals',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'worker',
        'messaging.message.id': got!.id,
        'messaging.message.body.size': 6,
        'agent_vitals.signal.type': 'task',
      });
      expect(receive!.kind).to.equal(SpanKind.CONSUMER);
      expect(receive!.parentSpanContext?.spanId).to.equal(receiving!.spanContext().spanId);
      expect(receive!.links.map(({ context }) => context.spanId)).to.deep.equal([send!.spanContext().spanId]);
      expect(receive!.attributes).to.include({
        'messaging.operation.type': 'receive',
        'messaging.message.id': got!.id,
        'messaging.destination.name': 'worker',
      });
      expect(working!.spanContext().traceId).to.equal(send!.spanContext().traceId);
      expect(working!.parentSpanContext?.spanId).to.equal(send!.spanContext().spanId);
    });

    it('that are received outside of a span go on in the trace of the sender', async () => {
      await signals.broadcast({ type: 'stop' });
      await signals.wait({ agent: 'worker', timeout: 20_000 });
      const [send, receive] = telemetry.spans();
      expect(receive!.name).to.equal('receive stop');
      expect(receive!.parentSpanContext?.spanId).to.equal(send!.spanContext().spanId);
      expect(receive!.links).to.have.length(1);
      expect(receive!.attributes).not.to.have.property('messaging.destination.name');
    });

    it('that fail say so on the span', async () => {
      const signal = AbortSignal.abort(new RangeError('secret'));
      await trace.getTracer('test').startActiveSpan('waiting', async (around) => {
        await rejection(signals.wait({ agent: 'worker', type: 'task', signal }));
        around.end();
      });
      const [span] = telemetry.spans();
      expect(span!.status).to.deep.equal({ code: SpanStatusCode.ERROR });
      expect(span!.attributes).to.include({ 'error.type': 'RangeError', 'agent_vitals.signal.type': 'task' });
    });

    it('that do not come make a span only within another', async () => {
      await signals.wait({ agent: 'worker', timeout: 0 });
      expect(telemetry.spans()).to.deep.equal([]);
      await trace.getTracer('test').startActiveSpan('waiting', async (around) => {
        await signals.wait({ agent: 'worker', timeout: 0 });
        around.end();
      });
      expect(telemetry.spans().map(({ name }) => name)).to.deep.equal(['receive signals', 'waiting']);
    });

    it('appear as events, without what they say', async () => {
      await withAgent({ name: 'boss', id: 'boss-1' }, () =>
        signals.send({ type: 'task', to: 'worker', payload: 'private' }),
      );
      await signals.check({ agent: 'worker', take: true });
      const seen = await eventually('both events', async () => {
        const found = await events.read({ type: ['signal.sent', 'signal.received'] });
        return found.length === 2 ? found : undefined;
      });
      const [sent, received] = seen;
      expect(sent).to.deep.include({
        type: 'signal.sent',
        agent: { id: 'boss-1', name: 'boss' },
        payload: { type: 'task', to: 'worker', from: 'boss' },
      });
      expect(sent!.traceId).to.match(/^[0-9a-f]{32}$/);
      expect(received).to.deep.include({ type: 'signal.received', agent: { id: 'worker', name: 'worker' } });
      expect(received!.payload).to.include({ type: 'task', to: 'worker', from: 'boss', by: 'worker' });
      expect(JSON.stringify(seen)).not.to.include('private');
    });
  });
});
