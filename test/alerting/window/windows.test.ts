// Windows against an oracle that keeps every increment and adds them up: whatever processes, restarts, resets of counters and clocks do.
import { expect } from 'chai';
import type { RuleInput } from '../../../src/alerting/rule.ts';
import { periodStart } from '../../../src/alerting/window/time-zone.ts';
import { Random } from '../../support/random.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';
import { AnEngine, TestClock } from '../an-engine.ts';

const SEED = process.env.FUZZ_SEED === 'random' ? Date.now() : Number(process.env.FUZZ_SEED ?? 20_261_124);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Window, and the longest time by which it may be longer than it says. */
const sliding: readonly (readonly [string, number, number])[] = [
  ['1m', MINUTE, 5000],
  ['15m', 15 * MINUTE, 15_000],
  ['3h', 3 * HOUR, MINUTE],
  ['7d', 168 * HOUR, 10 * MINUTE],
];
const ZONE = 'Europe/Berlin';
const rules: RuleInput[] = [
  ...sliding.map(
    ([window]): RuleInput => ({
      name: window,
      metric: 'app.cost',
      statistic: 'sum',
      window,
      by: 'shop',
      threshold: 1e9,
    }),
  ),
  { name: 'day', metric: 'app.cost', statistic: 'sum', window: 'day', timeZone: ZONE, by: 'shop', threshold: 1e9 },
  { name: 'month', metric: 'app.cost', statistic: 'sum', window: 'month', timeZone: ZONE, threshold: 1e9 },
];

interface Increment {
  /** By rule: a clock that is set back brings what lies ahead of it to the present, bucket by bucket. */
  readonly atMillis: Record<string, number>;
  /** Rules out of whose window it has fallen: when the clock is set back it may be forgotten, and should be. */
  readonly gone: Set<string>;
  /** Rules for which it had fallen out before the clock was set back to a time before it: whoever reads it later takes it for new. */
  readonly unsure: Set<string>;
  readonly value: number;
  readonly shop: string;
}

/** Start of the bucket of a rule that a moment lies in. */
const bucketStart: Readonly<Record<string, (atMillis: number) => number>> = {
  ...Object.fromEntries(sliding.map(([name, , width]) => [name, (at: number) => Math.floor(at / width) * width])),
  day: (at) => periodStart('day', ZONE, at),
  month: (at) => periodStart('day', ZONE, at),
};

describe('windows', () => {
  after(removeTempDirs);

  it('hold what an oracle adds up', async function () {
    this.timeout(120_000);
    for (let round = 0; round < 15; round++) await playRound(new Random(SEED + round), SEED + round);
  });
});

