// `agent-vitals alerts`: what is judged from the journal when no instrumented process runs, and beside one: once, live, and in the background.
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { openAlertsDatabase } from '../../src/alerting/alerts-database.ts';
import {
  AGENT_VITALS_ALERT_PREVIOUS_STATE,
  AGENT_VITALS_ALERT_RULE,
  AGENT_VITALS_ALERT_STATE,
  AGENT_VITALS_ALERT_VALUE,
} from '../../src/semconv.ts';
import { runBuiltCli, runCliInShell, startBuiltCli } from '../support/cli.ts';
import { eventually as eventuallyWithin } from '../support/eventually.ts';
import { FakeCollector } from '../support/fake-collector.ts';
import { type CallSpec, callLine, writeJournal } from '../support/journal-builder.ts';
import { journalLines } from '../support/journal-files.ts';
import { attribute, recordsOf } from '../support/otlp-records.ts';
import { startProcess } from '../support/run-process.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

/** Each look is a process of its own: on a busy machine that takes its time. */
const eventually: typeof eventuallyWithin = (what, probe) => eventuallyWithin(what, probe, 60_000);

const register = join(import.meta.dirname, '../../dist/register.cjs');

describe('agent-vitals alerts: judging', function () {
  this.timeout(120_000);
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });
  after(removeTempDirs);

  const run = (dir: string, ...args: string[]) => runBuiltCli(['alerts', ...args, '--dir', dir]);

  async function json(dir: string, ...args: string[]): Promise<any> {
    const { stdout, stderr } = await run(dir, ...args, '--json');
    expect(stdout, stderr).to.not.equal('');
    return JSON.parse(stdout);
  }

  /** Calls of the last minutes, a dollar each. */
  function spend(dir: string, calls: number, spec: CallSpec = {}): string {
    const now = Date.now();
    const lines = Array.from({ length: calls }, (_, index) =>
      callLine({ at: now - 1000 - index * 1000, cost: 1, input: 100, output: 10, ...spec }),
    );
    return writeJournal(dir, lines);
  }

  const valueOf = ({ readings }: any, rule: string) => readings.find((reading: any) => reading.rule === rule)?.value;

  describe('watch --once', () => {
    it('ends with 3 when something fires, tells people once, and goes on where it was', async () => {
      const dir = tempDir();
      const file = spend(dir, 8);
      await json(dir, 'add', 'spend', '--preset', 'daily_cost', '--window', '24h', '--threshold', '5');
      await json(dir, 'add', 'high', '--preset', 'daily_cost', '--window', '24h', '--threshold', '100');
      await json(dir, 'channels', 'add', 'here', '--type', 'stdout');
      const first = await run(dir, 'watch', '--once');
      expect(first.code, first.stderr).to.equal(3);
      expect(first.stdout).to.match(/^WARNING spend: .*8.* > .*5.*;/m);
      expect(first.stdout)
        .to.match(/^spend +\$8\.00 +> \$5\.00 +firing +\d{4}-/m)
        .and.to.match(/^high +\$8\.00 +> \$100\.00 +inactive$/m);

      appendFileSync(file, `${callLine({ at: Date.now() - 500, cost: 2, input: 1, output: 1 })}\n`);
      const second = await run(dir, 'watch', '--once', '--json');
      expect(second.code).to.equal(3);
      expect(second.stderr).to.equal('');
      const { evaluating, firing, readings } = JSON.parse(second.stdout);
      expect({ evaluating, firing }).to.deep.equal({ evaluating: true, firing: 1 });
      expect(readings.map(({ rule, value, state }: any) => ({ rule, value, state }))).to.deep.equal([
        { rule: 'spend', value: 10, state: 'firing' },
        { rule: 'high', value: 10, state: 'inactive' },
      ]);
      const { entries } = await json(dir, 'history');
      expect(entries.map(({ kind }: any) => kind)).to.deep.equal(['transition', 'delivery']);
    });

    it('ends with 0 when nothing fires, without rules, and without a journal', async () => {
      const dir = tempDir();
      expect(await run(dir, 'watch', '--once')).to.include({
        code: 0,
        stdout: 'There are no rules to judge: agent-vitals alerts init makes some.\n',
      });
      await json(dir, 'add', 'spend', '--preset', 'daily_cost');
      expect((await run(dir, 'watch', '--once')).code).to.equal(0);
    });

    it('waits for what must hold for a while, from one run to the next', async () => {
      const dir = tempDir();
      spend(dir, 8);
      await json(dir, 'add', 'spend', '--preset', 'daily_cost', '--window', '24h', '--threshold', '5', '--for', '1s');
      expect((await json(dir, 'watch', '--once')).readings[0].state).to.equal('pending');
      await eventually('it fires', async () => (await run(dir, 'watch', '--once')).code === 3);
    });

    it('is no all-clear when the rules cannot be known', async () => {
      const dir = tempDir();
      spend(dir, 8);
      await json(dir, 'add', 'spend', '--preset', 'daily_cost', '--window', '24h', '--threshold', '5');
      // Others hold it for a while: that is waited for.
      const other = openAlertsDatabase(dir);
      other.exec('BEGIN EXCLUSIVE');
      const waiting = run(dir, 'watch', '--once');
      setTimeout(() => other.exec('ROLLBACK'), 2000);
      expect((await waiting).code).to.equal(3);
      other.close();
      for (const file of ['alerts.db-wal', 'alerts.db-shm']) rmSync(join(dir, file), { force: true });
      writeFileSync(join(dir, 'alerts.db'), 'no database at all, but long enough to be taken for one\n'.repeat(100));
      for (const command of [['watch', '--once'], ['metrics']]) {
        const { code, stdout, stderr } = await run(dir, ...command);
        expect([code, stdout]).to.deep.equal([1, '']);
        expect(stderr).to.match(
          /alerts\.db in .* cannot be (used, so nothing is judged|opened): file is not a database\./,
        );
      }
    });

    it('says what is wrong with its options', async () => {
      const dir = tempDir();
      for (const [args, problem] of [
        [['watch', '--once', '--daemon'], /--once and --daemon do not go together/],
        [['watch', 'status', '--once'], /--once, --daemon and --interval do not go together with status/],
        [['watch', 'begin'], /"begin" is no action\. There are status and stop/],
        [['watch', '--interval', '1ms'], /--interval: "1ms" must be a length of time from 1s to 1h/],
      ] as const) {
        const { code, stderr } = await run(dir, ...args);
        expect([code, problem.test(stderr)], stderr).to.deep.equal([2, true]);
      }
      const off = await runBuiltCli(['alerts', 'watch', '--once', '--dir', dir], {
        env: { AGENT_VITALS_ALERTS_ENABLED: 'false' },
      });
      expect([off.code, off.stderr]).to.deep.equal([
        1,
        'error: Alerting is switched off: alerts.enabled (AGENT_VITALS_ALERTS_ENABLED) is false.\n',
      ]);
    });
  });

  it('shows values beside thresholds, by series, and tells nobody for that', async () => {
    const dir = tempDir();
    spend(dir, 8, { model: 'gpt-5' });
    await json(
      dir,
      'add',
      'spend',
      '--preset',
      'daily_cost',
      '--window',
      '24h',
      '--threshold',
      '16',
      '--by',
      'gen_ai.request.model',
    );
    await json(dir, 'add', 'errors', '--preset', 'error_rate', '--for', '0');
    await json(dir, 'channels', 'add', 'here', '--type', 'stdout');
    const { stdout } = await run(dir, 'metrics', 'spend');
    expect(stdout)
      .to.match(/^spend +gpt-5 +\$8\.00 +> \$16\.00 +█████░░░░░ +50% +inactive$/m)
      .and.not.match(/errors/);
    const { readings } = await json(dir, 'metrics');
    expect(readings[1]).to.deep.equal({
      rule: 'spend',
      labels: { 'gen_ai.request.model': 'gpt-5' },
      value: 8,
      op: '>',
      threshold: 16,
      unit: '{USD}',
      severity: 'warning',
      state: 'inactive',
      since: null,
      forecast: null,
    });
    expect((await run(dir, 'metrics', 'nothing')).stderr).to.equal(
      'error: There is no rule "nothing". There are: errors, spend.\n',
    );
  });

  it('shows a rule with its states and what happened last', async () => {
    const dir = tempDir();
    spend(dir, 8);
    await json(dir, 'add', 'spend', '--preset', 'daily_cost', '--window', '24h', '--threshold', '5');
    await run(dir, 'watch', '--once');
    const { rule, series, transitions } = await json(dir, 'show', 'spend');
    expect(rule.name).to.equal('spend');
    expect(series).to.have.length(1);
    expect(series[0]).to.include({ state: 'firing' });
    expect(transitions.map(({ from, to, value }: any) => ({ from, to, value }))).to.deep.equal([
      { from: 'inactive', to: 'firing', value: 8 },
    ]);
    expect((await run(dir, 'show', 'spend')).stdout)
      .to.match(/^spend: daily_cost 1d > \$5\.00$/m)
      .and.to.match(/^threshold: 5$/m)
      .and.to.match(/^firing since/m);
    expect((await json(dir, 'list')).rules[0].state).to.equal('firing');
  });

  describe('watch', () => {
    it('says a line for each change, and ends with 0 at Ctrl-C', async () => {
      const dir = tempDir();
      const file = spend(dir, 1);
      await json(dir, 'add', 'spend', '--preset', 'daily_cost', '--window', '24h', '--threshold', '5');
      const watching = startBuiltCli(['alerts', 'watch', '--interval', '1s', '--dir', dir]);
      cleanUps.push(() => watching.stop('SIGKILL'));
      await watching.printed('watching 1 rule\n');
      appendFileSync(file, `${callLine({ at: Date.now(), cost: 9, input: 1, output: 1 })}\n`);
      await watching.printed('firing spend: daily_cost 1d > $5.00, is $10.00');
      const { code, stdout } = await watching.stop('SIGINT');
      expect(code).to.equal(0);
      for (const line of stdout.trim().split('\n')) expect(line).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /);
    });

    it('gives an object a line in JSON, and ends quietly when its reader has seen enough', async () => {
      const dir = tempDir();
      spend(dir, 6);
      await json(dir, 'add', 'spend', '--preset', 'daily_cost', '--window', '24h', '--threshold', '5');
      const { stdout, stderr } = await runCliInShell(
        `$BUILT alerts watch --json --interval 1s --dir '${dir}' | head -1; echo "\${PIPESTATUS[0]}"`,
      );
      const [line = '', code] = stdout.trim().split('\n');
      expect(JSON.parse(line)).to.include({ firing: 1, evaluating: true });
      expect([code, stderr]).to.deep.equal(['0', '']);
    });

    it('draws a table in its place on a terminal, within its columns, until Ctrl-C', async () => {
      const dir = tempDir();
      spend(dir, 6, { model: 'a-model-with-a-name-that-is-longer-than-what-there-is-room-for-on-the-line' });
      await json(
        dir,
        'add',
        'spend',
        '--preset',
        'daily_cost',
        '--window',
        '24h',
        '--threshold',
        '5',
        '--by',
        'gen_ai.request.model',
      );
      const { stdout } = await runCliInShell(
        `mkfifo '${dir}/keys'
         timeout 30 script -qefc "stty cols 80 rows 24; exec $BUILT alerts watch --interval 1s --dir '${dir}'" '${dir}/out' <'${dir}/keys' & exec 3>'${dir}/keys'
         until [ "$(grep -c 'firing. Ctrl-C ends' '${dir}/out')" -ge 2 ] || ! kill -0 $!; do sleep 0.05; done
         printf '\\003' >&3; wait $!; echo "code $?"`,
      );
      expect(stdout).to.include('code 0');
      const drawn = readFileSync(join(dir, 'out'), 'utf8');
      // Drawn again: up as many lines as there were.
      expect(drawn).to.include('\u001B[3A\r\u001B[J');
      for (const line of stripVTControlCharacters(drawn).split(/\r?\n/).slice(1, -2)) {
        expect(line.replaceAll('\r', '').length, line).to.be.at.most(80);
      }
    });

    it('counts nothing twice beside a process that counts itself, and looks at what that judges', async () => {
      const dir = tempDir();
      await json(dir, 'add', 'spend', '--preset', 'token_usage', '--window', '24h', '--threshold', '1000');
      const app = startProcess(process.execPath, ['--require', register, '-e', APP], {
        env: { AGENT_VITALS_DIR: dir, OTEL_EXPORTER_PROMETHEUS_PORT: '0', AGENT_VITALS_ALERTS_INTERVAL_MILLIS: '200' },
      });
      cleanUps.push(() => app.stop('SIGKILL'));
      app.child.stdin?.write('600\n');
      await app.printed('used 600');
      const seen = await eventually('the process judges', async () => {
        const answer = await json(dir, 'metrics');
        return answer.readings[0]?.value === 600 && answer;
      });
      expect(seen.readings[0]).to.include({ state: 'inactive' });
      app.child.stdin?.write('600\n');
      await app.printed('used 1200');
      await eventually('it fires, and the other judges', async () => {
        const answer = await json(dir, 'watch', '--once');
        return answer.firing === 1 && !answer.evaluating && valueOf(answer, 'spend') === 1200;
      });
      // Killed: what it counted stays, and what it did not come to count is in its journal.
      app.child.stdin?.write('100\n');
      await app.printed('used 1300');
      await app.stop('SIGKILL');
      await eventually('it is judged from the journal', async () => {
        const answer = await json(dir, 'watch', '--once');
        return answer.evaluating && valueOf(answer, 'spend') === 1300;
      });
    });
  });

  describe('events', () => {
    const eventsOf = (lines: readonly string[]) =>
      recordsOf(lines).map(({ record, resource }) => ({
        name: record['eventName'],
        rule: attribute(record, AGENT_VITALS_ALERT_RULE),
        from: attribute(record, AGENT_VITALS_ALERT_PREVIOUS_STATE),
        to: attribute(record, AGENT_VITALS_ALERT_STATE),
        value: attribute(record, AGENT_VITALS_ALERT_VALUE),
        service: attribute(resource, 'service.name'),
      }));

    it('of what watch --once finds go into the journal and to the collector, once', async () => {
      const dir = tempDir();
      const collector = await FakeCollector.start();
      cleanUps.push(() => collector.stop());
      spend(dir, 8);
      await json(dir, 'add', 'spend', '--preset', 'daily_cost', '--window', '24h', '--threshold', '5');
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_SERVICE_NAME: 'watch' };
      for (let i = 0; i < 2; i++) {
        const { code, stderr } = await runBuiltCli(['alerts', 'watch', '--once', '--dir', dir], { env });
        expect([code, stderr]).to.deep.equal([3, '']);
      }
      const fired = { rule: 'spend', from: 'inactive', to: 'firing', value: 8 };
      const event = { name: 'agent_vitals.alert.transition', ...fired, service: 'watch' };
      expect(eventsOf(journalLines(dir, 'logs'))).to.deep.equal([event]);
      expect(collector.taken.map(({ path }) => path)).to.deep.equal(['/v1/logs']);
      expect(eventsOf(collector.taken.map(({ body }) => body))).to.deep.equal([event]);
      const told = await runBuiltCli(['events', '--type', 'alert.firing', '--json', '--dir', dir]);
      expect(JSON.parse(told.stdout).events).to.have.length(1);
      expect(existsSync(join(dir, 'status'))).to.equal(false);
    });

    it('are one for each transition, whoever of two that watch and an app that counts itself finds it', async () => {
      const dir = tempDir();
      await json(dir, 'add', 'spend', '--preset', 'token_usage', '--window', '24h', '--threshold', '1000');
      const watch = () => {
        const watching = startBuiltCli(['alerts', 'watch', '--interval', '1s', '--dir', dir]);
        cleanUps.push(() => watching.stop('SIGKILL'));
        return watching;
      };
      const [first] = [watch(), watch()];
      const app = startProcess(process.execPath, ['--require', register, '-e', APP], {
        env: { AGENT_VITALS_DIR: dir, OTEL_EXPORTER_PROMETHEUS_PORT: '0', AGENT_VITALS_ALERTS_INTERVAL_MILLIS: '1000' },
      });
      cleanUps.push(() => app.stop('SIGKILL'));
      const transitions = async () =>
        (await json(dir, 'history', '--kind', 'transition')).entries.map(({ rule, to }: any) => `${rule} ${to}`);
      app.child.stdin?.write('1200\n');
      await eventually('it fires', async () => (await transitions()).length === 1);
      // Whoever judged is gone, and another goes on.
      await first.stop('SIGINT');
      await app.stop('SIGKILL');
      await json(dir, 'add', 'more', '--preset', 'token_usage', '--window', '24h', '--threshold', '1100');
      await eventually('the other fires', async () => (await transitions()).length === 2);
      await json(dir, 'delete', 'spend', 'more');
      await eventually('both are over', async () => (await transitions()).length === 4);
      const events = () => eventsOf(journalLines(dir, 'logs')).map(({ rule, to }) => `${rule} ${to}`);
      const all = ['spend firing', 'more firing', 'spend resolved', 'more resolved'];
      await eventually('the events', () => events().length >= all.length);
      expect(events()).to.have.members(all);
      expect(await transitions()).to.have.members(all);
    });

    it('reach the collector from a directory that takes no writes, which is said once', async function () {
      const dir = tempDir();
      const disk = mountSmallDisk(dir, 1_000_000);
      if (!disk) return this.skip();
      cleanUps.push(() => disk.remove());
      disk.setReadOnly(true);
      const rules = [{ name: 'silent', metric: 'app.calls', statistic: 'sum', threshold: 5, noData: 'alert' }];
      const collector = await FakeCollector.start();
      cleanUps.push(() => collector.stop());
      const watching = startBuiltCli(['alerts', 'watch', '--interval', '1s', '--dir', dir], {
        env: {
          AGENT_VITALS_ALERTS_RULES: JSON.stringify(rules),
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
          OTEL_METRIC_EXPORT_INTERVAL: '500',
        },
      });
      cleanUps.push(() => watching.stop('SIGKILL'));
      const taken = (path: string) => collector.taken.filter((one) => one.path === path).map(({ body }) => body);
      await eventually('the event', () => taken('/v1/logs').length > 0);
      const events = eventsOf(taken('/v1/logs')).map(({ rule, to }) => `${rule} ${to}`);
      expect(events).to.deep.equal(['silent firing']);
      await eventually('the gauge', () =>
        recordsOf(taken('/v1/metrics')).some(
          ({ record }) => record['name'] === 'agent_vitals.alert.firing' && Number(record['data'].asDouble) === 1,
        ),
      );
      const { code, stderr } = await watching.stop('SIGINT');
      // Of alerts.db, and of what is written beside it.
      const said = stderr.trim().split('\n');
      expect([code, said.length, said.every((line) => line.includes('EROFS'))], stderr).to.deep.equal([0, 2, true]);
      return undefined;
    });
  });

  describe('watch --daemon', () => {
    it('runs in the background with pid file and log, once, and is stopped by name', async () => {
      const dir = tempDir();
      const file = spend(dir, 1);
      await json(dir, 'add', 'spend', '--preset', 'daily_cost', '--window', '24h', '--threshold', '5');
      cleanUps.push(() => run(dir, 'watch', 'stop'));
      expect((await run(dir, 'watch', 'status')).code).to.equal(1);
      const { pid, pidFile, log } = await json(dir, 'watch', '--daemon', '--interval', '1s');
      expect([pidFile, log]).to.deep.equal([join(dir, 'alerts-watch.pid'), join(dir, 'alerts-watch.log')]);
      expect(readFileSync(pidFile, 'utf8').split('\n')[0]).to.equal(String(pid));
      for (const path of [pidFile, log]) expect(statSync(path).mode & 0o777).to.equal(0o600);
      expect(await json(dir, 'watch', 'status')).to.include({ running: true, pid });
      const again = await run(dir, 'watch', '--daemon');
      expect([again.code, again.stderr]).to.deep.equal([
        1,
        `error: It runs already, as process ${pid}. Stop it first.\n`,
      ]);

      appendFileSync(file, `${callLine({ at: Date.now(), cost: 9, input: 1, output: 1 })}\n`);
      await eventually('it fires', () =>
        readFileSync(log, 'utf8').includes('firing spend: daily_cost 1d > $5.00, is $10.00'),
      );
      expect(await json(dir, 'watch', 'stop')).to.deep.equal({ stopped: pid });
      expect(existsSync(pidFile)).to.equal(false);
      expect(await run(dir, 'watch', 'stop')).to.include({ code: 1, stdout: 'It does not run.\n' });
      expect(readFileSync(log, 'utf8')).to.not.match(/error/);
    });

    it('is started again after it was killed, and never takes another process for it', async () => {
      const dir = tempDir();
      cleanUps.push(() => run(dir, 'watch', 'stop'));
      const { pid } = await json(dir, 'watch', '--daemon');
      process.kill(pid, 'SIGKILL');
      await eventually('it is seen to be gone', async () => (await run(dir, 'watch', 'status')).code === 1);
      // A pid file that names a living process which is not ours.
      writeFileSync(join(dir, 'alerts-watch.pid'), `${process.pid}\n1\n`);
      expect((await run(dir, 'watch', 'status')).stdout).to.equal('It does not run.\n');
      expect((await json(dir, 'watch', '--daemon')).pid).to.be.greaterThan(0);
    });

    it('says why it does not start', async () => {
      const dir = tempDir();
      writeFileSync(join(dir, 'alerts-watch.log'), '');
      const { code, stderr } = await runBuiltCli(['alerts', 'watch', '--daemon', '--dir', dir], {
        env: { AGENT_VITALS_ALERTS_ENABLED: 'false' },
      });
      expect([code, stderr.includes('It did not start. error: Alerting is switched off')], stderr).to.deep.equal([
        1,
        true,
      ]);
    });
  });

  describe('init', () => {
    it('makes rules and a channel without questions, with thresholds from the last days', async () => {
      const dir = tempDir();
      spend(dir, 8, { millis: 2000 });
      const { rules, channel, results } = await json(
        dir,
        'init',
        '--yes',
        '--preset',
        'monthly_budget=50',
        '--stdout',
        '--test',
      );
      expect(rules).to.deep.equal([
        { name: 'daily_cost', preset: 'daily_cost', threshold: 12 },
        { name: 'error_rate', preset: 'error_rate', threshold: 0.1 },
        { name: 'p95_latency', preset: 'p95_latency', threshold: 3 },
        { name: 'unpriced_calls', preset: 'unpriced_calls', threshold: 0 },
        { name: 'monthly_budget', preset: 'monthly_budget', threshold: 50 },
      ]);
      expect([channel, results]).to.deep.equal([
        'default',
        [{ channel: 'default', outcome: 'delivered', reason: null }],
      ]);
      const again = await run(dir, 'init', '--yes');
      expect([again.code, again.stderr]).to.deep.equal([
        1,
        'error: There are rules of these names already: daily_cost, error_rate, p95_latency, unpriced_calls. Nothing was changed.\n',
      ]);
    });

    it('changes nothing when the channel is wrong, or there is nobody to ask', async () => {
      const dir = tempDir();
      for (const [args, problem] of [
        [['--yes', '--url', 'http://10.1.2.3/'], /"url" .*10\.1\.2\.3/],
        [['--yes', '--url', 'https://example.com', '--stdout'], /three ways to tell/],
        [
          ['--yes', '--format', 'slack'],
          /--format and --header are those of a webhook\. Give its --url too, or the --routing-key of PagerDuty\./,
        ],
        [['--preset', 'daily'], /There is no preset "daily"\. There are: daily_cost,/],
        [['--preset', 'daily_cost=much'], /The threshold of daily_cost must be a number, not "much"/],
        [[], /There is no terminal to ask on\. Give --yes, or --preset/],
      ] as const) {
        const { code, stderr } = await run(dir, 'init', ...args);
        expect([code, problem.test(stderr)], stderr).to.deep.equal([2, true]);
      }
      expect((await json(dir, 'list')).rules).to.deep.equal([]);
    });

    /** Answers the questions on a terminal. Each answer is sent when its question stands there. */
    async function answer(dir: string, answers: readonly (readonly [string, string])[]): Promise<string> {
      const keys = answers
        .map(
          ([question, key]) =>
            `until grep -q '${question}' '${dir}/out' || ! kill -0 $!; do sleep 0.05; done; printf '${key}' >&3`,
        )
        .join('\n');
      const { stdout } = await runCliInShell(
        `mkfifo '${dir}/keys'
         timeout 50 script -qefc "stty cols 80 rows 40; exec $BUILT alerts init --dir '${dir}'" '${dir}/out' <'${dir}/keys' & exec 3>'${dir}/keys'
         ${keys}
         wait $!; echo "code $?"`,
        { env: { NO_COLOR: '1' } },
      );
      return stdout;
    }

    it('asks on a terminal, suggests, and tells those who were chosen', async () => {
      const dir = tempDir();
      spend(dir, 8);
      const output = await answer(dir, [
        ['What is to be watched', '\\r'],
        ['daily_cost >', '\\b\\b7\\r'],
        ['unpriced_calls >', '\\r'],
        ['error_rate >', '\\r'],
        ['p95_latency >', '\\r'],
        ['Who is told', '\\033[B\\033[B\\r'],
        ['Send a test', '\\r'],
      ]);
      expect(output).to.include('code 0');
      const { rules } = await json(dir, 'list');
      expect(rules.map(({ name }: any) => name)).to.deep.equal([
        'daily_cost',
        'error_rate',
        'p95_latency',
        'unpriced_calls',
      ]);
      expect(rules[0].input.threshold).to.equal(7);
      expect((await json(dir, 'channels', 'list')).channels.map(({ type }: any) => type)).to.deep.equal(['stdout']);
      expect((await json(dir, 'history')).entries[0]).to.include({
        kind: 'delivery',
        about: 'test',
        outcome: 'delivered',
      });
    });

    it('changes nothing when it is given up', async () => {
      const dir = tempDir();
      const output = await answer(dir, [
        ['What is to be watched', '\\r'],
        ['daily_cost >', '\\003'],
      ]);
      expect(output).to.include('Nothing was changed.').and.include('code 1');
      expect((await json(dir, 'list')).rules).to.deep.equal([]);
    });
  });
});

/** Uses as many tokens as it is told on its input. */
const APP = `
  const { trace } = require('@opentelemetry/api');
  const tracer = trace.getTracer('app');
  let used = 0;
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    used += Number(line);
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'house-model', 'gen_ai.usage.input_tokens': Number(line) };
    tracer.startSpan('chat', { attributes }).end();
    setImmediate(() => setImmediate(() => console.log('used ' + used)));
  });`;
