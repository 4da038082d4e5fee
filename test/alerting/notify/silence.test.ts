import type { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { openAlertsDatabase } from '../../../src/alerting/alerts-database.ts';
import { type Matcher, parseMatcher } from '../../../src/alerting/notify/matcher.ts';
import { addSilence, endSilence, listSilences, silencedBy } from '../../../src/alerting/notify/silence.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { anAlert, HOUR, START } from './an-alert.ts';

describe('a silence', () => {
  let database: DatabaseSync;
  beforeEach(() => (database = openAlertsDatabase(tempDir())));
  afterEach(() => database.close());

  const add = (...matchers: string[]): string =>
    addSilence(database, { matchers, endsAtMillis: START + HOUR, comment: 'migration' }, START).id;
  const isSilent = (at = START + 1): boolean =>
    silencedBy(database, at)(anAlert({ labels: { team: 'blue' } })) !== undefined;

  it('takes what all of its matchers match, by label, rule, alertname and severity', () => {
    for (const [matchers, expected] of [
      [['rule=daily_cost'], true],
      [['alertname="daily_cost"'], true],
      [['team=blue', 'severity=~"warning|info"'], true],
      [['team=blue', 'severity=critical'], false],
      [['rule=~daily'], false],
      [['rule=~"daily_.*"'], true],
      [['rule!~"week.*"', 'team=~.+'], true],
      [['absent=', 'team=blue'], true],
      [['absent!=', 'team=blue'], false],
    ] as const) {
      const id = add(...matchers);
      expect(isSilent(), matchers.join()).to.equal(expected);
      endSilence(database, id, START + 1);
    }
  });

  it('begins, ends by itself, and can be ended', () => {
    addSilence(database, { matchers: ['team=blue'], startsAtMillis: START + 10, endsAtMillis: START + 20 }, START);
    expect([9, 10, 19, 20].map((after) => isSilent(START + after))).to.deep.equal([false, true, true, false]);
    const id = add('team=blue');
    expect(isSilent()).to.equal(true);
    expect(endSilence(database, id.slice(0, 8), START + 1)?.endsAtMillis).to.equal(START + 1);
    expect(isSilent()).to.equal(false);
    expect(endSilence(database, id, START + 1), 'twice').to.equal(undefined);
  });

  it('is listed while it lasts, and after it when asked', () => {
    add('team=blue');
    expect(listSilences(database, START).map(({ comment }) => comment)).to.deep.equal(['migration']);
    expect(listSilences(database, START + HOUR)).to.deep.equal([]);
    expect(listSilences(database, START + HOUR, START)).to.have.length(1);
  });

  it('that would take everything, or never ends, is refused', () => {
    expect(() => add()).to.throw('at least one');
    expect(() => add('team=~.*', 'absent!=x')).to.throw('everything');
    expect(() => addSilence(database, { matchers: ['a=b'], endsAtMillis: Number.POSITIVE_INFINITY }, START)).to.throw(
      'ends',
    );
    expect(() => addSilence(database, { matchers: ['a=b'], endsAtMillis: START - 1 }, START)).to.throw('past');
  });
});

describe('a matcher', () => {
  for (const text of ['', 'a', '=b', 'a=~"b', 'a=~(', 'a=~[', `a=${'x'.repeat(600)}`]) {
    it(`is not ${text.slice(0, 20)}`, () => {
      expect(parseMatcher(text)).to.be.a('string').that.has.length.below(300);
    });
  }

  it('takes a time that grows with the text alone', () => {
    const long = 'a'.repeat(5000);
    for (const expression of [
      '(a+)+b',
      '(a|a)*b',
      '(a|aa)+b',
      '(.*)*b',
      '.*.*.*.*b',
      `${'a?'.repeat(45)}b`,
      `${'(a|aa)'.repeat(45)}b`,
    ]) {
      const { matches } = parseMatcher(`a=~${expression}`) as Matcher;
      // With one that backtracks the test would never end.
      expect(matches(long), expression).to.equal(false);
    }
  });

  it('has no larger expression than can be judged at once, and none that looks back', () => {
    for (const expression of ['(a{30}){30}', '(a?){1000}', '((a{9}){9}){9}', String.raw`(a)\1`, '(?=a)a']) {
      expect(parseMatcher(`a=~${expression}`), expression).to.match(/is too large: repeat less|RE2/);
    }
  });

  it('reads expressions as Alertmanager does: all of the value, across lines', () => {
    for (const [expression, value, expected] of [
      ['daily_.*', 'daily_cost', true],
      ['daily', 'daily_cost', false],
      ['(foo|bar).*', 'bar\nbaz', true],
      ['[a+*]+', 'a+*', true],
      [String.raw`a\+b\(c\)`, 'a+b(c)', true],
      ['(prod|dev)-.+-x?', 'dev-1-', true],
      [String.raw`\p{Han}+`, '漢字', true],
      ['(?i)prod', 'PROD', true],
    ] as const) {
      const { matches } = parseMatcher(`a=~${expression}`) as Matcher;
      expect(matches(value), expression).to.equal(expected);
    }
  });
});
