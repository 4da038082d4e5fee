import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasAlertsDatabase, openAlertsDatabase } from '../../../src/alerting/alerts-database.ts';
import { RuleStore } from '../../../src/alerting/store/rule-store.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';

describe('RuleStore', () => {
  after(removeTempDirs);

  it('keeps rules as they were written, and tells every process that they changed', () => {
    const dir = tempDir();
    expect(hasAlertsDatabase(dir)).to.equal(false);
    const database = openAlertsDatabase(dir);
    const other = openAlertsDatabase(dir);
    const [store, seen] = [new RuleStore(database), new RuleStore(other)];
    expect(hasAlertsDatabase(dir)).to.equal(true);
    expect(statSync(join(dir, 'alerts.db')).mode & 0o777).to.equal(0o600);

    const before = seen.revision();
    store.save({ name: 'b', preset: 'daily_cost' }, 1000);
    store.save({ name: 'a', preset: 'error_rate', by: ['x'] }, 2000);
    store.save({ name: 'b', preset: 'daily_cost', threshold: 3 }, 3000);
    expect(seen.revision()).to.be.greaterThan(before);
    expect(seen.list()).to.deep.equal([
      { name: 'a', input: { name: 'a', preset: 'error_rate', by: ['x'] }, createdMillis: 2000, updatedMillis: 2000 },
      { name: 'b', input: { name: 'b', preset: 'daily_cost', threshold: 3 }, createdMillis: 1000, updatedMillis: 3000 },
    ]);
    const changed = seen.revision();
    expect(store.delete('a')).to.equal(true);
    expect(store.delete('a')).to.equal(false);
    expect(seen.get('a')).to.equal(undefined);
    expect(seen.get('b')?.createdMillis).to.equal(1000);
    expect(seen.revision()).to.be.greaterThan(changed);
    database.close();
    other.close();
  });
});
