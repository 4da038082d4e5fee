// What may be much is read a piece at a time: whoever takes over must not hold the event loop for it.
import { expect } from 'chai';
import { openMemoryDatabase } from '../../../src/alerting/alerts-database.ts';
import { StateStore } from '../../../src/alerting/store/state-store.ts';
import { type Place, WindowStore } from '../../../src/alerting/store/window-store.ts';

const SELF = 1;
const COUNT = 1001;
const NUMBERS = `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${COUNT})`;

describe('what is read in pieces', () => {
  it('are the changes of buckets, also what of them is to be passed over', () => {
    for (const source of [SELF, SELF + 1]) {
      const database = openMemoryDatabase();
      database.exec(`${NUMBERS} INSERT INTO bucket (selection, start_millis, series, source, change, kind, count, sum)
        SELECT 1, n, 1, ${source}, 1, 0, 1, 1 FROM number`);
      const windows = new WindowStore(database);
      let asked = 0;
      let pieces = 0;
      let place: Place | undefined = [-1, 0, 0, 0, 0];
      while (place) {
        const before = asked;
        place = windows.takeChanges(place, SELF, () => {
          asked += 1;
          return undefined;
        });
        expect(asked - before).to.be.at.most(200);
        pieces += 1;
      }
      expect(pieces).to.equal(6);
      database.close();
    }
  });

  it('are the states of series, all of them', () => {
    const database = openMemoryDatabase();
    database.exec(`${NUMBERS} INSERT INTO alert_state (fingerprint, rule, step, series, state, active_millis)
      SELECT printf('%016x', n * 7919 % 65521), 'rule', '', '["a"]', 'firing', n FROM number`);
    const pieces = [...new StateStore(database, () => undefined).load()];
    expect(Math.max(...pieces.map(({ length }) => length))).to.equal(200);
    expect(new Set(pieces.flat().map(({ fingerprint }) => fingerprint)).size).to.equal(COUNT);
    database.close();
  });
});
