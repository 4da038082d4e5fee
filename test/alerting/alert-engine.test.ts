import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { openAlertsDatabase } from '../../src/alerting/alerts-database.ts';
import { readHistory } from '../../src/alerting/notify/history.ts';
import { publishAlert } from '../../src/alerting/notify/publish-alert.ts';
import { forgetUntold } from '../../src/alerting/notify/told.ts';
import { RuleStore } from '../../src/alerting/store/rule-store.ts';
import { callLine, writeJournal } from '../support/journal-builder.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { AnEngine, TestClock } from './an-engine.ts';

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const orders = { name: 'orders', metric: 'app.orders', statistic: 'sum', window: '1m', threshold: 5 } as const;

describe('AlertEngine', () => {
  let dir: string;
  let clock: TestClock;
  beforeEach(() => {
    dir = tempDir();
    clock = new TestClock();
  });
  after(removeTempDirs);

  describe('states', () => {
    it('go from pending to firing after `for`, and are resolved after `keepFiringFor`', async () => {
      const one = new AnEngine({ dir, clock, rules: [{ ...orders, for: '1m', keepFiringFor: '30s', by: 'shop' }] });
      one.add('app.orders', 9, { shop: 'a' });
      one.add('app.orders', 3, { shop: 'b' });
      await one.tick();
      expect(one.changes).to.deep.equal(['orders a: inactive>pending']);
      for (let i = 0; i < 4; i++) {
        one.add('app.orders', 9, { shop: 'a' });
        await one.tick();
      }
      expect(one.changes.slice(1)).to.deep.equal(['orders a: pending>firing']);
      expect(one.published).to.have.length(1);
      expect(one.published[0]).to.include({
        rule: 'orders',
        state: 'firing',
        value: 45,
        threshold: 5,
        severity: 'warning',
      });
      expect(one.published[0]?.labels).to.deep.equal({ shop: 'a' });
      expect(one.published[0]?.fingerprint).to.match(/^[0-9a-f]{16}$/);

      // The window empties within a minute and a bucket of five seconds; then it is kept for half a minute.
      for (let i = 0; i < 5; i++) await one.tick();
      expect(one.state('orders', { shop: 'a' })).to.equal('firing');
      for (let i = 0; i < 2; i++) await one.tick();
      expect(one.changes.slice(2)).to.deep.equal(['orders a: firing>resolved']);
      expect(one.published.at(-1)).to.include({ state: 'resolved', endsAtMillis: clock.now() });
      for (let i = 0; i < 62; i++) await one.tick();
      expect(one.state('orders', { shop: 'a' })).to.equal('inactive');
      expect(one.changes).to.have.length(3);
      await one.engine.close();
    });

    it('of what was pending only end without a word to people', async () => {
      const one = new AnEngine({ dir, clock, rules: [{ ...orders, for: '5m' }] });
      one.add('app.orders', 9);
      for (let i = 0; i < 6; i++) await one.tick();
      expect(one.changes).to.deep.equal(['orders: inactive>pending', 'orders: pending>inactive']);
      expect(one.published).to.deep.equal([]);
    });

    it('survive a restart, and a firing alert is not told anew', async () => {
      const first = new AnEngine({ dir, clock, rules: [{ ...orders, window: '1h' }] });
      first.add('app.orders', 9);
      await first.tick();
      await first.engine.close();
      clock.advance(5 * MINUTE);
      const second = new AnEngine({ dir, clock, rules: [{ ...orders, window: '1h' }] });
      await second.tick();
      expect(second.value('orders')).to.equal(9);
      expect(second.state('orders')).to.equal('firing');
      expect(second.changes).to.deep.equal([]);
      expect(second.published).to.deep.equal([]);
      await second.tick(HOUR);
      expect(second.changes).to.deep.equal(['orders: firing>resolved']);
      expect(second.published[0]?.fingerprint).to.equal(first.published[0]?.fingerprint);
    });

    it('of a rule that is taken away, or edited, go on as what it is then', async () => {
      const one = new AnEngine({ dir, clock });
      const database = openAlertsDatabase(dir);
      const store = new RuleStore(database);
      store.save({ ...orders, window: '1h' });
      store.save({ ...orders, name: 'others', window: '1h' });
      one.add('app.orders', 9);
      await one.tick();
      expect(one.changes).to.have.members(['orders: inactive>firing', 'others: inactive>firing']);
      store.save({ ...orders, window: '1h', threshold: 6 });
      store.delete('others');
      await one.tick();
      expect(one.state('orders')).to.equal('firing');
      expect(one.published.filter(({ rule }) => rule === 'orders')).to.have.length(1);
      store.save({ ...orders, window: '1h', threshold: 60 });
      await one.tick();
      expect(one.changes.at(-1)).to.equal('orders: firing>resolved');
      database.close();
    });

    it('of a rule that is taken away while it fires are over, and that is told as any other end', async () => {
      const one: AnEngine = new AnEngine({
        dir,
        clock,
        publish: (alert, cooldownMillis) =>
          publishAlert(one.engine.database(), alert, { cooldownMillis, nowMillis: clock.now() }),
      });
      const database = openAlertsDatabase(dir);
      const store = new RuleStore(database);
      store.save({ ...orders, window: '1h' });
      one.add('app.orders', 9);
      await one.tick();
      // Where nobody is told of it, too.
      forgetUntold(database, clock.now());
      store.delete('orders');
      // It was the last of them: there is something to do nevertheless, once.
      expect(one.engine.refresh()).to.equal(true);
      await one.tick();
      expect(one.engine.refresh()).to.equal(false);
      expect(one.changes).to.deep.equal(['orders: inactive>firing', 'orders: firing>resolved']);
      const history = readHistory(database).map((entry) => entry.kind === 'transition' && entry.to);
      expect(history).to.deep.equal(['firing', 'resolved']);
      database.close();
    });

    it('alert where there is no data, when the rule says so', async () => {
      const rules = [
        { ...orders, name: 'silent', noData: 'alert' as const, for: '30s' },
        { ...orders, name: 'calm' },
      ];
      const one = new AnEngine({ dir, clock, rules });
      for (let i = 0; i < 4; i++) await one.tick();
      expect(one.changes).to.deep.equal(['silent: inactive>pending', 'silent: pending>firing']);
      expect(one.published[0]).to.include({ value: null });
      one.add('app.orders', 1);
      await one.tick();
      expect(one.state('silent')).to.equal('resolved');
    });

    it('fire for the one series of several that falls silent', async () => {
      const rules = [
        { ...orders, name: 'silent', by: 'shop', noData: 'alert' as const, threshold: 1e9 },
        { ...orders, name: 'few', by: 'shop', op: '<' as const, threshold: 1 },
      ];
      const one = new AnEngine({ dir, clock, rules });
      one.add('app.orders', 3, { shop: 'a' });
      for (let i = 0; i < 120; i++) {
        one.add('app.orders', 3, { shop: 'b' });
        await one.tick();
      }
      expect(one.changes).to.have.members(['silent a: inactive>firing', 'few a: inactive>firing']);
      expect(one.state('few', { shop: 'a' }), 'an hour later too').to.equal('firing');
    });

    it('fire at each step of a budget, and tell when it will be exceeded', async () => {
      clock.wallMillis = Date.UTC(2026, 10, 10);
      const rules = [{ name: 'budget', preset: 'monthly_budget', threshold: 100, timeZone: 'UTC' }];
      const one = new AnEngine({ dir, clock, rules });
      for (let day = 0; day < 6; day++) {
        one.add('agent_vitals.cost.usd', 10);
        await one.tick(DAY);
      }
      expect(one.changes).to.deep.equal(['budget 50%: inactive>firing']);
      expect(one.published[0]).to.include({ severity: 'info', threshold: 50 });
      expect(one.published[0]?.description).to.match(
        /^Calls of this month cost \$50: 50% of the budget of \$100\. At this pace \$100 will be exceeded on 2026-11-\d\d\.$/,
      );
      const [atHalf, , atAll] = one.engine.readings();
      expect(atHalf?.forecastMillis).to.equal(null);
      expect(new Date(atAll?.forecastMillis ?? 0).toISOString()).to.match(/^2026-11-(19|20|21)/);
      one.add('agent_vitals.cost.usd', 45);
      await one.tick();
      expect(one.changes.slice(1)).to.deep.equal(['budget 80%: inactive>firing', 'budget 100%: inactive>firing']);
      // A new month, a new budget.
      clock.wallMillis = Date.UTC(2026, 11, 1);
      await one.tick();
      expect(one.changes.slice(3).every((change) => change.endsWith('firing>resolved'))).to.equal(true);
      expect(one.value('budget')).to.equal(0);
    });

    it('fire when an hour costs more than that hour of past days', async () => {
      const rules = [{ name: 'spike', preset: 'cost_spike', timeZone: 'UTC' }];
      const one = new AnEngine({ dir, clock, rules });
      const hourOfCost = async (usd: number): Promise<void> => {
        for (let i = 0; i < 4; i++) {
          one.add('agent_vitals.cost.usd', usd / 4);
          await one.tick(14 * MINUTE);
        }
      };
      for (let day = 0; day < 3; day++) {
        await hourOfCost(2);
        await one.tick(DAY - 56 * MINUTE);
      }
      await hourOfCost(4);
      expect(one.value('spike')).to.be.closeTo(2, 1e-9);
      await one.tick(DAY - 56 * MINUTE);
      await hourOfCost(20);
      expect(one.value('spike')).to.be.closeTo(20 / 2.5, 1e-9);
      expect(one.changes).to.include('spike: inactive>firing');
    });
  });

  describe('several processes', () => {
    it('add up, and one of them judges and tells', async () => {
      const rules = [orders];
      const engines = Array.from({ length: 3 }, () => new AnEngine({ dir, clock, rules }));
      for (const one of engines) one.add('app.orders', 3);
      clock.advance(15_000);
      for (const one of engines) await one.collect();
      for (const one of engines) await one.collect();
      expect(engines.filter(({ engine }) => engine.isEvaluating)).to.have.length(1);
      expect(engines.flatMap(({ changes }) => changes)).to.deep.equal(['orders: inactive>firing']);
      expect(engines.flatMap(({ published }) => published)).to.have.length(1);
      const judge = engines.find(({ engine }) => engine.isEvaluating);
      expect(judge?.value('orders')).to.equal(9);

      // It ends: another goes on, and tells nothing anew.
      await judge?.engine.close();
      const others = engines.filter((one) => one !== judge);
      for (const one of others) await one.collect();
      expect(others.filter(({ engine }) => engine.isEvaluating)).to.have.length(1);
      expect(others.flatMap(({ published }) => published)).to.deep.equal([]);
      expect(others.find(({ engine }) => engine.isEvaluating)?.state('orders')).to.equal('firing');
      for (const { engine } of others) await engine.close();
    });

    it('leave no up-down counter behind: of one that has ended nothing is present', async () => {
      const rules = [
        { ...orders, name: 'sessions', metric: 'app.sessions', statistic: 'last', window: '1h', threshold: 10 },
        { ...orders, name: 'depth', metric: 'app.depth', statistic: 'last', window: '1h', threshold: 10 },
      ] as const;
      const judge = new AnEngine({ dir, clock, rules });
      judge.meter.createUpDownCounter('app.sessions').add(4);
      await judge.tick();
      for (let life = 0; life < 3; life++) {
        const other = new AnEngine({ dir, clock, rules });
        other.meter.createUpDownCounter('app.sessions').add(5);
        other.meter.createGauge('app.depth').record(7);
        await other.tick();
        await judge.tick();
        expect(judge.value('sessions')).to.equal(9);
        await other.engine.close();
        await judge.tick();
        expect(judge.value('sessions')).to.equal(4);
        expect(judge.value('depth'), 'of a gauge the newest reading').to.equal(7);
      }
      const watch = new AnEngine({ dir, clock, onlyJournal: true });
      watch.engine.refresh();
      await watch.engine.tick();
      expect(watch.value('sessions')).to.equal(4);
    });

    it('know what another has measured to be 0 when it comes no more, whoever judges', async () => {
      const rules = [
        { ...orders, name: 'few', op: '<' as const, threshold: 1 },
        { ...orders, name: 'few by shop', by: 'shop', op: '<' as const, threshold: 1 },
        { ...orders, name: 'never measured', metric: 'app.visits', op: '<' as const, threshold: 1 },
      ];
      const first = new AnEngine({ dir, clock, rules });
      first.add('app.orders', 3, { shop: 'a' });
      for (let i = 0; i < 60; i++) await first.tick();
      expect(first.state('few')).to.equal('firing');
      await first.engine.close();
      const second = new AnEngine({ dir, clock, rules });
      await second.tick();
      expect(second.value('few')).to.equal(0);
      expect(second.value('few by shop', { shop: 'a' })).to.equal(0);
      expect(second.value('never measured')).to.equal(null);
      expect(second.changes).to.deep.equal([]);
      const watch = new AnEngine({ dir, clock, onlyJournal: true });
      watch.engine.refresh();
      await watch.engine.tick();
      expect(watch.value('few')).to.equal(0);
    });

    it('take over from one that hangs, which finds so when it wakes', async () => {
      const rules = [{ ...orders, window: '1h' }];
      const hanging = new AnEngine({ dir, clock, rules });
      const other = new AnEngine({ dir, clock, rules });
      await hanging.tick();
      await other.tick();
      expect([hanging, other].map(({ engine }) => engine.isEvaluating)).to.deep.equal([true, false]);
      hanging.add('app.orders', 9);
      for (let i = 0; i < 5; i++) await other.tick();
      expect(other.engine.isEvaluating).to.equal(true);
      await hanging.tick();
      expect(hanging.engine.isEvaluating).to.equal(false);
      expect(hanging.changes).to.deep.equal([]);
      await other.tick();
      expect(other.changes).to.deep.equal(['orders: inactive>firing']);
    });

    it("know each other's rules, and a program started again brings its own anew", async () => {
      const judge = new AnEngine({ dir, clock });
      const bringing = new AnEngine({ dir, clock, rules: [orders], origin: 'app' });
      await bringing.tick();
      await bringing.engine.close();
      await judge.tick();
      judge.add('app.orders', 9);
      await judge.tick();
      expect(judge.changes).to.deep.equal(['orders: inactive>firing']);
      const again = new AnEngine({ dir, clock, rules: [{ ...orders, name: 'renamed' }], origin: 'app' });
      again.engine.refresh();
      await judge.tick();
      expect(judge.changes.slice(1)).to.deep.equal(['renamed: inactive>firing']);
      expect(judge.published.at(-1)).to.include({ rule: 'renamed' });
    });
  });

  describe('a clock that is set', () => {
    it('forward by mistake and back again costs no sum and no rule', async () => {
      const rules = [
        { ...orders, name: 'hour', window: '1h' },
        { ...orders, name: 'day', window: '24h', threshold: 1e9 },
      ];
      const other = new AnEngine({ dir, clock, rules: [{ ...orders, name: 'of another', window: '24h' }] });
      const one = new AnEngine({ dir, clock, rules });
      one.add('app.orders', 4);
      other.add('app.orders', 5);
      const tick = async (): Promise<void> => {
        await one.tick();
        await other.collect();
        await one.collect();
      };
      await tick();
      clock.jump(26 * HOUR);
      for (let i = 0; i < 10; i++) await tick();
      expect([one.value('hour'), one.value('day')]).to.deep.equal([0, 0]);
      one.add('app.orders', 1);
      await tick();
      clock.jump(-26 * HOUR);
      for (let i = 0; i < 10; i++) await tick();
      expect([one.value('hour'), one.value('day'), one.value('of another')]).to.deep.equal([10, 10, 10]);
      // What is old is forgotten after all.
      await one.engine.close();
      await other.tick(HOUR);
      for (let i = 0; i < 10; i++) await other.tick(HOUR);
      expect(other.value('hour')).to.equal(0);
    });

    it('back brings nothing back that had left a window, of whichever process', async () => {
      const [judge, other] = [
        new AnEngine({ dir, clock, rules: [orders] }),
        new AnEngine({ dir, clock, rules: [orders] }),
      ];
      const tick = async (millis: number): Promise<void> => {
        clock.advance(millis);
        for (const one of [judge, other, judge]) await one.collect();
      };
      await tick(15_000);
      judge.add('app.orders', 1);
      other.add('app.orders', 2);
      await tick(15_000);
      await tick(MINUTE);
      judge.add('app.orders', 4);
      other.add('app.orders', 8);
      await tick(15_000);
      await tick(15_000);
      expect(judge.value('orders')).to.equal(12);
      clock.jump(-40 * MINUTE);
      await tick(15_000);
      expect(judge.value('orders')).to.equal(12);
    });

    it('forward past a window is no reason to forget for ever', async () => {
      const one = new AnEngine({ dir, clock, rules: [{ ...orders, by: 'shop' }] });
      one.add('app.orders', 1, { shop: 'a' });
      await one.tick();
      clock.jump(26 * HOUR);
      for (let i = 0; i < 300; i++) await one.tick(MINUTE);
      const database = openAlertsDatabase(dir);
      expect(database.prepare('SELECT count(*) AS rows FROM bucket').get()?.rows).to.equal(0);
      database.close();
    });
  });

  describe('rules of the command line', () => {
    it('are found by a process that runs, and the configuration goes before one of the same name', async () => {
      const one = new AnEngine({ dir, clock, rules: [orders] });
      await one.tick();
      const database = openAlertsDatabase(dir);
      const store = new RuleStore(database);
      store.save({ ...orders, threshold: 0 });
      store.save({ ...orders, name: 'added', metric: 'app.visits' });
      one.add('app.orders', 1);
      one.add('app.visits', 9);
      await one.tick();
      expect(one.changes).to.deep.equal(['added: inactive>firing']);
      expect(one.said).to.deep.equal([
        'the alert rule "orders" is in the configuration and was added by command too: the configuration counts',
      ]);
      database.close();
    });

    it('that are none are left out and said, beside the good ones', async () => {
      const bad = { ...orders, name: 'bad', threshold: 'many' } as unknown as typeof orders;
      const one = new AnEngine({ dir, clock, rules: [bad, orders] });
      one.add('app.orders', 9);
      await one.tick();
      expect(one.changes).to.deep.equal(['orders: inactive>firing']);
      expect(one.said).to.deep.equal([
        'alert rules are left out: rule "bad": "threshold" must be a number, not "many".',
      ]);
    });
  });

  describe('the journal', () => {
    const cost = {
      name: 'cost',
      metric: 'agent_vitals.cost.usd',
      statistic: 'sum',
      window: '24h',
      threshold: 10,
    } as const;

    it('gives a new rule its past', async () => {
      const now = clock.now();
      writeJournal(dir, [
        callLine({ at: now - 30 * HOUR, cost: 100 }),
        callLine({ at: now - 20 * HOUR, cost: 4, model: 'gpt-5' }),
        callLine({ at: now - HOUR, cost: 3, model: 'gpt-5-mini', errorType: 'timeout', outcome: 'error' }),
        '{"torn',
      ]);
      const rules = [
        cost,
        { name: 'failed', preset: 'error_rate', window: '24h' },
        { ...cost, name: 'by model', by: 'gen_ai.request.model' },
      ];
      const one = new AnEngine({ dir, clock, rules });
      await one.collect();
      expect(one.value('cost')).to.equal(7);
      expect(one.value('failed')).to.equal(0.5);
      expect(one.value('by model', { 'gen_ai.request.model': 'gpt-5-mini' })).to.equal(3);
      one.add('agent_vitals.cost.usd', 2);
      await one.tick();
      expect(one.value('cost')).to.equal(9);
      await one.engine.close();
      const second = new AnEngine({ dir, clock, rules });
      await second.tick();
      expect(second.value('cost'), 'not twice').to.equal(9);
    });

    it('is judged where no process measures, as it grows', async () => {
      const name = 'traces-20261124T115900000Z-1-0000abcd-000001.jsonl';
      const lines = [callLine({ at: clock.now() - HOUR, cost: 4 })];
      writeJournal(dir, lines, name);
      const watch = new AnEngine({ dir, clock, rules: [cost], onlyJournal: true });
      const tick = async (): Promise<void> => {
        watch.engine.refresh();
        await watch.engine.tick();
      };
      await tick();
      expect(watch.value('cost')).to.equal(4);
      lines.push(callLine({ at: clock.now(), cost: 8 }));
      writeJournal(dir, lines, name);
      await tick();
      await tick();
      expect(watch.value('cost')).to.equal(12);
      expect(watch.changes).to.deep.equal(['cost: inactive>firing']);
      await watch.engine.close();
      const again = new AnEngine({ dir, clock, rules: [cost], onlyJournal: true });
      again.engine.refresh();
      await again.engine.tick();
      expect(again.value('cost')).to.equal(12);
      expect(again.changes).to.deep.equal([]);
    });

    it('is left to the process that judges, whose values and states are seen', async () => {
      const one = new AnEngine({ dir, clock, rules: [{ ...cost, threshold: 3 }] });
      const watch = new AnEngine({ dir, clock, onlyJournal: true });
      one.add('agent_vitals.cost.usd', 5);
      await one.tick();
      watch.engine.refresh();
      await watch.engine.tick();
      expect(watch.engine.isEvaluating).to.equal(false);
      expect([watch.value('cost'), watch.state('cost')]).to.deep.equal([5, 'firing']);
      await one.tick(25 * HOUR);
      await watch.engine.tick();
      expect([watch.value('cost'), watch.state('cost')]).to.deep.equal([0, 'resolved']);
      expect(watch.changes).to.deep.equal([]);
      expect(watch.published).to.deep.equal([]);
    });

    it('of a process that has not ticked yet is counted, and left to the process when it does', async () => {
      const name = 'traces-20261124T120000000Z-1-0000beef-000001.jsonl';
      const judge = new AnEngine({ dir, clock, rules: [cost] });
      await judge.tick();
      const other = new AnEngine({ dir, clock, rules: [cost], writer: '0000beef' });
      const lines: string[] = [];
      const call = async (usd: number): Promise<void> => {
        clock.advance(1000);
        lines.push(callLine({ at: clock.now(), cost: usd }));
        writeJournal(dir, lines, name);
        other.add('agent_vitals.cost.usd', usd);
        await judge.collect();
      };
      await call(1);
      expect(judge.value('cost')).to.equal(1);
      await other.tick();
      await judge.tick();
      expect(judge.value('cost')).to.equal(1);
      await call(2);
      expect(judge.value('cost'), 'not from its journal any more').to.equal(1);
      await other.tick();
      await judge.tick();
      expect(judge.value('cost')).to.equal(3);
      await judge.engine.close();
      const next = new AnEngine({ dir, clock, rules: [cost] });
      await next.tick();
      await next.tick();
      expect(next.value('cost')).to.equal(3);
    });

    it('of a process that has not ticked yet is not in the past of a rule as well', async () => {
      const judge = new AnEngine({ dir, clock, rules: [cost] });
      const other = new AnEngine({ dir, clock, rules: [cost], writer: '0000beef' });
      clock.advance(1000);
      writeJournal(dir, [callLine({ at: clock.now(), cost: 5 })], 'traces-20261124T120000000Z-1-0000beef-000001.jsonl');
      utimesSync(
        join(dir, 'journal', 'traces-20261124T120000000Z-1-0000beef-000001.jsonl'),
        clock.now() / 1000,
        clock.now() / 1000,
      );
      other.add('agent_vitals.cost.usd', 5);
      await judge.tick();
      expect(judge.value('cost')).to.equal(5);
      await other.tick();
      await judge.tick();
      expect(judge.value('cost')).to.equal(5);
    });

    it('of a process that ran before there was a rule is counted up to its first tick, and not beyond', async () => {
      const name = 'traces-20261124T110000000Z-1-0000beef-000001.jsonl';
      const lines = [callLine({ at: clock.now() - HOUR, cost: 1 })];
      writeJournal(dir, lines, name);
      const judge = new AnEngine({ dir, clock, rules: [cost] });
      await judge.tick();
      expect(judge.value('cost')).to.equal(1);
      const add = (usd: number): void => {
        lines.push(callLine({ at: clock.now(), cost: usd }));
        writeJournal(dir, lines, name);
      };
      add(2);
      const idle = new AnEngine({ dir, clock, writer: '0000beef', startsLate: true });
      clock.advance(SECOND);
      await idle.engine.tick(await idle.measured(), true);
      add(4);
      idle.add('agent_vitals.cost.usd', 4);
      await idle.tick();
      await judge.tick();
      await judge.tick();
      expect(judge.value('cost')).to.equal(7);
    });

    it('has the last moments of a process that was killed, and only those, though the clock was set back', async () => {
      const name = 'traces-20261124T120000000Z-1-0000beef-000001.jsonl';
      const killed = new AnEngine({ dir, clock, rules: [cost], writer: '0000beef' });
      const lines: string[] = [];
      const call = (usd: number): void => {
        lines.push(callLine({ at: clock.now(), cost: usd }));
        killed.add('agent_vitals.cost.usd', usd);
        clock.advance(SECOND);
      };
      call(1);
      await killed.tick();
      call(2);
      await killed.tick(SECOND);
      clock.jump(-90 * SECOND);
      call(4);
      await killed.tick(SECOND);
      call(8);
      writeJournal(dir, lines, name);
      const database = openAlertsDatabase(dir);
      const { pid } = spawnSync(process.execPath, ['--version']);
      database.exec(`UPDATE source SET process = json_set(process, '$.pid', ${pid}) WHERE writer = '0000beef'`);
      database.exec("UPDATE lease SET holder = ''");
      database.close();
      const next = new AnEngine({ dir, clock, rules: [cost] });
      await next.tick();
      expect(next.value('cost')).to.equal(15);
    });

    it('is not counted beside the process that writes it', async () => {
      const one = new AnEngine({ dir, clock, rules: [cost], writer: '0000beef' });
      await one.tick();
      one.add('agent_vitals.cost.usd', 5);
      writeJournal(
        dir,
        [callLine({ at: clock.now() + 100, cost: 5 })],
        'traces-20261124T120000000Z-1-0000beef-000001.jsonl',
      );
      await one.tick();
      const watch = new AnEngine({ dir, clock, rules: [cost], onlyJournal: true });
      await one.engine.close();
      watch.engine.refresh();
      await watch.engine.tick();
      expect(watch.value('cost')).to.equal(5);
    });
  });

  describe('a database that cannot be used', () => {
    const path = (): string => join(dir, 'alerts.db');

    it('is done without when it is corrupt, said once, and used again when it is whole', async () => {
      writeFileSync(path(), 'this is no database, but long enough to be taken for one\n'.repeat(200));
      const one = new AnEngine({ dir, clock, rules: [{ ...orders, window: '1h' }] });
      one.add('app.orders', 4);
      await one.tick();
      one.add('app.orders', 5);
      await one.tick();
      expect(one.changes).to.deep.equal(['orders: inactive>firing']);
      expect(one.published).to.have.length(1);
      expect(one.said).to.have.length(1);
      expect(one.said[0]).to.match(/^alerts\.db cannot be used, alert rules are evaluated by this process alone: /);

      rmSync(path());
      one.add('app.orders', 1);
      await one.tick();
      await one.engine.close();
      const next = new AnEngine({ dir, clock, rules: [{ ...orders, window: '1h' }] });
      await next.tick();
      expect(next.value('orders'), 'what was measured alone is written').to.equal(10);
      expect(next.state('orders')).to.equal('firing');
    });

    it('is waited for a little when it is locked, then done without, and nothing is lost', async function () {
      this.timeout(20_000);
      const one = new AnEngine({ dir, clock, rules: [{ ...orders, window: '1h' }] });
      await one.tick();
      const other = new DatabaseSync(path());
      other.exec('BEGIN EXCLUSIVE');
      for (let i = 0; i < 4; i++) {
        one.add('app.orders', 3);
        await one.tick();
      }
      expect(one.changes).to.deep.equal(['orders: inactive>firing']);
      expect(one.said).to.have.length(1);
      other.exec('ROLLBACK');
      other.close();
      one.add('app.orders', 3);
      await one.tick();
      await one.tick();
      expect(one.value('orders')).to.equal(15);
      await one.engine.close();
      const next = new AnEngine({ dir, clock, rules: [{ ...orders, window: '1h' }] });
      await next.tick();
      expect(next.value('orders')).to.equal(15);
      expect(next.changes).to.deep.equal([]);
    });

    it('is told of once while it is read-only, though it can be opened', async function () {
      // Nothing is read-only for root.
      if (process.getuid?.() === 0) this.skip();
      const rules = [{ ...orders, window: '1h' }] as const;
      openAlertsDatabase(dir).close();
      chmodSync(path(), 0o400);
      const one = new AnEngine({ dir, clock, rules });
      one.add('app.orders', 9);
      for (let i = 0; i < 10; i++) await one.tick(4 * SECOND);
      expect(one.published).to.have.length(1);
      expect(one.said).to.have.length(1);
    });

    it('is told of once while it is locked, though it can be opened', async function () {
      this.timeout(20_000);
      const one = new AnEngine({ dir, clock, rules: [{ ...orders, window: '1h' }] });
      await one.tick();
      const other = new DatabaseSync(path());
      other.exec('BEGIN EXCLUSIVE');
      one.add('app.orders', 9);
      for (let i = 0; i < 10; i++) await one.tick(4 * SECOND);
      expect(one.published).to.have.length(1);
      expect(one.said).to.have.length(1);
      other.exec('ROLLBACK');
      other.close();
    });

    it('does not count what the journal has as well, once another takes its place', async () => {
      const cost = { ...orders, metric: 'agent_vitals.cost.usd', window: '1h' } as const;
      const one = new AnEngine({ dir, clock, rules: [cost], writer: '0000beef' });
      const lines: string[] = [];
      const call = async (usd: number): Promise<void> => {
        clock.advance(SECOND);
        lines.push(callLine({ at: clock.now(), cost: usd }));
        writeJournal(dir, lines, 'traces-20261124T120000000Z-1-0000beef-000001.jsonl');
        one.add('agent_vitals.cost.usd', usd);
        await one.tick();
      };
      await call(1);
      for (const file of ['', '-wal', '-shm']) rmSync(path() + file, { force: true });
      await call(2);
      await call(4);
      expect(one.value('orders')).to.equal(7);
    });

    it('counts what was measured before it could be written once', async () => {
      openAlertsDatabase(dir).close();
      const cost = { ...orders, metric: 'agent_vitals.cost.usd', window: '1h' } as const;
      const other = new DatabaseSync(path());
      other.exec('BEGIN EXCLUSIVE');
      const one = new AnEngine({ dir, clock, rules: [cost], writer: '0000beef' });
      clock.advance(SECOND);
      writeJournal(dir, [callLine({ at: clock.now(), cost: 5 })], 'traces-20261124T120000000Z-1-0000beef-000001.jsonl');
      one.add('agent_vitals.cost.usd', 5);
      await one.tick();
      other.exec('ROLLBACK');
      other.close();
      await one.tick();
      await one.tick();
      expect(one.value('orders')).to.equal(5);
    });

    it('that is locked when it is first opened is nothing to speak of, unless it stays so', async () => {
      openAlertsDatabase(dir).close();
      const other = new DatabaseSync(path());
      other.exec('BEGIN EXCLUSIVE');
      const one = new AnEngine({ dir, clock, rules: [{ ...orders, window: '1h' }] });
      one.add('app.orders', 3);
      await one.tick();
      expect(one.said).to.deep.equal([]);
      await one.tick();
      await one.tick();
      expect(one.said).to.have.length(1);
      other.exec('ROLLBACK');
      other.close();
      await one.tick();
      await one.tick();
      await one.engine.close();
      const next = new AnEngine({ dir, clock, rules: [{ ...orders, window: '1h' }] });
      await next.tick();
      expect(next.value('orders'), 'what was measured meanwhile').to.equal(3);
    });

    it('is done without on a disk that takes no writes, said once, and used when it does', async function () {
      const disk = mountSmallDisk(dir, 4_000_000);
      if (!disk) this.skip();
      const rules = [{ ...orders, window: '1h' }];
      try {
        const before = new AnEngine({ dir, clock, rules });
        before.add('app.orders', 2);
        await before.tick();
        await before.engine.close();

        disk.setReadOnly(true);
        const one = new AnEngine({ dir, clock, rules });
        one.add('app.orders', 7);
        await one.tick();
        await one.tick();
        expect(one.changes).to.deep.equal(['orders: inactive>firing']);
        expect(one.published).to.have.length(1);
        expect(one.said).to.have.length(1);
        expect(one.said[0]).to.match(/^alerts\.db cannot be used, alert rules are evaluated by this process alone: /);

        disk.setReadOnly(false);
        await one.tick();
        expect(one.value('orders'), 'with what was written before').to.equal(9);
        await one.engine.close();
        const next = new AnEngine({ dir, clock, rules });
        await next.tick();
        expect(next.value('orders')).to.equal(9);
        expect(next.state('orders')).to.equal('firing');
        expect(next.changes).to.deep.equal([]);
        await next.engine.close();
      } finally {
        disk.remove();
      }
    });
  });

  it('keeps in the database what a window holds, and no more', async () => {
    const one = new AnEngine({
      dir,
      clock,
      rules: [
        { ...orders, by: 'shop' },
        { ...orders, name: 'long', window: '6h' },
      ],
    });
    for (let i = 0; i < 1500; i++) one.add('app.orders', 1, { shop: `shop ${i % 700}` });
    await one.tick();
    const database = openAlertsDatabase(dir);
    const rows = (): number => Number(database.prepare('SELECT count(*) AS rows FROM bucket').get()?.rows);
    expect(rows()).to.equal(701);
    // A little at each tick: how much, the machine decides.
    const tickUntil = async (isDone: () => boolean): Promise<void> => {
      for (let ticks = 0; ticks < 50 && !isDone(); ticks++) await one.tick(SECOND);
    };
    await one.tick(10 * MINUTE);
    await tickUntil(() => rows() === 1);
    expect(rows()).to.equal(1);
    await one.tick(10 * MINUTE);
    await tickUntil(() => one.engine.readings().length === 1);
    expect(one.engine.readings()).to.have.length(1);
    expect(one.value('long')).to.equal(1500);
    database.close();
  });

  it('folds what are too many series, and says how many measurements', async () => {
    let folded = 0;
    const one = new AnEngine({
      dir,
      clock,
      rules: [{ ...orders, by: 'shop' }],
      maxSeries: 10,
      onFold: () => (folded += 1),
    });
    for (let i = 0; i < 30; i++) one.add('app.orders', 1, { shop: `shop ${i}` });
    await one.tick();
    expect(one.engine.readings()).to.have.length(11);
    expect(one.value('orders', { shop: 'other' })).to.equal(20);
    expect(folded).to.equal(20);
    expect(one.changes).to.deep.equal(['orders other: inactive>firing']);
  });
});
