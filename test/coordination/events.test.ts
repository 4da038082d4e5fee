import { expect } from 'chai';
import { authorizeWith } from '../../src/coordination/authorize.ts';
import { type EventGap, events, InvalidInputError, NotAuthorizedError, type VitalsEvent } from '../../src/index.ts';
import { withAgent } from '../../src/instrumentation/agent/with-agent.ts';
import { type RecordedTelemetry, recordTelemetry } from '../instrumentation/recorded-telemetry.ts';
import { onEachEngine } from './on-each-engine.ts';

describe('events', () => {
  let telemetry: RecordedTelemetry;
  before(() => (telemetry = recordTelemetry()));
  afterEach(() => {
    telemetry.reset();
    authorizeWith(undefined);
  });
  after(() => telemetry.stop());

  const payloads = (found: readonly VitalsEvent[]): unknown[] => found.map(({ payload }) => payload);
  const rejection = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );
  async function publishAll(type: string, count: number, from = 0): Promise<VitalsEvent[]> {
    const published: VitalsEvent[] = [];
    for (let index = from; index < from + count; index += 1) {
      published.push((await events.publish({ type, payload: index }))!);
    }
    return published;
  }
  async function take(follower: AsyncIterableIterator<VitalsEvent>, count: number): Promise<VitalsEvent[]> {
    const taken: VitalsEvent[] = [];
    while (taken.length < count) taken.push((await follower.next()).value as VitalsEvent);
    return taken;
  }

  onEachEngine((engine) => {
    it('are read as they were published, with the agent and the trace', async () => {
      const published = await withAgent({ name: 'writer', id: 'w-1' }, () =>
        events.publish({ type: 'draft', payload: { words: 12 } }),
      );
      expect(published).to.deep.include({
        type: 'draft',
        payload: { words: 12 },
        agent: { id: 'w-1', name: 'writer' },
      });
      const span = telemetry.span();
      expect(published!.traceId).to.equal(span.spanContext().traceId);
      expect(published!.spanId).to.equal(span.spanContext().spanId);
      expect(await events.read({ type: 'draft' })).to.deep.equal([published]);
      const outside = await events.publish({ type: 'draft' });
      expect(outside).to.include({ payload: null, agent: undefined, traceId: undefined });
    });

    it('are read from the first, page by page, or the newest', async () => {
      const published = await publishAll('a', 5);
      await publishAll('b', 2, 5);
      expect(payloads(await events.read({ limit: 3 }))).to.deep.equal([0, 1, 2]);
      expect(payloads(await events.read({ after: published[2]!.id, limit: 3 }))).to.deep.equal([3, 4, 5]);
      expect(payloads(await events.read({ newest: true, limit: 3 }))).to.deep.equal([4, 5, 6]);
      expect(payloads(await events.read({ type: 'b' }))).to.deep.equal([5, 6]);
      expect(payloads(await events.read({ type: ['a', 'b'], after: published[4]!.id }))).to.deep.equal([5, 6]);
    });

    it('are followed from now on, or from an id, and none is missed', async () => {
      const [first] = await publishAll('a', 3);
      const abort = new AbortController();
      const live = events.follow({ types: 'a', signal: abort.signal });
      const resumed = events.follow({ after: first!.id, signal: abort.signal });
      await publishAll('b', 1, 100);
      const inParallel = Promise.all([take(live, 30), take(resumed, 33)]);
      await Promise.all([publishAll('a', 15, 3), publishAll('a', 15, 18)]);
      const [fromNow, fromFirst] = await inParallel;
      const sorted = (found: readonly VitalsEvent[]): number[] =>
        (payloads(found) as number[]).sort((left, right) => left - right);
      expect(sorted(fromNow)).to.deep.equal(Array.from({ length: 30 }, (_, index) => index + 3));
      expect(sorted(fromFirst)).to.deep.equal([...Array.from({ length: 32 }, (_, index) => index + 1), 100]);
      const ids = fromFirst.map(({ id }) => Number(id));
      expect(ids).to.deep.equal([...ids].sort((left, right) => left - right));
      const again = events.follow({ after: fromFirst[30]!.id, signal: abort.signal });
      expect(payloads(await take(again, 2))).to.deep.equal(payloads(fromFirst.slice(31)));
      abort.abort();
    });

    it('that a follower is too slow for are told as a gap', async () => {
      engine.configure({ maxEvents: 5 });
      const gaps: EventGap[] = [];
      const onGap = (gap: EventGap): void => void gaps.push(gap);
      const follower = events.follow({ types: ['a', 'b'], onGap });
      const [, second] = await publishAll('a', 2);
      await publishAll('b', 2, 100);
      expect(payloads(await take(follower, 4))).to.deep.equal([0, 1, 100, 101]);
      const known = (await events.read({ newest: true, limit: 1 }))[0]!.id;
      await publishAll('a', 8, 2);
      await publishAll('other', 8);
      expect(payloads(await take(follower, 5))).to.deep.equal([5, 6, 7, 8, 9]);
      const [first] = await events.read({ type: 'a' });
      expect(gaps).to.deep.equal([{ type: 'a', after: known, firstId: first!.id }]);
      await take(events.follow({ types: 'a', after: second!.id, onGap }), 5);
      expect(gaps).to.have.length(2);
      expect(gaps[1]).to.include({ after: second!.id });
      await take(events.follow({ types: 'a', after: '0', onGap }), 5);
      await take(events.follow({ types: 'b', after: second!.id, onGap }), 2);
      expect(gaps).to.have.length(2);
    });

    it('that happen before the first is awaited are followed too', async () => {
      const follower = events.follow({ types: ['a'] });
      await publishAll('a', 1);
      await publishAll('a', 1, 1);
      expect((await take(follower, 1)).length).to.equal(1);
      await follower.return?.();
      expect(await follower.next()).to.deep.equal({ done: true, value: undefined });
    });

    it('are no longer followed after an abort, without an error', async () => {
      const abort = new AbortController();
      const follower = events.follow({ signal: abort.signal });
      const next = follower.next();
      abort.abort();
      expect(await next).to.deep.equal({ done: true, value: undefined });
      for await (const event of events.follow({ after: '0', signal: AbortSignal.abort() })) expect.fail(event.type);
    });

    it('are bounded, counted, trimmed and deleted', async () => {
      engine.configure({ maxEvents: 5 });
      await publishAll('a', 8);
      const [kept] = await publishAll('b', 1);
      expect(payloads(await events.read({ type: 'a' }))).to.deep.equal([3, 4, 5, 6, 7]);
      expect((await events.info()).map(({ type, length }) => [type, length])).to.deep.equal([
        ['a', 5],
        ['b', 1],
      ]);
      expect(await events.info({ type: 'b' })).to.deep.equal([
        { type: 'b', length: 1, firstId: kept!.id, lastId: kept!.id, firstTime: kept!.time, lastTime: kept!.time },
      ]);
      expect(await events.trim({ type: 'a', maxLength: 4 })).to.equal(1);
      const [oldest] = await events.read({ type: 'a' });
      expect(await events.delete({ type: 'a', ids: [oldest!.id, kept!.id] })).to.equal(1);
      expect(payloads(await events.read({ type: 'a' }))).to.deep.equal([5, 6, 7]);
      expect(await events.delete({ type: 'a' })).to.equal(3);
      expect((await events.info()).map(({ type }) => type)).to.deep.equal(['b']);
    });

    it('that cannot be published or asked for are refused with what is allowed', async () => {
      engine.configure({ maxPayloadBytes: 100 });
      const refused: [() => Promise<unknown>, string][] = [
        [() => events.publish({ type: 'x'.repeat(257) }), 'type must be a text of 1 to 256 characters; it has 257'],
        [() => events.publish({ type: 'x', payload: { a: Symbol('s') } }), 'payload.a is a symbol'],
        [
          () => events.publish({ type: 'x', payload: 'x'.repeat(99) }),
          'payload may have 100 bytes as JSON; it has 101',
        ],
        [
          () => events.read({ after: 'yesterday' }),
          'after must be the id of an event, as it was given: digits, not "yesterday"',
        ],
        [() => events.read({ limit: 10_001 }), 'limit must be a whole number from 1 to 10000, not 10001'],
        [() => events.trim({ type: 'x', maxLength: -1 }), 'maxLength must be a whole number from 0'],
        [() => events.delete({ type: 'x', ids: ['x'] }), 'ids[0] must be the id'],
        [() => Promise.resolve().then(() => events.follow({ after: '-1' }).next()), 'after must be the id'],
      ];
      for (const [call, message] of refused) {
        const error = await rejection(call());
        expect(error, message).to.be.instanceOf(InvalidInputError);
        expect(String(error)).to.include(message);
      }
      expect(await events.info()).to.deep.equal([]);
    });

    it('are removed by whom authorize allows', async () => {
      await publishAll('a', 2);
      authorizeWith((action, agent) => action === 'clear' && agent?.name === 'keeper');
      expect(await rejection(events.trim({ type: 'a', maxLength: 1 }))).to.be.instanceOf(NotAuthorizedError);
      expect(await rejection(events.delete({ type: 'a', agent: 'other' }))).to.be.instanceOf(NotAuthorizedError);
      expect(await events.trim({ type: 'a', maxLength: 1, agent: 'keeper' })).to.equal(1);
      expect(await events.delete({ type: 'a', agent: 'keeper' })).to.equal(1);
    });
  });
});
