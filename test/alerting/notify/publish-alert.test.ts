import type { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { openAlertsDatabase } from '../../../src/alerting/alerts-database.ts';
import { publishAlert } from '../../../src/alerting/notify/publish-alert.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { anAlert, HOUR, MINUTE, START } from './an-alert.ts';

describe('a published alert', () => {
  let database: DatabaseSync;
  beforeEach(() => (database = openAlertsDatabase(tempDir())));
  afterEach(() => database.close());

  const publish = (alert: ReturnType<typeof anAlert>, nowMillis: number, groupBy?: string[]): void =>
    publishAlert(database, alert, { cooldownMillis: HOUR, nowMillis, ...(groupBy && { groupBy }) });
  const tellings = (): Record<string, unknown>[] =>
    database
      .prepare('SELECT channel, group_key, due_at FROM telling ORDER BY channel')
      .all()
      .map((row) => Object.assign({}, row));

  it('is due at once in each of its channels, and keeps its place when it is published again', () => {
    publish(anAlert({ channels: ['ops', 'mail', 'ops'] }), START);
    publish(anAlert({ channels: ['ops', 'mail'], value: 13 }), START + MINUTE);
    expect(tellings()).to.deep.equal([
      { channel: 'mail', group_key: '', due_at: START },
      { channel: 'ops', group_key: '', due_at: START },
    ]);
    expect(JSON.parse(String(database.prepare('SELECT body FROM alert').get()?.body)).value).to.equal(13);
  });

  it('is not told to a channel that its rule names no more', () => {
    publish(anAlert({ channels: ['ops', 'mail'] }), START);
    publish(anAlert({ channels: ['mail'] }), START + 1);
    expect(tellings().map(({ channel }) => channel)).to.deep.equal(['mail']);
  });

  it('that ends before anybody was told is forgotten', () => {
    publish(anAlert(), START);
    publish(anAlert({ state: 'resolved', endsAtMillis: START + 1 }), START + 1);
    expect(tellings()).to.deep.equal([]);
    expect(database.prepare('SELECT COUNT(*) AS count FROM alert').get()?.count).to.equal(0);
  });

  it('goes into the message of its labels', () => {
    publish(anAlert({ channels: ['ops'], labels: { team: 'blue' } }), START, ['team', 'severity', 'absent']);
    expect(tellings()[0]?.group_key).to.equal('["blue","warning",""]');
  });
});
