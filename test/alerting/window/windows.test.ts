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
    for (let round = 0; round < 5; round++) await playRound(new Random(SEED + round), SEED + round);
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
  for (let step = 0; step < 50; step++) {
    if (random.maybe(0.08)) {
      // Mostly back: what was measured lies ahead then.
      clock.jump(random.pick([-2 * HOUR, -40 * MINUTE, -90_000, -2500, 30_000, 50 * MINUTE, 26 * HOUR]));
    }
    clock.advance(random.pick([15_000, 15_000, 15_000, 14_999, 60_000, 10 * MINUTE, 2 * HOUR]));
    bringToPresent(all, clock.now());
    for (const one of processes) {
      for (const value of random.several(3, () => random.pick([0.1, 0.25, 7, 1e-6, 123.456]))) {
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
        for (const one of kept) if ((one.atMillis[name] ?? 0) <= clock.now() - millis) one.gone.add(name);
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
