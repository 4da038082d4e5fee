// What every engine of the store promises, as tests. Each is run on each engine, with two connections to one store: what one process does, another sees.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import {
  ALL_EVENTS,
  type CoordinationStore,
  type NewEvent,
  recordTopic,
  type SignalQuery,
  signalTopic,
} from '../../../src/coordination/store/store.ts';
import { eventually } from '../../support/eventually.ts';

export interface EngineUnderTest {
  /** A new connection to the same, empty store. */
  connect(): Promise<CoordinationStore>;
}

const MINUTE = 60_000;

export function itKeepsTheContract(engine: () => EngineUnderTest): void {
  let here: CoordinationStore;
  let there: CoordinationStore;

  beforeEach(async () => {
    here = await engine().connect();
    there = await engine().connect();
  });
  afterEach(() => Promise.all([here.close(), there.close()]));

  const event = (type: string, value: NewEvent['value'] = {}, maxLength = 100): NewEvent => ({
    type,
    value,
    maxLength,
    ttlMillis: MINUTE,
  });
  const record = (key: string, value: NewEvent['value'] = key, ttlMillis = MINUTE) => ({
    collection: 'notes',
    key,
    value,
    ttlMillis,
  });
  const to = (agent: string, query: Partial<SignalQuery> = {}): SignalQuery => ({
    agent,
    addresses: [agent],
    limit: 10,
    ...query,
  });
  const signal = (type: string, recipient?: string, ttlMillis = MINUTE, from?: string) => ({
    type,
    to: recipient,
    from,
    value: { type },
    ttlMillis,
  });

  describe('records', () => {
    it('are read by another process as they were written', async () => {
      const value = { text: 'żółw 🐢 \u0000 "quoted"', list: [1, 2.5, null, true], empty: {}, none: [] };
      const [written] = await here.put([record('a', value)]);
      expect(written).to.include({ key: 'a' });
      expect(written!.expiresAt - written!.createdAt).to.equal(MINUTE);
      expect(await there.get('notes', 'a')).to.deep.equal(written);
      expect(written!.value).to.deep.equal(value);
      expect(await there.get('other', 'a')).to.equal(undefined);
    });

    it('keep when they were made, not what they said, when they are written again', async () => {
      const [first] = await here.put([record('a', 1)]);
      await eventually('a later millisecond', async () => (await here.now()) > first!.createdAt);
      const [second] = await there.put([record('a', 2)]);
      expect(second!.createdAt).to.equal(first!.createdAt);
      expect(second!.updatedAt).to.be.greaterThan(first!.updatedAt);
      expect((await here.get('notes', 'a'))?.value).to.equal(2);
    });

    it('are gone after their time, and new when they are written again', async () => {
      const [first] = await here.put([record('short', 1, 30), record('long', 1)]);
      await eventually('expiry', async () => (await here.get('notes', 'short')) === undefined);
      expect(await here.now()).to.be.at.least(first!.expiresAt);
      expect((await there.list('notes')).records.map(({ key }) => key)).to.deep.equal(['long']);
      expect(await there.remove('notes', ['short'])).to.equal(0);
      const [again] = await there.put([record('short', 2)]);
      expect(again!.createdAt).to.be.at.least(first!.expiresAt);
    });

    it('are listed by key, by prefix and by page', async () => {
      await here.put(['b/2', 'a', 'b/10', 'c', 'b/\u{1F600}', 'b/é', 'B'].map((key) => record(key)));
      const keys = async (query = {}): Promise<string[]> =>
        (await there.list('notes', query)).records.map(({ key }) => key);
      expect(await keys()).to.deep.equal(['B', 'a', 'b/10', 'b/2', 'b/é', 'b/\u{1F600}', 'c']);
      expect(await keys({ prefix: 'b/' })).to.deep.equal(['b/10', 'b/2', 'b/é', 'b/\u{1F600}']);
      expect(await keys({ prefix: 'b/', after: 'b/10', limit: 2 })).to.deep.equal(['b/2', 'b/é']);
      expect(await keys({ prefix: 'x' })).to.deep.equal([]);
      expect(await keys({ after: 'c' })).to.deep.equal([]);
      const { now, records } = await there.list('notes');
      expect(now).to.be.at.least(records[0]!.updatedAt);
    });

    it('are removed once', async () => {
      await here.put([record('a'), record('b')]);
      expect(await there.remove('notes', ['a', 'b', 'c'])).to.equal(2);
      expect(await here.remove('notes', ['a'])).to.equal(0);
      expect((await here.list('notes')).records).to.deep.equal([]);
    });

    it('are claimed by one of many, and all are told by whom', async () => {
      const claims = await Promise.all(
        Array.from({ length: 100 }, (_, index) => (index % 2 ? here : there).claim(record('answer', index))),
      );
      const winners = claims.filter(({ won }) => won);
      expect(winners).to.have.length(1);
      for (const claim of claims) expect(claim.record).to.deep.equal(winners[0]!.record);
      expect((await here.claim(record('answer', 'late'))).won).to.equal(false);
    });

    it('are not claimed when it is too late, but what holds is told', async () => {
      const now = await here.now();
      expect(await here.claim(record('late'), now)).to.include({ won: false, record: undefined });
      expect(await here.get('notes', 'late')).to.equal(undefined);
      expect((await here.claim(record('early'), now + MINUTE)).won).to.equal(true);
      const after = await there.claim(record('early', 'other'), now);
      expect(after.won).to.equal(false);
      expect(after.record?.value).to.equal('early');
    });

    it('bring their event with them, a lost claim none', async () => {
      await here.put([{ ...record('a'), event: event('written', 1) }]);
      await here.claim({ ...record('b'), event: event('won', 2) });
      await there.claim({ ...record('b'), event: event('won', 3) });
      expect((await there.read({ limit: 10 })).map(({ value }) => value)).to.deep.equal([1, 2]);
    });
  });

  describe('events', () => {
    const appendAll = async (...events: [type: string, value: number][]): Promise<string[]> => {
      const ids: string[] = [];
      for (const [type, value] of events) ids.push((await here.append(event(type, value))).id);
      return ids;
    };

    it('are read in their order, over all types, from an id on', async () => {
      const ids = await appendAll(['a', 1], ['b', 2], ['a', 3], ['c', 4]);
      const values = async (query: { types?: string[]; after?: string; limit?: number }): Promise<unknown[]> =>
        (await there.read({ limit: 10, ...query })).map(({ value }) => value);
      expect(await values({})).to.deep.equal([1, 2, 3, 4]);
      expect(await values({ limit: 2 })).to.deep.equal([3, 4]);
      expect(await values({ after: '0', limit: 2 })).to.deep.equal([1, 2]);
      expect(await values({ after: ids[0]! })).to.deep.equal([2, 3, 4]);
      expect(await values({ types: ['a'] })).to.deep.equal([1, 3]);
      expect(await values({ types: ['a', 'c'], after: ids[0]! })).to.deep.equal([3, 4]);
      expect(await values({ types: ['c', 'a'], limit: 2 })).to.deep.equal([3, 4]);
      expect(await values({ types: [] })).to.deep.equal([]);
      expect(await values({ types: ['never'] })).to.deep.equal([]);
      expect(await values({ after: ids[3]! })).to.deep.equal([]);
      expect(await there.latestId()).to.equal(ids[3]);
      expect(ids.map(Number)).to.deep.equal(ids.map(Number).sort((left, right) => left - right));
    });

    it('keep their value and the time of the store', async () => {
      const before = await here.now();
      const appended = await here.append(event('a', { deep: { list: ['ü'] } }));
      expect(appended.time).to.be.within(before, await here.now());
      expect(await there.read({ limit: 1 })).to.deep.equal([appended]);
    });

    it('are bounded by type; the oldest go', async () => {
      for (let index = 0; index < 10; index += 1) {
        await (index % 2 ? here : there).append(event('busy', index, 4));
      }
      await here.append(event('quiet', 'kept', 4));
      expect((await here.read({ types: ['busy'], limit: 100 })).map(({ value }) => value)).to.deep.equal([6, 7, 8, 9]);
      const streams = await there.streams();
      expect(streams.map(({ type, length }) => [type, length])).to.deep.equal([
        ['busy', 4],
        ['quiet', 1],
      ]);
      const [first, , , last] = await here.read({ types: ['busy'], limit: 100 });
      expect(streams[0]).to.deep.equal({
        type: 'busy',
        length: 4,
        firstId: first!.id,
        lastId: last!.id,
        firstTime: first!.time,
        lastTime: last!.time,
      });
    });

    it('are trimmed and deleted', async () => {
      const ids = await appendAll(['a', 1], ['a', 2], ['a', 3], ['a', 4], ['b', 5]);
      expect(await there.trim('a', 3)).to.equal(1);
      expect(await there.trim('a', 3)).to.equal(0);
      expect(await there.trim('never', 3)).to.equal(0);
      expect(await there.deleteEvents('a', [ids[0]!, ids[2]!, ids[4]!])).to.equal(1);
      expect((await here.read({ limit: 10 })).map(({ value }) => value)).to.deep.equal([2, 4, 5]);
      expect(await there.deleteEvents('a')).to.equal(2);
      expect((await here.streams()).map(({ type }) => type)).to.deep.equal(['b']);
      expect(Number((await here.append(event('a'))).id)).to.be.greaterThan(Number(ids[4]));
    });

    it('ring for who listens to their type or to all', async () => {
      const rung: string[] = [];
      const ends = await Promise.all([
        there.subscribe([ALL_EVENTS], () => rung.push('all')),
        there.subscribe(['events:a'], () => rung.push('a')),
      ]);
      await here.append(event('a'));
      await eventually('both rings', () => rung.includes('all') && rung.includes('a'));
      for (const end of ends) end();
      rung.length = 0;
      await here.append(event('a'));
      await sleep(30);
      expect(rung).to.deep.equal([]);
    });
  });

  describe('signals', () => {
    const ids = (signals: readonly { id: string }[]): string[] => signals.map(({ id }) => id);

    it('are taken once, the oldest first, by whoever answers to the name', async () => {
      const first = await here.send(signal('task', 'worker'));
      const second = await here.send(signal('task', 'worker-1'));
      await here.send(signal('task', 'other'));
      const asked = { agent: 'worker-1', addresses: ['worker', 'worker-1'], limit: 10 };
      expect(await there.peek(asked)).to.deep.equal([first, second]);
      expect(await there.take({ ...asked, limit: 1 })).to.deep.equal([first]);
      expect(await here.take(asked)).to.deep.equal([second]);
      expect(await there.take(asked)).to.deep.equal([]);
      expect(await there.peek(asked)).to.deep.equal([]);
    });

    it('are taken once by any number that try at once', async () => {
      const sent = await Promise.all(Array.from({ length: 50 }, () => here.send(signal('task', 'worker'))));
      const taken = await Promise.all(
        Array.from({ length: 100 }, (_, index) => (index % 2 ? here : there).take(to('worker', { limit: 1 }))),
      );
      expect(ids(taken.flat()).sort()).to.deep.equal(ids(sent).sort());
    });

    it('are found by type and by sender', async () => {
      const a = await here.send(signal('a', 'worker', MINUTE, 'boss'));
      const b = await here.send(signal('b', 'worker', MINUTE, 'boss'));
      const c = await here.send(signal('a', 'worker', MINUTE, 'peer'));
      expect(ids(await there.peek(to('worker', { types: ['a'] })))).to.deep.equal(ids([a, c]));
      expect(ids(await there.peek(to('worker', { from: 'boss' })))).to.deep.equal(ids([a, b]));
      const d = await here.send({ ...signal('d', 'worker', MINUTE, 'boss'), fromId: 'boss-1' });
      expect(await there.take(to('worker', { from: 'boss-1' }))).to.deep.equal([d]);
      expect(ids(await there.take(to('worker', { types: ['a', 'b'], from: 'peer' })))).to.deep.equal(ids([c]));
      expect(ids(await there.pending({ to: 'worker', types: ['b'] }, 10))).to.deep.equal(ids([b]));
    });

    it('to all are seen once by each, whoever comes within their time', async () => {
      const sent = await here.send(signal('stop'));
      for (const agent of ['a', 'b', 'c']) {
        expect(await there.peek(to(agent)), agent).to.deep.equal([sent]);
        expect(await there.take(to(agent)), agent).to.deep.equal([sent]);
        expect(await here.take(to(agent)), agent).to.deep.equal([]);
      }
      const races = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 ? here : there).take(to('d'))),
      );
      expect(ids(races.flat())).to.deep.equal([sent.id]);
    });

    it('come with those to one in the order in which they were sent', async () => {
      const sent = [];
      for (const recipient of ['a', undefined, 'a', undefined]) sent.push(await here.send(signal('x', recipient)));
      expect(ids(await there.take(to('a')))).to.deep.equal(ids(sent));
    });

    it('are gone after their time', async () => {
      await here.send(signal('short', 'worker', 30));
      await here.send(signal('short', undefined, 30));
      await eventually('expiry', async () => (await there.peek(to('worker'))).length === 0);
      expect(await there.take(to('worker'))).to.deep.equal([]);
      expect(await there.pending({}, 10)).to.deep.equal([]);
      expect(await there.clear({})).to.equal(0);
    });

    it('that are leased are kept from others, and are over when they are finished', async () => {
      for (const recipient of ['worker', undefined]) {
        const sent = await here.send(signal('task', recipient));
        const [taken] = await there.take(to('worker'), MINUTE);
        expect(taken).to.include({ id: sent.id, deliveries: 0 });
        expect(await here.take(to('worker'))).to.deep.equal([]);
        expect(await here.finish(sent.id, 'another lease')).to.equal(false);
        expect(await here.finish(sent.id, taken!.lease!)).to.equal(true);
        expect(await here.finish(sent.id, taken!.lease!)).to.equal(false);
        expect(await there.take(to('worker'))).to.deep.equal([]);
      }
    });

    it('whose lease runs out come to another, and are no longer the first taker’s', async () => {
      for (const recipient of ['worker', undefined]) {
        const sent = await here.send(signal('task', recipient));
        const [first] = await there.take(to('worker'), 40);
        const second = await eventually('the lease to run out', async () => (await here.take(to('worker'), MINUTE))[0]);
        expect(second).to.include({ id: sent.id, deliveries: 1 });
        expect(await there.finish(sent.id, first!.lease!)).to.equal(false);
        expect(await there.finish(sent.id, second.lease!)).to.equal(true);
      }
    });

    it('outlast their time while they are leased', async () => {
      await here.send(signal('task', 'worker', 40));
      const [taken] = await there.take(to('worker'), 300);
      const sentAt = taken!.sentAt;
      await eventually('their time to pass', async () => (await here.now()) > sentAt + 60);
      expect(await here.finish(taken!.id, taken!.lease!)).to.equal(true);
    });

    it('are given back', async () => {
      for (const recipient of ['worker', undefined]) {
        const sent = await here.send(signal('task', recipient));
        const [taken] = await there.take(to('worker'), MINUTE);
        let rung = false;
        const end = await here.subscribe([signalTopic(recipient)], () => (rung = true));
        expect(await there.release(sent.id, taken!.lease!)).to.equal(true);
        expect(await there.release(sent.id, taken!.lease!)).to.equal(false);
        await eventually('the ring', () => rung);
        end();
        const [again] = await here.take(to('worker'));
        expect(again).to.include({ id: sent.id, deliveries: 1 });
      }
    });

    it('are seen and cleared by who looks after them', async () => {
      const direct = await here.send(signal('a', 'worker'));
      const all = await here.send(signal('a'));
      const other = await here.send(signal('b', 'other', MINUTE, 'boss'));
      await there.take(to('worker', { types: ['a'], limit: 1 }), MINUTE);
      expect(ids(await there.pending({}, 10))).to.deep.equal(ids([direct, all, other]));
      expect(ids(await there.pending({}, 2))).to.deep.equal(ids([direct, all]));
      expect(await there.clear({ from: 'boss' })).to.equal(1);
      expect(await there.clear({ types: ['a'] })).to.equal(2);
      expect(await there.pending({}, 10)).to.deep.equal([]);
    });

    it('ring for whom they are for', async () => {
      const rung: string[] = [];
      const ends = await Promise.all([
        there.subscribe([signalTopic('worker')], () => rung.push('worker')),
        there.subscribe([signalTopic(undefined)], () => rung.push('all')),
        there.subscribe([recordTopic('notes', 'a')], () => rung.push('record')),
      ]);
      await here.send({ ...signal('task', 'worker'), event: event('sent') });
      await eventually('the ring', () => rung.includes('worker'));
      await here.send(signal('task'));
      await eventually('the ring', () => rung.includes('all'));
      await here.claim(record('a'));
      await eventually('the ring', () => rung.includes('record'));
      for (const end of ends) end();
      expect((await there.read({ limit: 10 })).map(({ type }) => type)).to.deep.equal(['sent']);
    });
  });
}
