// The journal as the write-ahead log of the collector: what it could not take while it was away arrives later, in order, whoever ships it.
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { type IMetricReader, MeterProvider } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { batchOf } from '../../../src/backends/batch.ts';
import { JournalBackend } from '../../../src/backends/journal/journal-backend.ts';
import { createOtlpBackend, type OtlpBackend } from '../../../src/backends/otlp/otlp-backend.ts';
import type { SenderLimits } from '../../../src/backends/otlp/sender.ts';
import { Shipper } from '../../../src/backends/otlp/shipper.ts';
import { type Claim, Claims } from '../../../src/backends/shipping/claims.ts';
import { OwnWriter } from '../../../src/backends/shipping/own-writer.ts';
import { waitingIn } from '../../../src/backends/shipping/waiting.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeCollector, type Received } from '../../support/fake-collector.ts';
import { freePort } from '../../support/free-port.ts';
import { journalFiles, journalLines } from '../../support/journal-files.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';

const FAST: Partial<SenderLimits> = { retryMillis: 20, batchMillis: 20, maxBatchRecords: 50 };
const TIGHT: Partial<SenderLimits> = { ...FAST, maxQueueRecords: 100 };

interface Rig {
  readonly dir: string;
  readonly own: OwnWriter;
  readonly journal: JournalBackend;
  readonly otlp: OtlpBackend;
  /** Spans named by their numbers. */
  push(from: number, to: number): void;
  stop(millis?: number): Promise<void>;
}