async function playRound(random: Random, seed: number): Promise<void> {
  const dir = tempDir();
  const clock = new TestClock();
  // The end of summer time is within the round's reach.
  clock.wallMillis = Date.UTC(2026, 9, 24, 20) + random.below(8 * HOUR);
  const start = (): AnEngine => new AnEngine({ dir, clock, rules, origin: 'app' });
  let processes = [start(), start()];
  const all: Increment[] = [];
  /** By how much the clock was set forward of late: what falls out of a window because of that is not gone. */
  const doubted = { millis: 0, sinceMillis: 0 };
  for (let step = 0; step < 50; step++) {
    let jump = 0;
    const doubtedBefore = doubted.millis;
    if (random.maybe(0.06)) {
      // For a moment it is wrong.
      clock.jump(26 * HOUR);
      for (const one of processes) await one.collect();
      clock.jump(-26 * HOUR);
    } else if (random.maybe(0.08)) {
      // Mostly back: what was measured lies ahead then.
      jump = random.pick([-26 * HOUR, -2 * HOUR, -40 * MINUTE, -90_000, -2500, 30_000, 50 * MINUTE, 26 * HOUR]);
      clock.jump(jump);
      doubted.millis = Math.max(0, doubted.millis + jump);
      doubted.sinceMillis = clock.monotonic();
    }
    clock.advance(random.pick([1000, 4000, 15_000, 15_000, 15_000, 14_999, 60_000, 10 * MINUTE, 2 * HOUR]));
    if (clock.monotonic() - doubted.sinceMillis >= HOUR) doubted.millis = 0;
    // What falls out of a window meanwhile does so whatever the clock says then.
    for (const [name, millis] of jump < 0 ? sliding : []) {
      const outMillis = clock.now() - jump - doubtedBefore - millis;
      for (const { atMillis, gone } of all) if ((atMillis[name] ?? 0) <= outMillis) gone.add(name);
    }
    bringToPresent(all, clock.now());
    // Time alone must change what a window holds.
    const isQuiet = random.maybe(0.4);
    for (const one of processes) {
      for (const value of isQuiet ? [] : random.several(3, () => random.pick([0.1, 0.25, 7, 1e-6, 123.456]))) {
        const shop = random.pick(['a', 'b']);
        one.add('app.cost', value, { shop });
        all.push({
          atMillis: Object.fromEntries(rules.map(({ name }) => [name, clock.now()])),
          gone: new Set(),
          unsure: new Set(),
          value,
          shop,
        });
      }
      await one.collect();
    }
    if (random.maybe(0.1)) {
      // One ends, another comes: its counters begin at nothing.
      const [gone, ...rest] = processes;
      await gone?.engine.close();
      processes = [...rest, start()];
      // It takes the time as it is.
      doubted.millis = 0;
    }
    for (const one of processes) await one.collect();
    for (const one of processes) await one.collect();
    const judge = processes.find(({ engine }) => engine.isEvaluating);
    if (judge === undefined) throw new Error('nobody judges');
    for (const shop of ['a', 'b']) {
      const of = all.filter((one) => one.shop === shop);
      for (const [name, millis, slack] of sliding) {
        const value = judge.value(name, { shop }) ?? 0;
        const what = `seed ${seed}, step ${step}, ${name} of ${shop}`;
        const kept = of.filter(({ gone }) => !gone.has(name));
        expect(value, what).to.be.at.least(sumSince(kept, name, clock.now() - millis) - 1e-9);
        const falling = kept.filter(({ atMillis }) => (atMillis[name] ?? 0) <= clock.now() - doubted.millis - millis);
        for (const one of falling) one.gone.add(name);
        expect(value, what).to.be.at.most(sumSince(of, name, clock.now() - millis - slack) + 1e-9);
      }
      const today = of.filter(({ atMillis }) => (atMillis.day ?? 0) >= periodStart('day', ZONE, clock.now()));
      expect(judge.value('day', { shop }) ?? 0, `seed ${seed}, step ${step}, day of ${shop}`).to.be.closeTo(
        total(today),
        1e-9,
      );
    }
    const thisMonth = all.filter(({ atMillis }) => (atMillis.month ?? 0) >= periodStart('month', ZONE, clock.now()));
    expect(judge.value('month') ?? 0, `seed ${seed}, step ${step}, month`).to.be.closeTo(total(thisMonth), 1e-9);
  }
  for (const { engine } of processes) await engine.close();
}

/** What lies more than a minute ahead of a clock that was set back was measured by now at the latest. */
function bringToPresent(all: readonly Increment[], nowMillis: number): void {
  for (const { atMillis, gone, unsure } of all) {
    for (const [rule, at] of Object.entries(atMillis)) {
      if ((bucketStart[rule]?.(at) ?? 0) <= nowMillis + MINUTE) continue;
      atMillis[rule] = nowMillis;
      if (gone.has(rule)) unsure.add(rule);
    }
  }
}

function sumSince(all: readonly Increment[], rule: string, sinceMillis: number): number {
  return total(all.filter(({ atMillis, unsure }) => (atMillis[rule] ?? 0) > sinceMillis || unsure.has(rule)));
}

function total(all: readonly Increment[]): number {
  return all.reduce((sum, { value }) => sum + value, 0);
}
