import { expect } from 'chai';
import { parse } from 'yaml';
import { formatDuration, parseDuration } from '../../src/alerting/duration.ts';
import { parseRule, parseRules } from '../../src/alerting/parse-rule.ts';
import { PRESET_NAMES, presets } from '../../src/alerting/presets.ts';
import { Random } from '../support/random.ts';

const SEED = process.env.FUZZ_SEED === 'random' ? Date.now() : Number(process.env.FUZZ_SEED ?? 20_261_124);

/** The problems of a rule; none when it is one. */
function problemsOf(given: unknown): readonly string[] {
  return parseRule(given).problems ?? [];
}

describe('parseRule', () => {
  it('fills in what is left out', () => {
    const { rule } = parseRule({
      name: 'queue',
      metric: 'app.queue.depth',
      statistic: 'max',
      threshold: 100,
      timeZone: 'UTC',
    });
    expect(rule).to.deep.equal({
      name: 'queue',
      preset: undefined,
      statistic: 'max',
      measure: { metric: 'app.queue.depth', statistic: 'max', where: [] },
      divisor: undefined,
      window: { kind: 'sliding', millis: 300_000 },
      by: [],
      op: '>',
      threshold: 100,
      steps: [],
      baseline: undefined,
      forMillis: 0,
      keepFiringForMillis: 0,
      severity: 'warning',
      cooldownMillis: 3_600_000,
      channels: [],
      labels: {},
      description: '{{rule}}: {{statistic}} of {{metric}} over {{window}} is {{value}}, {{op}} {{threshold}}.',
      unit: undefined,
      enabled: true,
      noData: 'ok',
    });
  });

  it('reads every field as YAML has it', () => {
    const { rule } = parseRule(
      parse(`
        name: errors of gpt
        statistic: ratio
        numerator: { metric: app.errors, where: { kind: [timeout, 500] } }
        denominator: { metric: app.requests, statistic: count }
        where: { model: { like: gpt-* }, tenant: { not: test }, region: { exists: true }, zone: { notLike: x* } }
        by: model
        window: month
        timeZone: Europe/Berlin
        op: '>='
        threshold: 0.25
        steps: [{ at: 0.5, severity: info }, { at: 1, severity: critical }]
        for: 1m30s
        keepFiringFor: 5m
        severity: critical
        cooldown: 0
        channels: [ops, mail]
        labels: { team: llm }
        description: '{{value}} of {{label model}}'
        unit: '1'
        enabled: false
        noData: alert
      `),
    );
    const where = [
      { label: 'model', kind: 'like', pattern: 'gpt-*' },
      { label: 'tenant', kind: 'notIn', values: ['test'] },
      { label: 'region', kind: 'exists', exists: true },
      { label: 'zone', kind: 'notLike', pattern: 'x*' },
    ];
    expect(rule).to.deep.include({
      statistic: 'ratio',
      measure: {
        metric: 'app.errors',
        statistic: 'sum',
        where: [{ label: 'kind', kind: 'in', values: ['timeout', '500'] }, ...where],
      },
      divisor: { metric: 'app.requests', statistic: 'count', where },
      by: ['model'],
      window: { kind: 'calendar', period: 'month', timeZone: 'Europe/Berlin' },
      forMillis: 90_000,
      keepFiringForMillis: 300_000,
      cooldownMillis: 0,
      channels: ['ops', 'mail'],
      labels: { team: 'llm' },
      enabled: false,
      noData: 'alert',
    });
  });

  it('takes every preset by its name alone, and what is written beside it before its defaults', () => {
    for (const preset of PRESET_NAMES) {
      const { rule, problems } = parseRule({ name: preset, preset });
      expect(problems, preset).to.equal(undefined);
      expect(rule).to.include({ preset, threshold: presets[preset].threshold, unit: presets[preset].unit });
    }
    const { rule } = parseRule({ name: 'mine', preset: 'daily_cost', threshold: 3, window: '24h', where: { a: 'b' } });
    expect(rule).to.deep.include({ threshold: 3, window: { kind: 'sliding', millis: 86_400_000 }, op: '>' });
    expect(rule?.measure.where).to.deep.equal([{ label: 'a', kind: 'in', values: ['b'] }]);
    expect(parseRule({ name: 'r', preset: 'runaway_agent', watch: 'cost' }).rule?.measure.metric).to.equal(
      'agent_vitals.agent.run.cost',
    );
  });

  it('takes 0 as a number and as a text', () => {
    for (const none of [0, '0', '0s']) {
      const given = { name: 'r', preset: 'daily_cost', for: none, keepFiringFor: none, cooldown: none };
      const { rule, problems } = parseRule(given);
      expect(problems).to.equal(undefined);
      expect(rule).to.include({ forMillis: 0, keepFiringForMillis: 0, cooldownMillis: 0 });
    }
    expect(problemsOf({ name: 'r', preset: 'daily_cost', window: '0' })).to.have.length(1);
  });

  it('names the field, the value and what is allowed', () => {
    const base = { name: 'r', metric: 'm', statistic: 'sum', threshold: 1 };
    const cases: [object, RegExp][] = [
      [{ threshold: 'ten' }, /"threshold" must be a number, not "ten"/],
      [{ threshold: Number.NaN }, /"threshold" must be a number, not NaN/],
      [{ statistic: 'p100' }, /"statistic" must be one of sum, .*p99\.9, not "p100"/],
      [{ statistic: 'p0' }, /"statistic" .*not "p0"/],
      [{ window: '59s' }, /"window" must be a duration from 1m to 31d .*, not "59s"/],
      [{ window: '32d' }, /"window" .*not "32d"/],
      [{ window: 'year' }, /"window" .*day, week or month, not "year"/],
      [{ timeZone: 'Mars/Olympus' }, /"timeZone" must be the name of a time zone.*, not "Mars\/Olympus"/],
      [{ for: '5 minutes' }, /"for" must be a duration .*, not "5 minutes"/],
      [{ op: '=>' }, /"op" must be one of >, >=, <, <=, ==, !=, not "=>"/],
      [{ severity: 'page' }, /"severity" must be one of info, warning, critical, not "page"/],
      [{ noData: 'fire' }, /"noData" must be one of ok, alert, not "fire"/],
      [{ where: { a: { like: 1 } } }, /"where\.a" must be a value, a list .*, not \{"like":1\}/],
      [{ where: { '1a': 'x' } }, /"where\.1a" must be the name of a label: .*, not "1a"/],
      [{ labels: { severity: 'x' } }, /"labels\.severity" must have another name/],
      [{ description: 'at {{now}}' }, /"description" must have known placeholders only, not \{\{now\}\}/],
      [{ theshold: 5 }, /"theshold" is no field; fields are: name, preset, .*, not 5/],
      [{ numerator: { metric: 'a' } }, /"numerator" must be left out where the statistic is not ratio/],
      [{ steps: [{ at: 1, severity: 'info' }], threshold: 0 }, /"threshold" must be more than 0 where there are steps/],
      [{ baseline: { days: 7 }, window: 'day' }, /"window" must be a duration where there is a baseline, not "day"/],
      [{ preset: 'daily_cost' }, /"metric" must be left out, the preset has its own, not "m"/],
      [{ preset: 'weekly_cost' }, /"preset" must be one of daily_cost, .*, not "weekly_cost"/],
      [{ name: '' }, /a rule without a name: "name" must be a text of 1 to 100 letters/],
    ];
    for (const [given, expected] of cases) {
      const problems = problemsOf({ ...base, ...given });
      expect(problems, JSON.stringify(given)).to.have.length.at.least(1);
      expect(problems.join('\n')).to.match(expected);
    }
    expect(problemsOf({ name: 'r' }).join('\n'))
      .to.match(/"statistic" must be given.*it is missing/)
      .and.match(/"metric" must be given/)
      .and.match(/"threshold" must be given/);
    expect(problemsOf({ name: 'r', statistic: 'ratio', threshold: 1 }).join('\n')).to.match(
      /"denominator" must be given/,
    );
    expect(problemsOf(null)).to.deep.equal([
      'a rule without a name: it must be an object with the fields of a rule, not null.',
    ]);
  });

  it('reads a list, and keeps the good ones beside the bad', () => {
    const good = { name: 'a', preset: 'daily_cost' };
    const { rules, problems } = parseRules([
      good,
      { ...good },
      { name: 'b', preset: 'none' },
      { name: 'c', preset: 'error_rate' },
    ]);
    expect(rules.map(({ rule }) => rule.name)).to.deep.equal(['a', 'c']);
    expect(problems).to.have.length(2);
    expect(problems[0]).to.equal('rule "a": "name" must be unique, another rule has it.');
    expect(parseRules({ a: good }).problems[0]).to.match(/^the rules must be a list, not /);
  });

  it('never throws, whatever a file holds', function () {
    this.timeout(120_000);
    const random = new Random(SEED);
    let rules = 0;
    let refused = 0;
    for (let i = 0; i < 100_000; i++) {
      const given = i % 4 === 0 ? anything(random, 0) : mutated(random);
      const { rule, problems } = parseRule(given);
      if (rule) {
        rules += 1;
        // What it is can be written down and read again as the same.
        if (i % 50 === 0) expect(parseRule(JSON.parse(JSON.stringify(given))).rule).to.deep.equal(rule);
      } else {
        refused += 1;
        expect(problems.length).to.be.greaterThan(0);
        for (const problem of problems) expect(problem).to.be.a('string').that.matches(/rule/);
      }
    }
    expect(rules, 'rules among them').to.be.greaterThan(5000);
    expect(refused, 'errors among them').to.be.greaterThan(5000);
  });
});

