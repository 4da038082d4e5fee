// Metrics as lines: what was added since the last one, and no line for nothing.
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { createJournalMetricReader } from '../../../src/backends/journal/journal-metric-reader.ts';
import { eventually } from '../../support/eventually.ts';
import { attribute, recordsOf } from '../../support/otlp-records.ts';

describe('createJournalMetricReader', () => {
  it('writes increments at an interval and at the end, and nothing in between', async () => {
    const lines: string[] = [];
    const provider = new MeterProvider({
      readers: [createJournalMetricReader({ intervalMillis: 100, push: (line) => lines.push(line) })],
    });
    const counter = provider.getMeter('m').createCounter('calls');
    counter.add(2);
    await eventually('the first line', () => lines.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(lines).to.have.length(1);
    counter.add(3);
    await provider.shutdown();
    expect(
      recordsOf(lines).map(({ record }) => [record['data'].asDouble, record['aggregationTemporality']]),
    ).to.deep.equal([
      [2, 1],
      [3, 1],
    ]);
  });

  it('cuts a collection of many points into lines of a thousand, and keeps them all', async () => {
    const lines: string[] = [];
    const provider = new MeterProvider({
      readers: [createJournalMetricReader({ intervalMillis: 60_000, push: (line) => lines.push(line) })],
    });
    const [one, two] = ['one', 'two'].map((name) => provider.getMeter('m').createCounter(name));
    for (let index = 0; index < 1700; index++) {
      one?.add(1, { index });
      two?.add(1, { index });
    }
    await provider.shutdown();
    const points = lines.map((line) => recordsOf([line]));
    expect(points.map(({ length }) => length)).to.deep.equal([1000, 1000, 1000, 400]);
    const seen = points.flat().map(({ record }) => `${record['name']} ${attribute(record['data'], 'index')}`);
    expect(new Set(seen).size).to.equal(3400);
  });

  it('survives a taker that throws', async () => {
    const provider = new MeterProvider({
      readers: [
        createJournalMetricReader({
          intervalMillis: 60_000,
          push: () => {
            throw new Error('no');
          },
        }),
      ],
    });
    provider.getMeter('m').createCounter('calls').add(1);
    await provider.shutdown();
  });
});
