import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError } from '../../src/config/config-error.ts';
import { eachOption } from '../../src/config/option-table.ts';
import { CONFIG_FILE, resolveConfig } from '../../src/config/resolve-config.ts';

describe('resolveConfig', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'agent-vitals-config-'));
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  it('gives every option its default, and an absolute directory', () => {
    const { config, warnings } = resolveConfig({ env: {}, cwd });
    expect(warnings).to.deep.equal([]);
    expect(config.dir).to.equal(join(cwd, '.agent-vitals'));
    expect(config.captureContent).to.equal('none');
    expect(config.journal.maxFileBytes).to.equal(10_000_000);
    expect(config.prometheus).to.deep.equal({ enabled: true, host: 'localhost', port: 9464 });
  });

  it('takes code over flag over environment over file over default', () => {
    writeFileSync(
      join(cwd, CONFIG_FILE),
      'maxSeries: 11\ncontentMaxBytes: 300\njournal: { retentionDays: 5, maxFileBytes: 7000 }\n',
    );
    const env = {
      AGENT_VITALS_MAX_SERIES: '12',
      AGENT_VITALS_JOURNAL_RETENTION_DAYS: '6',
      AGENT_VITALS_JOURNAL_MAX_FILE_BYTES: '8000',
    };
    const sources = { env, cwd, flags: { maxSeries: 13, journal: { retentionDays: 7 } }, code: { maxSeries: 14 } };
    const { config } = resolveConfig(sources);
    expect(config.maxSeries).to.equal(14);
    expect(config.journal.retentionDays).to.equal(7);
    expect(config.journal.maxFileBytes).to.equal(8000);
    expect(config.contentMaxBytes).to.equal(300);
    expect(config.streamIdleMillis).to.equal(600_000);
  });

  it('keeps false, 0 and port 0 as values', () => {
    const env = {
      AGENT_VITALS_SHUTDOWN_TIMEOUT_MILLIS: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      AGENT_VITALS_PROMETHEUS_ENABLED: 'false',
    };
    const { config } = resolveConfig({ env, cwd });
    expect(config.shutdownTimeoutMillis).to.equal(0);
    expect(config.prometheus.port).to.equal(0);
    expect(config.prometheus.enabled).to.equal(false);
  });

  for (const [text, choice] of [
    ['true', 'span'],
    ['TRUE', 'span'],
    ['false', 'none'],
    ['SPAN_AND_EVENT', 'both'],
    ['EVENT_ONLY', 'event'],
    ['NO_CONTENT', 'none'],
  ] as const) {
    it(`reads OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=${text} as ${choice}`, () => {
      const env = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: text };
      expect(resolveConfig({ env, cwd }).config.captureContent).to.equal(choice);
    });
  }

  it('takes prices in the environment by the same rules as in code', () => {
    const read = (text: string) => resolveConfig({ env: { AGENT_VITALS_PRICES: text }, cwd });
    const price = { input: 1.5, cacheRead: 0, cacheWrite: 2, output: 6 };
    expect(read(JSON.stringify({ m: price }))).to.deep.include({ warnings: [] });
    expect(read(JSON.stringify({ m: price })).config.prices).to.deep.equal({ m: price });
    for (const text of [
      '[]',
      'null',
      '1',
      '{',
      '{"m":1}',
      '{"m":{"output":1}}',
      '{"m":{"input":-1}}',
      '{"m":{"input":"1"}}',
    ]) {
      expect(read(text).config.prices, text).to.deep.equal({});
      expect(read(text).warnings, text).to.have.length(1);
    }
  });

  it('takes channels and lists in the environment as in the file, a command in the file only', () => {
    const read = (name: string, text: string): ReturnType<typeof resolveConfig> =>
      resolveConfig({ env: { [`AGENT_VITALS_ALERTS_${name}`]: text }, cwd });
    const channels = { ops: { type: 'webhook', url: 'https://example.com' } };
    expect(read('CHANNELS', JSON.stringify(channels)).config.alerts.channels).to.deep.equal(channels);
    expect(read('GROUP_BY', ' team, ,severity').config.alerts.groupBy).to.deep.equal(['team', 'severity']);
    for (const text of ['[]', '{', '{"ops":"x"}', '{"ops":{"type":"command","command":["SECRET"]}}']) {
      const { config, warnings } = read('CHANNELS', text);
      expect(config.alerts.channels, text).to.deep.equal({});
      expect(warnings.join(), text).to.include('AGENT_VITALS_ALERTS_CHANNELS is ignored').and.not.include('SECRET');
    }
    writeFileSync(
      join(cwd, CONFIG_FILE),
      'alerts: { channels: { run: { type: command, command: [date] } }, allowPrivateHosts: ["localhost:9093"] }',
    );
    const { alerts } = resolveConfig({ env: {}, cwd }).config;
    expect(alerts.channels).to.deep.equal({ run: { type: 'command', command: ['date'] } });
    expect(alerts.allowPrivateHosts).to.deep.equal(['localhost:9093']);
  });

  it('takes tiers in the environment by the same rules as in code, and keeps their order', () => {
    const read = (text: string) => resolveConfig({ env: { AGENT_VITALS_TIERS: text }, cwd });
    const tiers = { cheap: ['gpt-4o-mini', '*haiku*'], premium: ['o1'] };
    expect(read(JSON.stringify(tiers))).to.deep.include({ warnings: [] });
    expect(Object.entries(read(JSON.stringify(tiers)).config.tiers)).to.deep.equal(Object.entries(tiers));
    for (const text of ['[]', '{', '{"cheap":"gpt"}', '{"cheap":[""]}', '{"cheap":[1]}', '{"":["x"]}']) {
      expect(read(text).config.tiers, text).to.deep.equal({});
      expect(read(text).warnings, text).to.have.length(1);
    }
    for (const [wrong, message] of [
      [{ cheap: 'gpt' }, '"tiers.cheap" must be a list of models, for example ["gpt-4o-mini", "*haiku*"].'],
      [{ cheap: [1] }, '"tiers.cheap.0" must be the name of a model, or a pattern such as "*haiku*".'],
      [{ cheap: ['gpt', ''] }, '"tiers.cheap.1" must be the name of a model, or a pattern such as "*haiku*".'],
      [{ '': ['gpt'] }, '"tiers." needs a name for the tier, for example "cheap".'],
      [['gpt'], '"tiers" must be an object of lists of models by tier'],
    ] as const)
      expect(() => resolveConfig({ code: { tiers: wrong } as never, env: {}, cwd })).to.throw(ConfigError, message);
  });

  it('warns of what it cannot use in the environment, names no value, and falls back', () => {
    const env = {
      OTEL_EXPORTER_PROMETHEUS_PORT: '70000',
      AGENT_VITALS_PRICES: '{"m":{"inpt":1}}',
      AGENT_VITALS_DISABLED: 'perhaps',
    };
    const { config, warnings } = resolveConfig({ env, cwd });
    expect(config.prometheus.port).to.equal(9464);
    expect(config.prices).to.deep.equal({});
    expect(config.disabled).to.equal(false);
    expect(warnings).to.have.length(3);
    expect(warnings.join(' ')).to.include('OTEL_EXPORTER_PROMETHEUS_PORT').and.not.include('70000');
  });

  it('throws what is wrong, where, and what to write instead, for options in code', () => {
    const code = { maxSeries: 'many', journal: { maxFileByte: 1 }, prices: { m: { input: -1 } } } as never;
    expect(() => resolveConfig({ code, env: {}, cwd }))
      .to.throw(ConfigError)
      .with.property('message')
      .that.matches(/"maxSeries" must be a whole number from 10 to 1000000/)
      .and.matches(/no option "journal\.maxFileByte"\. Options here: .*maxFileBytes/)
      .and.matches(/"prices\.m\.input"/);
  });

  it('ignores a file it cannot use as a whole, and says which', () => {
    writeFileSync(join(cwd, CONFIG_FILE), 'maxSeries: 50\nmaxSerie: 3\n');
    const { config, warnings } = resolveConfig({ env: {}, cwd });
    expect(config.maxSeries).to.equal(2000);
    expect(warnings[0]).to.include(CONFIG_FILE).and.include('"maxSerie"');
    writeFileSync(join(cwd, CONFIG_FILE), 'a: [1');
    expect(resolveConfig({ env: {}, cwd }).warnings[0]).to.include('cannot be read as YAML');
    const env = { AGENT_VITALS_CONFIG: cwd };
    expect(resolveConfig({ env, cwd }).warnings).to.deep.equal([
      `${cwd} is ignored, it cannot be read: it is a directory.`,
    ]);
  });

  it('says so when the file that AGENT_VITALS_CONFIG names is missing', () => {
    const { warnings } = resolveConfig({ env: { AGENT_VITALS_CONFIG: 'absent.yaml' }, cwd });
    expect(warnings).to.have.length(1);
  });

  it('has a description and a variable of its own for every option', () => {
    const variables = [...eachOption()].map(([, option]) => option.env);
    expect(new Set(variables).size).to.equal(variables.length);
    for (const [path, option] of eachOption()) expect(option.description, path.join('.')).to.match(/\.$/);
  });
});
