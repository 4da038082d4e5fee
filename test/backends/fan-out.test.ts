// Every line to every backend, once a turn; whatever one backend does, the others and the host do not notice.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import type { Backend, BackendStatus, Batch } from '../../src/backends/backend.ts';
import { FanOut, observeBackends } from '../../src/backends/fan-out.ts';
import { PrometheusBackend } from '../../src/backends/prometheus/prometheus-backend.ts';
import { encodeMetrics } from '../../src/exporters/otlp-json/metrics.ts';
import { attribute, recordsOf } from '../support/otlp-records.ts';

describe('FanOut', () => {
  it('hands over at the end of the turn, all lines of a signal at once, to every backend', async () => {
    const [one, two] = [new Recording('one'), new Recording('two')];
    const fanOut = new FanOut([one, two]);
    fanOut.push('traces', 'a');
    fanOut.push('logs', 'b');
    fanOut.push('traces', 'c');
    expect(one.batches).to.deep.equal([]);
    await nextTurn();
    const expected = [
      { signal: 'traces', lines: ['a', 'c'], bytes: Buffer.from('a\nc\n') },
      { signal: 'logs', lines: ['b'], bytes: Buffer.from('b\n') },
    ];
    expect(one.batches).to.deep.equal(expected);
    expect(two.batches).to.deep.equal(expected);
  });

  it('hands over at once when asked, and not twice', async () => {
    const backend = new Recording('one');
    const fanOut = new FanOut([backend]);
    fanOut.push('traces', 'a');
    fanOut.flushSync();
    expect(backend.lines).to.deep.equal(['a']);
    fanOut.flushSync();
    await nextTurn();
    expect(backend.lines).to.deep.equal(['a']);
  });

  it('does not let a long turn fill memory', () => {
    const backend = new Recording('one');
    const fanOut = new FanOut([backend]);
    for (let count = 0; count < 100; count++) fanOut.push('traces', 'x'.repeat(10_000));
    expect(backend.lines.length).to.be.within(70, 100);
  });

  it('takes lines that a backend makes while it is handed others', async () => {
    const backend = new Recording('one');
    const fanOut = new FanOut([backend]);
    backend.onAccept = () => {
      backend.onAccept = undefined;
      fanOut.push('logs', 'of the backend');
    };
    fanOut.push('traces', 'a');
    fanOut.flushSync();
    await nextTurn();
    expect(backend.lines).to.deep.equal(['a', 'of the backend']);
  });

  it('keeps a throwing backend to itself, counts what it lost, and sees it recover', async () => {
    const [bad, good] = [new Recording('bad'), new Recording('good')];
    bad.onAccept = () => {
      throw new TypeError('sk-secret');
    };
    const fanOut = new FanOut([bad, good]);
    fanOut.push('traces', 'a');
    fanOut.push('traces', 'b');
    fanOut.flushSync();
    expect(good.lines).to.deep.equal(['a', 'b']);
    const { state, reason, dropped } = fanOut.status()['bad'] as BackendStatus;
    expect({ state, reason, dropped }).to.deep.equal({
      state: 'degraded',
      reason: 'accept failed: TypeError',
      dropped: { error: 2 },
    });
    bad.onAccept = undefined;
    fanOut.push('traces', 'c');
    fanOut.flushSync();
    expect(fanOut.status()['bad']).to.include({ state: 'healthy' });
    expect(fanOut.status()['bad']?.dropped).to.deep.equal({ error: 2 });
    expect(fanOut.status()['good']?.dropped).to.deep.equal({});
    await nextTurn();
  });

  for (const how of ['start', 'accept', 'flush', 'shutdown', 'status'] as const) {
    it(`survives a backend that throws, rejects or gives nonsense in ${how}`, async () => {
      const bad = new Recording('bad');
      const good = new Recording('good');
      const fanOut = new FanOut([bad, good]);
      for (const broken of [
        () => {
          throw new Error('no');
        },
        () => Promise.reject(new Error('no')),
        () => undefined,
      ]) {
        Object.assign(bad, { [how]: broken });
        fanOut.start();
        fanOut.push('traces', 'a');
        await fanOut.flush(1000);
        expect(fanOut.status()['bad']).to.be.an('object');
        expect(fanOut.status()['good']).to.include({ state: 'healthy' });
      }
      await fanOut.shutdown(1000);
      expect(good.lines).to.deep.equal(['a', 'a', 'a']);
      expect(good.closed).to.equal(true);
    });
  }

  it('gives a hanging backend no more than the one deadline, and all the others theirs', async () => {
    const [hanging, alsoHanging, good] = [new Recording('hanging'), new Recording('also'), new Recording('good')];
    hanging.shutdown = alsoHanging.shutdown = () => new Promise<void>(() => {});
    const begun = performance.now();
    await new FanOut([hanging, alsoHanging, good]).shutdown(200);
    expect(performance.now() - begun).to.be.within(190, 1000);
    expect(good.closed).to.equal(true);
  });

  it('ends as soon as all backends have', async () => {
    const begun = performance.now();
    await new FanOut([new Recording('one')]).shutdown(5000);
    expect(performance.now() - begun).to.be.below(1000);
  });

  it('takes a second backend of the same name for a mistake', () => {
    const [first, second] = [new Recording('mine'), new Recording('mine')];
    const fanOut = new FanOut([first, second]);
    fanOut.push('traces', 'a');
    fanOut.flushSync();
    expect(first.lines).to.deep.equal(['a']);
    expect(second.lines).to.deep.equal([]);
  });

  it('shows its counters as metrics', async () => {
    const bad = new Recording('bad');
    const lag = { seconds: 7, bytes: 1000 };
    bad.result = { state: 'degraded', since: 0, accepted: 3, dropped: { queue_full: 2, http_400: 5 }, lag };
    const fanOut = new FanOut([new Recording('good'), bad]);
    const { reader } = new PrometheusBackend({ host: 'localhost', port: 0 });
    const provider = new MeterProvider({ readers: [reader] });
    observeBackends(provider.getMeter('agent-vitals'), fanOut);
    fanOut.push('traces', 'a');
    fanOut.flushSync();
    const { resourceMetrics } = await reader.collect();
    await provider.shutdown();
    const points = recordsOf([encodeMetrics(resourceMetrics)]).map(({ record }) => [
      record['name'],
      attribute(record['data'], 'agent_vitals.backend.name'),
      attribute(record['data'], 'agent_vitals.backend.drop_reason'),
      record['data'].asDouble,
    ]);
    expect(points).to.have.deep.members([
      ['agent_vitals.backend.accepted', 'good', undefined, 1],
      ['agent_vitals.backend.accepted', 'bad', undefined, 3],
      ['agent_vitals.backend.dropped', 'bad', 'queue_full', 2],
      ['agent_vitals.backend.dropped', 'bad', 'http_400', 5],
      ['agent_vitals.backend.up', 'good', undefined, 1],
      ['agent_vitals.backend.up', 'bad', undefined, 0],
      ['agent_vitals.backend.lag', 'bad', undefined, 7],
      ['agent_vitals.backend.lag_bytes', 'bad', undefined, 1000],
    ]);
  });
});

class Recording implements Backend {
  readonly name: string;
  readonly batches: Batch[] = [];
  closed = false;
  onAccept: (() => void) | undefined;
  result: BackendStatus | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get lines(): string[] {
    return this.batches.flatMap(({ lines }) => lines);
  }

  start(): void {}

  accept(batch: Batch): void {
    this.onAccept?.();
    this.batches.push({ ...batch, bytes: Buffer.from(batch.bytes) });
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  status(): BackendStatus {
    return this.result ?? { state: 'healthy', since: 0, accepted: this.lines.length, dropped: {} };
  }
}
