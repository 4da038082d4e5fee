// The text of a scrape, from a real MeterProvider and read by Prometheus' own parser where it is installed: one bad line would cost the whole scrape.
import { spawnSync } from 'node:child_process';
import type { Meter } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { PrometheusBackend } from '../../../src/backends/prometheus/prometheus-backend.ts';
import { toExposition } from '../../../src/exporters/prometheus/exposition.ts';

describe('toExposition', () => {
  it('names and types everything as Prometheus wants it', async () => {
    const { text } = await scrape((meter) => {
      meter
        .createCounter('agent_vitals.cost.usd', { unit: '{USD}', description: 'Cost' })
        .add(0.25, { model: 'gpt-5' });
      meter
        .createHistogram('gen_ai.client.operation.duration', {
          unit: 's',
          advice: { explicitBucketBoundaries: [0.1, 1] },
        })
        .record(0.5);
      meter.createUpDownCounter('open', { unit: '{call}' }).add(2);
      meter.createGauge('hit', { unit: '1' }).record(0.5);
    });
    expect(text).to.include('# HELP agent_vitals_cost_usd_total Cost\n# TYPE agent_vitals_cost_usd_total counter\n');
    expect(text).to.include('agent_vitals_cost_usd_total{model="gpt-5",otel_scope_name="test"} 0.25\n');
    expect(text).to.include('# TYPE gen_ai_client_operation_duration_seconds histogram\n');
    expect(text).to.include('gen_ai_client_operation_duration_seconds_bucket{otel_scope_name="test",le="+Inf"} 1\n');
    expect(text).to.include('# TYPE open gauge\n').and.to.include('# TYPE hit_ratio gauge\n');
    expect(text).to.include('target_info{key_1st="a",a_b="x;y",service_name="shop"} 1\n');
    expect(text).not.to.include('# UNIT');
  });

  it('makes labels that Prometheus takes out of whatever a user wrote', async () => {
    const { text, conflicts } = await scrape((meter) => {
      const counter = meter.createCounter('c');
      counter.add(1, { 'a.b': 'dot', a_b: 'underscore', 'a-b': 'dash' });
      counter.add(1, {
        '1st': 'digit',
        le: '5',
        quantile: '0.9',
        'otel.scope.name': 'mine',
        __name__: 'x',
        '': 'empty',
      });
      counter.add(1, { text: 'quote " slash \\ newline \n \ud800', list: ['a', 'b'], flag: true, number: 1.5 });
    });
    expect(conflicts).to.equal(0);
    expect(text).to.include('c_total{a_b="dash;dot;underscore",otel_scope_name="test"} 1');
    expect(text)
      .to.include('key_1st="digit"')
      .and.to.include('exported_le="5"')
      .and.to.include('exported_quantile="0.9"');
    expect(text).to.include('exported_otel_scope_name="mine"');
    expect(text).to.include('text="quote \\" slash \\\\ newline \\n \ufffd"');
  });

  it('keeps the first of two metrics or series that would clash, and counts the others', async () => {
    const { text, conflicts } = await scrape((meter) => {
      meter.createCounter('clash').add(1);
      meter.createGauge('clash.total').record(5);
      const counter = meter.createCounter('same');
      counter.add(1, { 'k.k': 'v' });
      counter.add(2, { k_k: 'v' });
      meter.createHistogram('h').record(1);
      meter.createGauge('h.count').record(7);
      meter.createGauge('target.info').record(7);
    });
    expect(conflicts).to.equal(4);
    expect(samples(text, 'clash_total')).to.deep.equal(['1']);
    expect(samples(text, 'same_total')).to.deep.equal(['1']);
    expect(samples(text, 'h_count')).to.deep.equal(['1']);
    expect(samples(text, 'target_info')).to.deep.equal(['1']);
  });

  it('gives exponential histograms as buckets that hold the same counts', async () => {
    const values = [0, 0.001, 0.5, 0.5, 3, 3.1, 1000];
    const { text } = await scrape((meter) => {
      const histogram = meter.createHistogram('exponential');
      for (const value of values) histogram.record(value);
    });
    const buckets = [...text.matchAll(/exponential_bucket\{.*le="(.+)"\} (\d+)/g)].map(([, le, count]) => ({
      le: le === '+Inf' ? Infinity : Number(le),
      count: Number(count),
    }));
    expect(buckets.map(({ le }) => le)).to.deep.equal([...new Set(buckets.map(({ le }) => le))].sort((a, b) => a - b));
    // Bounds are powers of 2^(1/4): none of the values lies on one but zero.
    for (const { le, count } of buckets)
      expect(count, `le ${le}`).to.equal(values.filter((value) => value <= le).length);
    expect(buckets.at(-1)).to.deep.equal({ le: Infinity, count: values.length });
    expect(samples(text, 'exponential_count')).to.deep.equal([String(values.length)]);
  });

  it('writes NaN and infinities as Prometheus does', async () => {
    const { text } = await scrape((meter) => {
      meter.createGauge('a').record(Number.NaN);
      meter.createGauge('b').record(Infinity);
      meter.createGauge('c').record(-Infinity);
    });
    expect([samples(text, 'a'), samples(text, 'b'), samples(text, 'c')].flat()).to.deep.equal(['NaN', '+Inf', '-Inf']);
  });

  it('is valid without any metric', async () => {
    expect((await scrape(() => {})).text).to.match(/^# HELP target_info[\s\S]*\n$/);
  });
});

async function scrape(record: (meter: Meter) => void): Promise<{ text: string; conflicts: number }> {
  const { reader } = new PrometheusBackend({ host: 'localhost', port: 0 });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', '1st': 'a', 'a.b': 'x', a_b: 'y' }),
    readers: [reader],
    views: [{ instrumentName: 'exponential', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  record(provider.getMeter('test'));
  const { resourceMetrics } = await reader.collect();
  const exposition = toExposition(resourceMetrics);
  await provider.shutdown();
  expectValid(exposition.text);
  return exposition;
}

function samples(text: string, name: string): string[] {
  return [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (.+)$`, 'gm'))].map(([, value]) => value as string);
}

/** What makes Prometheus refuse a scrape. */
function expectValid(text: string): void {
  const series = new Set<string>();
  const types = new Map<string, string>();
  for (const line of text.split('\n').slice(0, -1)) {
    if (line === '' || /^# HELP [a-zA-Z_:][\w:]* /.test(line) || line === '# no registered metrics') continue;
    const type = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      expect(types.has(type[1] as string), `second TYPE of ${type[1]}`).to.equal(false);
      types.set(type[1] as string, type[2] as string);
      continue;
    }
    const sample =
      /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\n"])*",?)*)\})? (NaN|[+-]Inf|[\d.e+-]+)$/.exec(line);
    expect(sample, `not a sample: ${line}`).not.to.equal(null);
    const labels = [...(sample?.[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
      .map(([, key, value]) => `${key}=${value}`)
      .sort();
    const keys = labels.map((label) => label.split('=')[0]);
    expect(new Set(keys).size, `label twice: ${line}`).to.equal(keys.length);
    const id = `${sample?.[1]} ${labels.join()}`;
    expect(series.has(id), `series twice: ${line}`).to.equal(false);
    series.add(id);
  }
  const promtool = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (promtool.error) return;
  // Exit code 1 is bad text; 3 is good text with names that could be better.
  expect(promtool.status, promtool.stderr).to.be.oneOf([0, 3]);
}