describe('durations', () => {
  it('are read and written', () => {
    expect(parseDuration('1h30m')).to.equal(5_400_000);
    expect(parseDuration('1500ms')).to.equal(1500);
    expect(parseDuration('0')).to.equal(0);
    for (const text of ['', '5', 'm', '-1m', '1.5h', '5 m', '1y', `${'9'.repeat(9)}w`.repeat(20)]) {
      expect(parseDuration(text), text).to.equal(undefined);
    }
    for (const text of ['1ms', '90s', '5m', '1h30m', '1d', '24h', '7d', '2w', '31d']) {
      expect(parseDuration(formatDuration(parseDuration(text) as number))).to.equal(parseDuration(text));
    }
    expect(formatDuration(90_000)).to.equal('1m30s');
    expect(formatDuration(0)).to.equal('0s');
  });
});

/** A rule, a field or two of which are something else. */
function mutated(random: Random): unknown {
  const rule: Record<string, unknown> = {
    name: `rule ${random.below(100)}`,
    ...random.pick<object>([
      { preset: random.pick(PRESET_NAMES) },
      { metric: 'a.b', statistic: random.pick(['sum', 'rate', 'p95', 'last']), threshold: random.below(100) },
      { statistic: 'ratio', numerator: { metric: 'a' }, denominator: { metric: 'b' }, threshold: 0.5, op: '<' },
    ]),
  };
  const fields = ['window', 'for', 'by', 'where', 'op', 'threshold', 'labels', 'steps', 'baseline', 'description'];
  for (const field of random.several(3, () => random.pick(fields))) {
    rule[field] = random.maybe(0.4) ? plausible(random, field) : anything(random, 0);
  }
  return rule;
}

