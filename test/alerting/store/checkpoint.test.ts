import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { alertsDatabasePath, openAlertsDatabase } from '../../../src/alerting/alerts-database.ts';
import { checkpoint } from '../../../src/alerting/store/checkpoint.ts';
import { eventually } from '../../support/eventually.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';
import { AnEngine } from '../an-engine.ts';

describe('taking what was written into alerts.db', function () {
  this.timeout(30_000);
  after(removeTempDirs);

  it('is done in a thread, which begins the file beside it anew', async () => {
    const dir = tempDir();
    const path = alertsDatabasePath(dir);
    const database = openAlertsDatabase(dir);
    database.exec('PRAGMA wal_autocheckpoint = 0');
    database.exec('CREATE TABLE filler (text TEXT)');
    database.exec(`INSERT INTO filler VALUES ('${'x'.repeat(200_000)}')`);
    // > Salt-1 and salt-2: a different value when the file is begun anew.
    const salt = (): string => readFileSync(`${path}-wal`).toString('hex', 16, 24);
    const before = salt();
    expect(statSync(path).size).to.be.lessThan(200_000);
    await checkpoint(path);
    expect(statSync(path).size).to.be.greaterThan(200_000);
    expect(salt()).to.not.equal(before);
    database.close();
  });

  it('makes no file where there is none any more', async () => {
    const path = join(tempDir(), 'alerts.db');
    await checkpoint(path);
    expect(existsSync(path)).to.equal(false);
  });

  it('is done by who evaluates, now and then', async () => {
    const dir = tempDir();
    const one = new AnEngine({
      dir,
      rules: [{ name: 'orders', metric: 'app.orders', statistic: 'sum', by: 'shop', threshold: 1e9 }],
    });
    for (let tick = 0; tick < 14; tick++) {
      for (let shop = 0; shop < 1000; shop++) one.add('app.orders', 1, { shop: `shop ${shop}` });
      await one.tick();
    }
    await eventually('it', () => statSync(alertsDatabasePath(dir)).size > 500_000);
    await one.engine.close();
  });
});
