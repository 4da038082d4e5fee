// The clock of the store: what is to last a minute lasts a minute, also when the machine's clock is set back, and ids never go back.
import { expect } from 'chai';
import { openSqliteStore } from '../../../src/coordination/store/sqlite/sqlite-store.ts';
import type { CoordinationStore } from '../../../src/coordination/store/store.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

describe('the clock of the store in SQLite', () => {
  const realNow = Date.now;
  let here: CoordinationStore;
  let there: CoordinationStore;
  let machine: number;

  beforeEach(async () => {
    machine = realNow();
    Date.now = () => machine;
    const dir = tempDir();
    here = await openSqliteStore(dir);
    there = await openSqliteStore(dir);
  });
  afterEach(async () => {
    Date.now = realNow;
    await Promise.all([here.close(), there.close()]);
  });
  after(removeTempDirs);

  const event = { type: 'a', value: null, maxLength: 10, ttlMillis: HOUR };
  const record = { collection: 'notes', key: 'a', value: 1, ttlMillis: MINUTE };

  it('goes on from where it was when the machine is set back', async () => {
    const first = await here.append(event);
    await here.put([record]);
    machine -= HOUR;
    const second = await there.append(event);
    expect(second.time).to.equal(first.time);
    expect(Number(second.id)).to.be.greaterThan(Number(first.id));
    machine += MINUTE - 1;
    expect(await here.now()).to.equal(first.time + MINUTE - 1);
    expect((await there.get('notes', 'a'))?.value).to.equal(1);
    machine += 1;
    expect(await there.get('notes', 'a')).to.equal(undefined);
  });

  it('goes on also when nobody has written since', async () => {
    const before = await here.now();
    await here.put([record]);
    machine -= HOUR;
    expect(await there.now()).to.equal(before);
    machine += MINUTE;
    expect(await here.now()).to.equal(before + MINUTE);
    expect((await here.list('notes')).records).to.deep.equal([]);
  });

  it('lets nobody claim after the time, whatever the machine says', async () => {
    const before = (await here.now()) + MINUTE;
    machine += MINUTE;
    await there.append(event);
    machine -= HOUR;
    expect((await here.claim(record, before)).won).to.equal(false);
  });

  it('gives ids of their own to all that is made in one moment', async () => {
    const made = await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 ? here : there).append(event)));
    expect(new Set(made.map(({ id }) => id)).size).to.equal(50);
  });
});