function plausible(random: Random, field: string): unknown {
  const values: Record<string, readonly unknown[]> = {
    window: ['5m', '24h', '31d', 'day', 'month', '1h30m'],
    for: ['5m', 0, '0s', '90s'],
    by: ['a', ['a', 'b.c'], []],
    where: [{ a: 'b' }, { a: [1, true] }, { a: { not: 'x' } }, { a: { like: '*' } }],
    op: ['>', '<', '=='],
    threshold: [0, -1, 1e300, 0.1],
    labels: [{ team: 'x' }, {}],
    steps: [[], [{ at: 0.5, severity: 'info' }]],
    baseline: [{ days: 7 }, { days: 30, atLeast: 2 }],
    description: ['{{value}}', 'x', '{{ label a.b }}', '{{}}'],
  };
  return random.pick(values[field] as readonly unknown[]);
}

/** Any value that YAML can hold, and some that it cannot. */
function anything(random: Random, depth: number): unknown {
  const kinds = depth > 3 ? 8 : 10;
  switch (random.below(kinds)) {
    case 0:
      return null;
    case 1:
      return random.maybe();
    case 2:
      return random.pick([0, 1, -1, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 53, 1e-320, random.next()]);
    case 3:
      return random.bytes(random.below(12)).toString('latin1');
    case 4:
      return random.pick(['', '\0', '\ud800', '{{', '{{{{value}}}}', '5m', 'p95', '__proto__', 'x'.repeat(5000), '💸']);
    case 5:
      return random.pick([undefined, new Date(0), 10n, Symbol.iterator, () => 1]);
    case 6:
      return '9'.repeat(random.below(400)) + random.pick(['m', 'd', '']);
    case 7:
      return [];
    case 8:
      return random.several(4, () => anything(random, depth + 1));
    default:
      return Object.fromEntries(
        random.several(5, () => [
          random.pick([
            'name',
            'metric',
            'where',
            'by',
            'not',
            'like',
            'at',
            'days',
            '__proto__',
            'constructor',
            'x y',
            '',
          ]),
          anything(random, depth + 1),
        ]),
      );
  }
}