describe('Shipping from the journal', () => {
  const cleanUps: (() => unknown)[] = [];
  const savedEnv = { ...process.env };
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
    for (const name of Object.keys(process.env)) if (!(name in savedEnv)) delete process.env[name];
    Object.assign(process.env, savedEnv);
  });
  after(removeTempDirs);

  async function collector(port?: number): Promise<FakeCollector> {
    const started = await FakeCollector.start(port === undefined ? {} : { port });
    cleanUps.push(() => started.stop());
    return started;
  }

  function rig(
    endpoint: string,
    {
      dir = tempDir(),
      limits = FAST,
      maxFileBytes = 20_000,
      maxTotalBytes = 100_000_000,
      catchUpBytesPerSecond = 1e9,
    } = {},
  ): Rig {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint;
    const own = new OwnWriter(dir);
    const sizes = { maxFileBytes, maxTotalBytes, retentionDays: 90 };
    const journal = new JournalBackend({ dir, own, ...sizes });
    const otlp = createOtlpBackend(process.env, {
      disk: { dir, own, journal, ...sizes },
      limits,
      catchUpBytesPerSecond,
    }) as OtlpBackend;
    journal.start();
    otlp.start();
    const stop = async (millis = 0): Promise<void> => {
      await otlp.shutdown(millis);
      await journal.shutdown();
    };
    cleanUps.push(() => stop());
    const push = (from: number, to: number): void => {
      for (let first = from; first < to; first += 10) {
        const batch = batchOf('traces', spans(first, Math.min(first + 10, to)));
        journal.accept(batch);
        otlp.accept(batch);
      }
    };
    return { dir, own, journal, otlp, push, stop };
  }

  it('leaves nothing to others while the collector keeps up', async () => {
    const fake = await collector();
    const one = rig(fake.endpoint);
    one.push(0, 500);
    await eventually('all', () => names(fake.taken).length === 500);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 500));
    await one.stop(1000);
    expect(journalFiles(one.dir, 'traces').length).to.be.greaterThan(2);
    const two = rig(fake.endpoint, { dir: one.dir });
    two.push(500, 501);
    await two.otlp.flush(1000);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 501));
  });

  it('sends all that came while the collector was away, in order and once, and says how far it is behind', async () => {
    const port = await freePort();
    const one = rig(`http://127.0.0.1:${port}`, { limits: TIGHT });
    one.push(0, 1000);
    await eventually('degraded', () => one.otlp.status().state === 'degraded');
    one.push(1000, 5000);
    const { lag, dropped, details, accepted } = one.otlp.status();
    expect({ accepted, dropped }).to.deep.equal({ accepted: 5000, dropped: {} });
    expect(details?.['waiting']).to.be.at.most(100);
    expect(lag?.bytes).to.equal(journalFiles(one.dir, 'traces').reduce((sum, path) => sum + statSync(path).size, 0));
    expect(lag?.seconds).to.be.greaterThan(0);
    const fake = await collector(port);
    await eventually('all', () => names(fake.taken).length >= 5000);
    one.push(5000, 5100);
    await eventually('the rest', () => names(fake.taken).length >= 5100);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 5100));
    await eventually('healthy', () => one.otlp.status().state === 'healthy');
    expect(one.otlp.status().lag).to.deep.equal({ seconds: 0, bytes: 0 });
    expect(fake.mostAtOnce).to.equal(1);
  });

  it('loses nothing of what is written while it catches up', async () => {
    const fake = await collector();
    fake.answer = () => 'hang';
    const one = rig(fake.endpoint, { limits: TIGHT });
    one.push(0, 1000);
    let next = 1000;
    fake.answer = () => {
      if (next < 3000) one.push(next, (next += 20));
      return {};
    };
    fake.cutConnections();
    await eventually('all', () => names(fake.taken).length >= 3000);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 3000));
    expect(one.otlp.status().dropped).to.deep.equal({});
  });

  it('keeps the pace it is told while it catches up', async () => {
    const port = await freePort();
    const one = rig(`http://127.0.0.1:${port}`, { limits: TIGHT, catchUpBytesPerSecond: 100_000 });
    one.push(0, 2000);
    const bytes = one.otlp.status().lag?.bytes ?? 0;
    const fake = await collector(port);
    await eventually('the first', () => fake.taken.length > 0);
    const begin = performance.now();
    await eventually('all', () => names(fake.taken).length >= 2000);
    const seconds = (performance.now() - begin) / 1000;
    expect(bytes / seconds).to.be.at.most(125_000);
  });

  it('keeps that pace however long a line may wait for others to be sent with', async () => {
    const port = await freePort();
    const limits = { ...TIGHT, batchMillis: 3_600_000 };
    const one = rig(`http://127.0.0.1:${port}`, { limits, catchUpBytesPerSecond: 500_000 });
    one.push(0, 2000);
    const fake = await collector(port);
    await eventually('all', () => names(fake.taken).length >= 2000);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 2000));
  });

  describe('at the end', () => {
    const millisOf = async (work: Promise<void>): Promise<number> => {
      const begin = performance.now();
      await work;
      return performance.now() - begin;
    };

    it('waits once for a collector that does not answer, and again when that has taken something', async () => {
      const fake = await collector();
      fake.answer = () => 'hang';
      const one = rig(fake.endpoint);
      one.push(0, 100);
      expect(await millisOf(one.otlp.flush(300))).to.be.within(250, 600);
      // Another thread's.
      const two = rig(fake.endpoint, { dir: one.dir });
      two.push(100, 200);
      expect(await millisOf(two.otlp.flush(300))).to.be.below(100);
      expect(await millisOf(two.stop(300))).to.be.below(100);
      fake.answer = () => ({});
      fake.cutConnections();
      await eventually('all', () => names(fake.taken).length === 100);
      fake.answer = () => ({ delayMillis: 150 });
      one.push(200, 300);
      await one.otlp.flush(2000);
      expect(names(fake.taken)).to.include.members(numbers(200, 300));
    });

    it('waits for a collector that is slow, however many waited for it before', async () => {
      const fake = await collector();
      fake.answer = () => ({ delayMillis: 150 });
      const one = rig(fake.endpoint);
      // Two requests, and time for one.
      one.push(0, 100);
      await one.otlp.flush(250);
      const two = rig(fake.endpoint, { dir: one.dir });
      two.push(100, 150);
      await two.otlp.flush(2000);
      expect(names(fake.taken)).to.include.members(numbers(100, 150));
    });

    for (const [what, answer] of [
      ['does not answer', 'hang'],
      ['asks for time', { status: 503 }],
      ['asks for some time', { status: 503, headers: { 'retry-after': '1' } }],
    ] as const) {
      it(`does not wait for a collector that ${what} since a while, with all on the disk`, async () => {
        process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '100';
        const fake = await collector();
        fake.answer = () => answer;
        const one = rig(fake.endpoint);
        one.push(0, 100);
        await eventually('degraded', () => one.otlp.status().state === 'degraded');
        expect(await millisOf(one.stop(2000))).to.be.below(100);
        expect(one.otlp.status().dropped).to.deep.equal({});
      });
    }

    it('tries once more a collector that was not there', async () => {
      const port = await freePort();
      const one = rig(`http://127.0.0.1:${port}`, { limits: { ...FAST, retryMillis: 3_600_000 } });
      one.push(0, 100);
      await eventually('degraded', () => one.otlp.status().state === 'degraded');
      const fake = await collector(port);
      await one.otlp.flush(1000);
      expect(names(fake.taken)).to.deep.equal(numbers(0, 100));
    });

    it('waits for a collector that does not answer when something is in memory alone', async () => {
      const fake = await collector();
      fake.answer = () => 'hang';
      const one = rig(fake.endpoint);
      one.push(0, 100);
      await one.otlp.flush(50);
      await eventually('the request is given up', () => one.otlp.status().state === 'degraded');
      rmSync(one.dir, { recursive: true });
      writeFileSync(one.dir, 'in the way');
      cleanUps.push(() => rmSync(one.dir));
      one.push(100, 110);
      fake.answer = () => ({});
      fake.cutConnections();
      await one.otlp.flush(1000);
      expect(names(fake.taken)).to.include.members(numbers(100, 110));
    });
  });

  it('goes on where the writer before it ended', async () => {
    const port = await freePort();
    const one = rig(`http://127.0.0.1:${port}`, { limits: TIGHT });
    one.push(0, 3000);
    await one.stop();
    expect(one.otlp.status().dropped).to.deep.equal({});
    const fake = await collector(port);
    const two = rig(fake.endpoint, { dir: one.dir });
    await eventually('all', () => names(fake.taken).length >= 3000);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 3000));
    await eventually('no more', () => two.otlp.status().lag?.bytes === 0);
    await two.stop(1000);
    const three = rig(fake.endpoint, { dir: one.dir });
    three.push(3000, 3001);
    await three.otlp.flush(1000);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 3001));
  });

  it('is done by one process at a time', async () => {
    const port = await freePort();
    const left = rig(`http://127.0.0.1:${port}`, { limits: TIGHT });
    left.push(0, 3000);
    await left.stop();
    const fake = await collector(port);
    const heirs = Array.from({ length: 8 }, () => rig(fake.endpoint, { dir: left.dir }));
    await eventually('all', () => names(fake.taken).length >= 3000);
    for (const heir of heirs) await heir.stop(1000);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 3000));
  });

  for (const torn of ['', '00000', '\0'.repeat(17), '9999999999999999\n', 'x'.repeat(17)]) {
    it(`ships a file again from its beginning when its cursor is ${JSON.stringify(torn)}`, async () => {
      const fake = await collector();
      const one = rig(fake.endpoint, { maxFileBytes: 1_000_000 });
      one.push(0, 100);
      await one.otlp.flush(1000);
      const shipping = join(one.dir, 'shipping/cursors');
      const cursor = readdirSync(shipping).find((name) => name.startsWith('journal-traces-')) as string;
      const size = statSync(journalFiles(one.dir, 'traces')[0] as string).size;
      expect(readFileSync(join(shipping, cursor), 'utf8')).to.equal(`${String(size).padStart(16, '0')}\n`);
      fake.answer = () => ({ status: 503 });
      one.push(100, 101);
      await one.stop();
      fake.answer = () => ({});
      writeFileSync(join(shipping, cursor), torn);
      const two = rig(fake.endpoint, { dir: one.dir });
      await eventually('all', () => names(fake.taken).length >= 201);
      expect(names(fake.taken)).to.deep.equal([...numbers(0, 100), ...numbers(0, 101)]);
      await two.stop(1000);
    });
  }

  for (const broken of ['', '{', 'null', '[]', '{"pid":1}']) {
    it(`takes a claim that reads ${JSON.stringify(broken)} for nobody's, once it is a minute old`, async () => {
      const fake = await collector();
      fake.answer = () => ({ status: 503 });
      const one = rig(fake.endpoint);
      one.push(0, 300);
      await one.stop();
      fake.answer = () => ({});
      const shipping = join(one.dir, 'shipping');
      const claim = join(shipping, readdirSync(shipping).find((name) => name.endsWith('.claim')) as string);
      writeFileSync(claim, broken);
      const two = rig(fake.endpoint, { dir: one.dir });
      two.push(300, 400);
      await two.stop(1000);
      expect(names(fake.taken)).to.deep.equal(numbers(300, 400));
      const old = Date.now() / 1000 - 100;
      utimesSync(claim, old, old);
      rig(fake.endpoint, { dir: one.dir });
      await eventually('all', () => names(fake.taken).length === 400);
    });
  }

  it('waits for a disk that cannot be read, and loses nothing', async () => {
    const port = await freePort();
    const one = rig(`http://127.0.0.1:${port}`, { limits: TIGHT });
    one.push(0, 2000);
    const path = journalFiles(one.dir, 'traces')[1] as string;
    renameSync(path, `${path}.aside`);
    mkdirSync(path);
    const fake = await collector(port);
    await eventually('a disk at fault', () => /disk cannot be read: Error EISDIR/.test(one.otlp.status().reason ?? ''));
    rmSync(path, { recursive: true });
    renameSync(`${path}.aside`, path);
    await eventually('all', () => names(fake.taken).length >= 2000);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 2000));
  });

  it('knows when a claim was taken over, however often', () => {
    const dir = tempDir();
    const claims = new Claims(dir);
    const shipped = { signals: ['traces'], metrics: 'outbox' } as const;
    const first = claims.claim('0123abcd', shipped) as Claim;
    expect(claims.claim('0123abcd', shipped)).to.equal(undefined);
    first.release();
    const second = claims.claim('0123abcd', shipped) as Claim;
    expect([first.isHeld(), second.isHeld()]).to.deep.equal([false, true]);
    second.release();
    const third = claims.claim('0123abcd', shipped) as Claim;
    expect([first, second, third].map((claim) => claim.isHeld())).to.deep.equal([false, false, true]);
    third.remove();
    expect([first, second, third].map((claim) => claim.isHeld())).to.deep.equal([false, false, false]);
  });

  it('says how long ago what others left was begun', async () => {
    const port = await freePort();
    const one = rig(`http://127.0.0.1:${port}`);
    one.push(0, 100);
    await one.stop();
    const [path] = journalFiles(one.dir, 'traces') as [string];
    renameSync(path, path.replace(/traces-\d{8}T\d{6}/, 'traces-20260101T000000'));
    const two = rig(`http://127.0.0.1:${port}`, { dir: one.dir });
    await eventually('found', () => (two.otlp.status().lag?.bytes ?? 0) > 0);
    const days = (Date.now() - Date.UTC(2026, 0, 1)) / 86_400_000;
    expect((two.otlp.status().lag?.seconds ?? 0) / 86_400).to.be.within(days - 1, days + 1);
  });

  it('counts all that others left as what it is behind, also what has to wait for its turn', async () => {
    const port = await freePort();
    const dir = tempDir();
    for (let writer = 0; writer < 7; writer++) {
      const left = rig(`http://127.0.0.1:${port}`, { dir });
      left.push(100 * writer, 100 * writer + 100);
      await left.stop();
    }
    const bytes = journalFiles(dir, 'traces').reduce((sum, path) => sum + statSync(path).size, 0);
    const heir = rig(`http://127.0.0.1:${port}`, { dir });
    await eventually('found', () => heir.otlp.status().lag?.bytes === bytes);
    expect(heir.otlp.status().details?.['shipping for others']).to.equal(7);
    const fake = await collector(port);
    await eventually('all', () => names(fake.taken).length === 700);
    await eventually('nothing', () => heir.otlp.status().lag?.bytes === 0);
    expect(new Set(names(fake.taken)).size).to.equal(700);
  });

  it('takes what a process elsewhere left once that has given no sign of life for a minute', async () => {
    const fake = await collector();
    fake.answer = () => ({ status: 503 });
    const one = rig(fake.endpoint);
    one.push(0, 100);
    await one.stop();
    fake.answer = () => ({});
    const shipping = join(one.dir, 'shipping');
    const claim = join(shipping, readdirSync(shipping).find((name) => name.endsWith('.claim')) as string);
    const holder = JSON.parse(readFileSync(claim, 'utf8')) as object;
    writeFileSync(claim, JSON.stringify({ ...holder, host: 'elsewhere', released: false }));
    const clock = performance.now.bind(performance);
    let ahead = 0;
    performance.now = () => clock() + ahead;
    cleanUps.push(() => Reflect.deleteProperty(performance, 'now'));
    const shipper = Shipper.create(process.env, {
      disk: { dir: one.dir, maxTotalBytes: 1e9 },
      catchUpBytesPerSecond: 1e9,
    }) as Shipper;
    cleanUps.push(() => shipper.close());
    const look = async (): Promise<number> => {
      shipper.look();
      await eventually('looked', () => !shipper.isBusy);
      return shipper.silent;
    };
    // Just renewed: it lives, as far as one can tell.
    expect(await look()).to.equal(0);
    const renewed = (secondsAgo: number): void => utimesSync(claim, Date.now() / 1000, Date.now() / 1000 - secondsAgo);
    renewed(30);
    expect(await look()).to.equal(1);
    ahead += 59_000;
    expect(await look()).to.equal(1);
    renewed(25);
    ahead += 2000;
    expect(await look()).to.equal(1);
    expect(fake.taken).to.deep.equal([]);
    ahead += 60_000;
    expect(await look()).to.equal(0);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 100));
  });

  describe('of a process that cannot be asked whether it lives', () => {
    const follow = (dir: string): { look(): Promise<void>; readonly silent: number } => {
      const options = { disk: { dir, maxTotalBytes: 1e9 }, catchUpBytesPerSecond: 1e9 };
      const shipper = Shipper.create(process.env, options) as Shipper;
      cleanUps.push(() => shipper.close());
      return {
        look: async () => {
          shipper.look();
          await eventually('looked', () => !shipper.isBusy);
        },
        get silent() {
          return shipper.silent;
        },
      };
    };
    const claimOf = (dir: string): string => {
      const shipping = join(dir, 'shipping');
      return join(shipping, readdirSync(shipping).find((name) => name.endsWith('.claim')) as string);
    };

    it('is shipped what it writes, also once nothing of it has waited', async () => {
      const fake = await collector();
      process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = fake.endpoint;
      const dir = tempDir();
      mkdirSync(join(dir, 'journal'));
      // A process id of another container.
      const path = join(dir, 'journal', 'traces-20260115T100000000Z-4194399-0000beef-000001.jsonl');
      const follower = follow(dir);
      for (const first of [0, 10, 20]) {
        appendSpans(path, first, first + 10);
        await follower.look();
        await follower.look();
        expect(names(fake.taken)).to.deep.equal(numbers(0, first + 10));
      }
    });

    it('is shipped what it leaves in the end, though nothing of it waited before', async () => {
      const fake = await collector();
      const one = rig(fake.endpoint);
      one.push(0, 100);
      await eventually('all', () => names(fake.taken).length === 100);
      const claim = claimOf(one.dir);
      const [path] = journalFiles(one.dir, 'traces') as [string];
      // A worker thread of a process that goes on.
      const { writtenBy, ...holder } = JSON.parse(readFileSync(claim, 'utf8')) as { writtenBy: object };
      const thread = { ...holder, thread: 7, writtenBy: { ...writtenBy, thread: 7 } };
      writeFileSync(claim, JSON.stringify(thread));
      const follower = follow(one.dir);
      await follower.look();
      appendSpans(path, 100, 110);
      writeFileSync(claim, JSON.stringify({ ...thread, released: true }));
      await follower.look();
      expect(names(fake.taken)).to.deep.equal(numbers(0, 110));
    });

    it('is known to wait when its claim was torn, and is shipped after a minute', async () => {
      const fake = await collector();
      fake.answer = () => ({ status: 503 });
      const one = rig(fake.endpoint);
      one.push(0, 100);
      await one.stop();
      fake.answer = () => ({});
      const claim = claimOf(one.dir);
      writeFileSync(claim, '{"pid":1');
      const follower = follow(one.dir);
      await follower.look();
      expect(follower.silent).to.equal(1);
      expect(waitingIn(one.dir).bytes).to.be.greaterThan(1000);
      utimesSync(claim, Date.now() / 1000, Date.now() / 1000 - 61);
      await follower.look();
      expect(names(fake.taken)).to.deep.equal(numbers(0, 100));
      expect(waitingIn(one.dir).bytes).to.equal(0);
    });
  });

  for (const [where, limits] of [
    ['in memory', FAST],
    ['on the disk', TIGHT],
  ] as const) {
    it(`sends nothing again that another has sent while it was taken for dead, with what waits ${where}`, async () => {
      const fake = await collector();
      fake.answer = () => ({ status: 503 });
      const one = rig(fake.endpoint, { limits: { ...limits, retryMillis: 3_600_000 }, maxFileBytes: 1_000_000 });
      one.push(0, 1000);
      await eventually('degraded', () => one.otlp.status().state === 'degraded');
      const shipping = join(one.dir, 'shipping');
      const claim = join(shipping, readdirSync(shipping).find((name) => name.endsWith('.claim')) as string);
      writeFileSync(claim, JSON.stringify({ ...JSON.parse(readFileSync(claim, 'utf8')), released: true }));
      fake.answer = () => ({});
      const two = rig(fake.endpoint, { dir: one.dir });
      await eventually('all', () => names(fake.taken).length === 1000);
      await two.stop(1000);
      one.push(1000, 1100);
      await one.otlp.flush(5000);
      expect(names(fake.taken)).to.deep.equal(numbers(0, 1100));
      expect(one.otlp.status().lag).to.deep.equal({ seconds: 0, bytes: 0 });
    });
  }

  it('forgets what is through', async () => {
    const fake = await collector();
    const one = rig(fake.endpoint);
    one.push(0, 100);
    await one.stop(1000);
    const claims = (): string[] => readdirSync(join(one.dir, 'shipping')).filter((name) => name.endsWith('.claim'));
    expect(claims()).to.deep.equal([]);
    fake.answer = () => ({ status: 503 });
    const two = rig(fake.endpoint, { dir: one.dir });
    two.push(100, 200);
    await two.stop();
    expect(claims()).to.have.length(1);
    fake.answer = () => ({});
    rig(fake.endpoint, { dir: one.dir });
    await eventually('all', () => names(fake.taken).length === 200);
    await eventually('no claim', () => claims().length === 0);
  });

  it('leaves what was never meant for a collector to who asks for it', async () => {
    const dir = tempDir();
    const sizes = { maxFileBytes: 20_000, maxTotalBytes: 1e9, retentionDays: 90 };
    const journal = new JournalBackend({ dir, own: new OwnWriter(dir), ...sizes });
    journal.accept(batchOf('traces', spans(0, 100)));
    await journal.shutdown();
    const fake = await collector();
    const one = rig(fake.endpoint, { dir });
    one.push(100, 200);
    await one.stop(1000);
    expect(names(fake.taken)).to.deep.equal(numbers(100, 200));
  });

  it('leaves out what is no line, and counts it', async () => {
    const port = await freePort();
    const one = rig(`http://127.0.0.1:${port}`, { limits: TIGHT, maxFileBytes: 1_000_000 });
    one.push(0, 200);
    await one.stop();
    const [path] = journalFiles(one.dir, 'traces') as [string];
    const lines = readFileSync(path, 'utf8').split('\n');
    lines[10] = lines[10]?.slice(0, 50) as string;
    lines[20] = '\0'.repeat(100);
    lines[30] = 'x'.repeat(3_000_000);
    // The last has lost its newline, which is all it lost.
    writeFileSync(path, lines.join('\n').trimEnd());
    const fake = await collector(port);
    const two = rig(fake.endpoint, { dir: one.dir });
    await eventually('all', () => names(fake.taken).length >= 197);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 200).filter((name) => !['10', '20', '30'].includes(name)));
    expect(two.otlp.status().dropped).to.deep.equal({ corrupt: 3 });
  });

  it('leaves out of its own what is no line, and counts it', async () => {
    const port = await freePort();
    const one = rig(`http://127.0.0.1:${port}`, { limits: TIGHT, maxFileBytes: 1_000_000 });
    one.push(0, 200);
    const [path] = journalFiles(one.dir, 'traces') as [string];
    const lines = readFileSync(path, 'utf8').split('\n');
    lines[10] = lines[10]?.slice(0, 50) as string;
    lines[20] = '\0'.repeat(100);
    lines[30] = lines[30]?.slice(50) as string;
    writeFileSync(path, lines.join('\n'));
    const fake = await collector(port);
    await eventually('all', () => names(fake.taken).length >= 197);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 200).filter((name) => !['10', '20', '30'].includes(name)));
    expect(one.otlp.status().dropped).to.deep.equal({ corrupt: 3 });
  });

  it('sets aside what the collector refuses, and goes on', async () => {
    const fake = await collector();
    fake.answer = ({ body }) => ({ status: body.includes('"7"') ? 400 : 200 });
    const one = rig(fake.endpoint);
    one.push(0, 20);
    await one.otlp.flush(1000);
    one.push(20, 40);
    await one.otlp.flush(1000);
    expect(names(fake.taken)).to.deep.equal(numbers(20, 40));
    expect(one.otlp.status()).to.deep.include({ state: 'healthy', dropped: { http_400: 20 } });
    const rejected = join(one.dir, 'journal/rejected');
    const [file] = readdirSync(rejected) as [string];
    expect(file).to.match(/^traces-\d{8}T\d{9}Z-http_400-\d+-\d+\.jsonl$/);
    expect(readFileSync(join(rejected, file), 'utf8').trimEnd().split('\n')).to.deep.equal(spans(0, 20));
    expect(statSync(join(rejected, file)).mode & 0o777).to.equal(0o600);
  });

  it('goes on from memory when the journal is gone, and from the journal when it is back', async () => {
    const fake = await collector();
    const one = rig(fake.endpoint);
    one.push(0, 50);
    rmSync(one.dir, { recursive: true });
    writeFileSync(one.dir, 'in the way');
    await new Promise((resolve) => setTimeout(resolve, 120));
    one.push(50, 100);
    expect(one.journal.status().state).to.equal('degraded');
    await one.otlp.flush(1000);
    expect(names(fake.taken)).to.deep.equal(numbers(0, 100));
    rmSync(one.dir);
  });

  it('sends all that it has when its directory was removed, whatever is written there since', async () => {
    const fake = await collector();
    // So slow that what memory alone has left goes between two pieces from the disk.
    const one = rig(fake.endpoint, { maxFileBytes: 5000, catchUpBytesPerSecond: 100_000 });
    one.push(0, 200);
    rmSync(one.dir, { recursive: true });
    one.push(200, 400);
    await eventually('all', () => new Set(names(fake.taken)).size === 400);
    expect(one.otlp.status().dropped).to.deep.equal({});
  });

  it('keeps the metrics of an outage too, and ships them in their order', async () => {
    const port = await freePort();
    const one = rig(`http://127.0.0.1:${port}`);
    const provider = new MeterProvider({ readers: [one.otlp.metricReader as IMetricReader] });
    const counter = provider.getMeter('m').createCounter('c');
    for (let count = 0; count < 5; count++) {
      counter.add(1);
      await provider.forceFlush();
    }
    await one.stop();
    const fake = await collector(port);
    const two = rig(fake.endpoint, { dir: one.dir });
    const values = (): unknown[] =>
      fake.taken.flatMap(({ body }) => [...body.matchAll(/"asDouble":(\d+)/g)].map((match) => match[1]));
    await eventually('all', () => values().length >= 5);
    expect(values()).to.deep.equal(['1', '2', '3', '4', '5']);
    expect(two.otlp.status().dropped).to.deep.equal({});
  });

  it('removes what is not shipped last, and counts it', async () => {
    const port = await freePort();
    const one = rig(`http://127.0.0.1:${port}`, { limits: TIGHT, maxFileBytes: 10_000, maxTotalBytes: 100_000 });
    one.push(0, 5000);
    const written = journalLines(one.dir, 'traces').length;
    const evicted = one.journal.status().dropped['evicted'];
    expect(evicted).to.equal(5000 - written);
    expect(evicted).to.be.greaterThan(1000);
    const onDisk = journalFiles(one.dir, 'traces').reduce((sum, path) => sum + statSync(path).size, 0);
    expect(one.otlp.status().lag?.bytes).to.equal(onDisk);
    const fake = await collector(port);
    await eventually('the rest', () => names(fake.taken).includes('4999'));
    expect(names(fake.taken).slice(-written)).to.deep.equal(numbers(5000 - written, 5000));
  });

  for (const [outcome, getsThrough] of [
    ['sent', true],
    ['lost when it does not get through', false],
  ] as const) {
    it(`counts what is removed while it is under way once: as ${outcome}`, async () => {
      const port = await freePort();
      const one = rig(`http://127.0.0.1:${port}`, { limits: TIGHT, maxFileBytes: 10_000, maxTotalBytes: 100_000 });
      one.push(0, 500);
      await eventually('degraded', () => one.otlp.status().state === 'degraded');
      const fake = await collector(port);
      fake.answer = () => (getsThrough ? { delayMillis: 500 } : 'hang');
      await eventually('a request', () => fake.received.length > 0);
      one.push(500, 5000);
      expect(
        journalFiles(one.dir, 'traces')
          .map((path) => readFileSync(path, 'utf8'))
          .join(''),
      ).not.to.include('"name":"0"');
      fake.answer = () => ({});
      if (!getsThrough) fake.cutConnections();
      await eventually('the rest', () => names(fake.taken).includes('4999'));
      const sent = names(fake.taken);
      expect(sent.includes('0')).to.equal(getsThrough);
      expect(new Set(sent).size).to.equal(sent.length);
      const evicted = [one.journal, one.otlp].reduce(
        (sum, backend) => sum + (backend.status().dropped['evicted'] ?? 0),
        0,
      );
      expect(evicted).to.equal(5000 - sent.length);
      await eventually('nothing', () => one.otlp.status().lag?.bytes === 0);
      // No cursor is left of a file that is gone.
      const files = journalFiles(one.dir, 'traces').map((path) => `journal-${basename(path)}.cursor`);
      const cursors = readdirSync(join(one.dir, 'shipping/cursors')).filter((name) =>
        name.startsWith('journal-traces'),
      );
      expect(files).to.include.members(cursors);
    });
  }

  describe('of which another process removes files for want of room', () => {
    const SMALL = { maxFileBytes: 5000, maxTotalBytes: 30_000, limits: TIGHT };

    /** As if whoever ships a writer's files were another thread, which we cannot ask. */
    function elsewhere({ dir, own }: Rig): void {
      const shipping = join(dir, 'shipping');
      const name = readdirSync(shipping).find((file) => file.startsWith(own.writer) && file.endsWith('.claim'));
      const claim = join(shipping, name as string);
      const { writtenBy, ...holder } = JSON.parse(readFileSync(claim, 'utf8'));
      const thread = 7;
      const writer = { ...writtenBy, thread: holder.released || holder.over ? writtenBy.thread : thread };
      writeFileSync(claim, JSON.stringify({ ...holder, thread, writtenBy: writer }));
    }

    function filesOf({ dir, own }: Rig): string[] {
      return journalFiles(dir, 'traces').filter((path) => path.includes(own.writer));
    }

    function evicted(...rigs: Rig[]): number {
      const backends = rigs.flatMap(({ journal, otlp }) => [journal, otlp]);
      return backends.reduce((sum, backend) => sum + (backend.status().dropped['evicted'] ?? 0), 0);
    }

    async function settled(...rigs: Rig[]): Promise<void> {
      await eventually('through', () => rigs.every(({ otlp }) => otlp.status().lag?.bytes === 0));
    }

    for (const [where, limits, getsThrough] of [
      ['in memory', FAST, true],
      ['on the disk', TIGHT, true],
      ['in memory', FAST, false],
      ['on the disk', TIGHT, false],
    ] as const) {
      const request = getsThrough ? 'gets through' : 'fails';
      it(`counts what is lost once, when what waits is ${where} and the request under way ${request}`, async () => {
        const fake = await collector();
        fake.answer = () => (getsThrough ? { delayMillis: 500 } : 'hang');
        const one = rig(fake.endpoint, { limits, maxFileBytes: 5000 });
        one.push(0, 300);
        await eventually('a request', () => fake.received.length > 0);
        elsewhere(one);
        const two = rig(fake.endpoint, { dir: one.dir, ...SMALL });
        two.push(1000, 1500);
        expect(filesOf(one)).to.have.length(1);
        fake.answer = () => ({});
        if (!getsThrough) fake.cutConnections();
        one.push(300, 400);
        await settled(one, two);
        const sent = names(fake.taken);
        if (limits === FAST) expect(sent).to.include.members(numbers(0, 400));
        expect(new Set(sent).size).to.equal(sent.length);
        expect(evicted(one, two)).to.equal(900 - sent.length);
      });
    }

    it('counts what is lost with a process that ends at once', async () => {
      const fake = await collector();
      fake.answer = () => 'hang';
      const one = rig(fake.endpoint, { limits: FAST, maxFileBytes: 5000 });
      one.push(0, 300);
      await eventually('a request', () => fake.received.length > 0);
      elsewhere(one);
      rig(fake.endpoint, { dir: one.dir, ...SMALL }).push(1000, 1500);
      const left = filesOf(one).flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n'));
      expect(left).to.have.length.within(1, 299);
      for (let times = 0; times < 2; times++) one.otlp.end();
      expect(evicted(one)).to.equal(300 - left.length);
      // Some emit `exit` and go on.
      fake.answer = () => ({});
      fake.cutConnections();
      one.push(300, 310);
      await settled(one);
      const sent = names(fake.taken).filter((name) => Number(name) < 1000);
      expect(sent).to.include.members(numbers(300 - left.length, 310));
      expect(evicted(one)).to.equal(310 - sent.length);
    });

    it('sends in order what was in memory alone when more came than it holds', async () => {
      const port = await freePort();
      const one = rig(`http://127.0.0.1:${port}`, { limits: { ...FAST, maxQueueRecords: 300 }, maxFileBytes: 5000 });
      one.push(0, 200);
      elsewhere(one);
      rig(`http://127.0.0.1:${port}`, { dir: one.dir, ...SMALL }).push(1000, 1500);
      expect(filesOf(one)).to.have.length(1);
      one.push(200, 600);
      const fake = await collector(port);
      await settled(one);
      const sent = names(fake.taken).filter((name) => Number(name) < 1000);
      expect(sent).to.deep.equal(numbers(0, 600));
    });

    for (const [whose, isElsewhere] of [
      ['it has adopted itself', false],
      ['another has adopted', true],
    ] as const) {
      it(`counts what is lost once of what ${whose}`, async () => {
        const fake = await collector();
        fake.answer = () => ({ status: 503 });
        const dead = rig(fake.endpoint, { maxFileBytes: 20_000 });
        dead.push(0, 600);
        await dead.stop();
        const files = filesOf(dead);
        fake.answer = () => ({ delayMillis: 500 });
        const heir = rig(fake.endpoint, { dir: dead.dir, ...SMALL });
        await eventually('a request', () => fake.taken.length > 0);
        if (isElsewhere) elsewhere(dead);
        const two = isElsewhere ? rig(fake.endpoint, { dir: dead.dir, ...SMALL }) : heir;
        two.push(1000, 1300);
        // What another is sending just now stays; and the newest, for its process lives.
        expect(files).to.have.length.greaterThan(2);
        expect(filesOf(dead)).to.deep.equal([...(isElsewhere ? files.slice(0, 1) : []), files.at(-1)]);
        fake.answer = () => ({});
        await settled(heir, two);
        const sent = names(fake.taken);
        expect(new Set(sent).size).to.equal(sent.length);
        expect(evicted(...new Set([heir, two]))).to.equal(900 - sent.length);
      });
    }
  });
});

function spans(from: number, to: number): string[] {
  return numbers(from, to).map(
    (name) =>
      `{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":{"name":"s"},"spans":[{"name":"${name}"}]}]}]}`,
  );
}

function appendSpans(path: string, from: number, to: number): void {
  appendFileSync(path, `${spans(from, to).join('\n')}\n`);
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}

function names(requests: readonly Received[]): string[] {
  return requests.flatMap(({ body }) => [...body.matchAll(/\{"name":"(\d+)"\}/g)].map((match) => match[1] as string));
}
