import type { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { openAlertsDatabase } from '../../../src/alerting/alerts-database.ts';
import {
  type Delivery,
  pruneHistory,
  readHistory,
  type Transition,
  writeHistory,
} from '../../../src/alerting/notify/history.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { START } from './an-alert.ts';

const transition = (rule: string, atMillis: number): Transition => ({
  kind: 'transition',
  atMillis,
  rule,
  fingerprint: `${rule} 1`,
  labels: { model: 'gpt-5' },
  severity: 'critical',
  from: 'pending',
  to: 'firing',
  value: null,
  threshold: 10,
});
const delivery = (rules: string[], channel: string, atMillis: number): Delivery => ({
  kind: 'delivery',
  atMillis,
  channel,
  channelType: 'webhook',
  about: 'alerts',
  attempt: 1,
  outcome: 'failed',
  reason: 'http_500',
  durationMillis: 12,
  alerts: rules.map((rule) => ({ rule, fingerprint: `${rule} 1`, state: 'firing' })),
});

describe('the history', () => {
  let database: DatabaseSync;
  beforeEach(() => (database = openAlertsDatabase(tempDir())));
  afterEach(() => database.close());

  it('gives back what was written, oldest first', () => {
    const entries = [transition('cost', START), delivery(['cost', 'errors'], 'ops', START + 1)];
    for (const entry of entries) writeHistory(database, entry);
    expect(readHistory(database)).to.deep.equal(entries);
  });

  it('is searched by time, kind, rule and channel, and gives the last ones', () => {
    const entries = [
      transition('cost', START),
      delivery(['cost', 'errors'], 'ops', START + 1),
      transition('errors', START + 2),
      delivery(['errors'], 'mail', START + 3),
    ];
    for (const entry of entries) writeHistory(database, entry);
    const times = (filter: Parameters<typeof readHistory>[1]): number[] =>
      readHistory(database, filter).map(({ atMillis }) => atMillis - START);
    expect(times({ sinceMillis: START + 2 })).to.deep.equal([2, 3]);
    expect(times({ kind: 'delivery' })).to.deep.equal([1, 3]);
    expect(times({ rule: 'errors' })).to.deep.equal([1, 2, 3]);
    expect(times({ rule: 'cost' })).to.deep.equal([0, 1]);
    expect(times({ channel: 'ops' })).to.deep.equal([1]);
    expect(times({ limit: 2 })).to.deep.equal([2, 3]);
  });

  it('is pruned by age', () => {
    for (const at of [START, START + 1, START + 2]) writeHistory(database, transition('cost', at));
    pruneHistory(database, START + 1);
    expect(readHistory(database).map(({ atMillis }) => atMillis - START)).to.deep.equal([1, 2]);
  });
});
