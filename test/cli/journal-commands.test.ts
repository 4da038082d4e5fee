import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parquetReadObjects } from 'hyparquet';
import { runBuiltCli, runCliInShell, startBuiltCli } from '../support/cli.ts';
import { callLine, writeJournal } from '../support/journal-builder.ts';
import { writeSmallJournal } from '../support/small-journal.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';
import { runOnTerminal } from '../support/terminal.ts';

const HOUR = 3_600_000;
const TOTALS_KEYS = [
  'calls',
  'errors',
  'errorRate',
  'errorsByType',
  'outcomes',
  'tokens',
  'costUsd',
  'pricedCalls',
  'undividedCalls',
  'unpricedCalls',
  'unpricedReasons',
  'unpricedModels',
  'cacheHitRate',
  'ownCacheHits',
  'ownCacheHitRate',
  'latencyMillis',
  'timeToFirstChunkMillis',
];
const CALL_KEYS = (
  'time durationMillis timeToFirstChunkMillis operation provider requestModel responseModel stream outcome errorType tokens ' +
  'costUsd finishReasons workflow stage tier agent prompt promptVersion promptVariant cacheHit cacheType saved userHash conversationId responseId traceId spanId'
).split(' ');
const JOURNAL_KEYS = ['dir', 'files', 'lines', 'corruptLines', 'corruptByFile', 'skippedFiles'];

/** A journal with calls now, three days and ten days ago, a failed one, an unpriced one, and a damaged line. */
function someJournal(): string {
  const dir = tempDir();
  const now = Date.now();
  writeJournal(dir, [
    callLine({ at: now - 240 * HOUR, model: 'old', input: 1, output: 1, cost: 1 }),
    callLine({ at: now - 72 * HOUR, model: 'gpt-5', input: 1000, output: 100, cost: 0.25, workflow: 'triage' }),
    '{"torn',
    callLine({ at: now - HOUR, model: 'my-model', provider: 'ollama', input: 10, output: 5 }),
    callLine({
      at: now - HOUR / 2,
      model: 'gpt-5',
      outcome: 'error',
      errorType: 'rate_limit_exceeded',
      workflow: 'triage',
    }),
  ]);
  return dir;
}

describe('agent-vitals', function () {
  this.timeout(60_000);
  after(removeTempDirs);

  describe('stats', () => {
    it('answers people', async () => {
      const { code, stdout, stderr } = await runBuiltCli(['stats', '--dir', someJournal()]);
      expect(code).to.equal(0);
      expect(stdout).to.match(/Calls +4 +completed 3 · error 1/);
      expect(stdout).to.match(/Errors +1 +25\.0% · rate_limit_exceeded 1/);
      expect(stdout).to.match(/Cost +\$1\.25/);
      expect(stdout).to.match(/Unpriced +1 +my-model 1/);
      expect(stdout).to.match(/my-model .* unpriced/);
      expect(stdout)
        .to.match(/By model\n[^]*By provider\n[^]*By workflow\n[^]*By day\n/)
        .and.not.to.match(/By tier/);
      expect(stdout).not.to.include('\u001B');
      expect(stderr).to.include('1 damaged line skipped, in traces-1.jsonl (1)');
    });

    it('answers programs, with the keys that are documented', async () => {
      const dir = someJournal();
      const { code, stdout, stderr } = await runBuiltCli(['stats', '--json', '--dir', dir]);
      expect(code).to.equal(0);
      const answer = JSON.parse(stdout);
      expect(answer).to.have.all.keys('period', ...TOTALS_KEYS, 'by', 'journal');
      expect(answer.by).to.have.all.keys('model', 'provider', 'workflow', 'tier', 'day');
      expect(answer.by.model[0]).to.have.all.keys('model', ...TOTALS_KEYS);
      expect(answer.journal).to.have.all.keys(JOURNAL_KEYS);
      expect(answer).to.deep.include({ calls: 4, errors: 1, unpricedCalls: 1, unpricedModels: { 'my-model': 1 } });
      expect(answer.costUsd.total).to.equal(1.25);
      expect(answer.by.model.find(({ model }: any) => model === 'my-model').costUsd).to.equal(null);
      expect(answer.journal).to.deep.include({ dir, corruptLines: 1, corruptByFile: { 'traces-1.jsonl': 1 } });
      expect(stderr).to.include('1 damaged line');
    });

    const filters: [string[], number][] = [
      [['--days', '7'], 3],
      [['--since', '24h'], 2],
      [['--since', '7d', '--until', '24h'], 1],
      [['--model', 'gpt-5'], 2],
      [['--model', 'gpt-5', '--model', 'old'], 3],
      [['--workflow', 'triage', '--since', '1d'], 1],
      [['--provider', 'ollama'], 1],
      [['--model', 'nothing'], 0],
    ];
    for (const [args, calls] of filters) {
      it(`finds ${calls} with ${args.join(' ')}`, async () => {
        const { stdout } = await runBuiltCli(['stats', '--json', '--dir', someJournal(), ...args]);
        expect(JSON.parse(stdout).calls).to.equal(calls);
      });
    }

    it('breaks down by what is asked for only', async () => {
      const { stdout } = await runBuiltCli(['stats', '--json', '--by', 'tier,day', '--dir', someJournal()]);
      expect(JSON.parse(stdout).by).to.have.all.keys('tier', 'day');
    });

    it('tells who has no journal how to start', async () => {
      const dir = join(tempDir(), 'none');
      const people = await runBuiltCli(['stats', '--dir', dir]);
      expect(people.code).to.equal(0);
      expect(people.stdout).to.include('agent-vitals run -- node app.js');
      expect(people.stdout).to.include('drops (OTEL_TRACES_SAMPLER) are not in the journal.');
      const programs = await runBuiltCli(['stats', '--json', '--dir', dir]);
      expect(programs.code).to.equal(0);
      expect(JSON.parse(programs.stdout)).to.include({ calls: 0, errors: 0 });
      expect(existsSync(dir)).to.equal(false);
    });

    it('says in one line that calls are missing, where a sampler drops some', async () => {
      const dir = someJournal();
      const notes = async (args: readonly string[], env: Record<string, string>): Promise<string> =>
        (await runBuiltCli([...args, '--dir', dir], { env })).stderr;
      const ratio = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
      for (const args of [['stats'], ['stats', '--json'], ['prompts'], ['show'], ['export']]) {
        expect(await notes(args, ratio), args.join(' ')).to.match(
          /note: OTEL_TRACES_SAMPLER is parentbased_traceidratio 0\.25: calls that were not sampled are not in the journal, [^\n]*\n$/,
        );
        expect(await notes(args, { OTEL_TRACES_SAMPLER: 'always_on' }), args.join(' ')).to.not.include('SAMPLER');
      }
    });

    it('takes the directory from the environment, and the flag before it', async () => {
      const dir = someJournal();
      const env = { AGENT_VITALS_DIR: dir };
      expect(JSON.parse((await runBuiltCli(['stats', '--json'], { env })).stdout).calls).to.equal(4);
      expect(JSON.parse((await runBuiltCli(['stats', '--json', '--dir', tempDir()], { env })).stdout).calls).to.equal(
        0,
      );
    });

    it('has colour when forced, and none otherwise', async () => {
      const dir = someJournal();
      expect((await runBuiltCli(['stats', '--dir', dir], { env: { FORCE_COLOR: '1' } })).stdout).to.include('\u001B[');
      expect((await runBuiltCli(['stats', '--dir', dir], { env: { NO_COLOR: '1' } })).stdout).not.to.include('\u001B');
    });
  });

  describe('show', () => {
    it('shows the newest calls', async () => {
      const { code, stdout } = await runBuiltCli(['show', '-n', '2', '--dir', someJournal()]);
      expect(code).to.equal(0);
      const lines = stdout.trimEnd().split('\n');
      expect(lines).to.have.length(3);
      expect(lines[1]).to.match(/my-model +completed .* unpriced +ollama/);
      expect(lines[2]).to.match(/gpt-5 +rate_limit_exceeded/);
    });

    it('knows of what period calls are, whenever their file was last written', async () => {
      const dir = tempDir();
      const at = Date.UTC(2026, 10, 20);
      const path = writeJournal(dir, [callLine({ at }), callLine({ at: at + 1000 })]);
      utimesSync(path, 1000, 1000);
      const since = ['--since', '2026-11-10', '--dir', dir];
      const { stdout } = await runBuiltCli(['show', '--json', ...since]);
      expect((JSON.parse(stdout) as { calls: unknown[] }).calls).to.have.length(2);
      expect((await runBuiltCli(['export', ...since])).stdout.trimEnd().split('\n')).to.have.length(2);
      const none = await runBuiltCli(['show', '--since', '2026-11-21', '--dir', dir]);
      expect(none.stdout).to.equal('No calls match, among 2 lines of the journal.\n');
    });

    it('answers programs, with the keys that are documented', async () => {
      const answer = JSON.parse((await runBuiltCli(['show', '--json', '--errors', '--dir', someJournal()])).stdout);
      expect(answer).to.have.all.keys('calls', 'journal');
      expect(answer.calls).to.have.length(1);
      expect(answer.calls[0]).to.have.all.keys(CALL_KEYS);
      expect(answer.calls[0]).to.include({ errorType: 'rate_limit_exceeded', costUsd: null });
    });
  });

  describe('savings', () => {
    it("knows the user's own prices, and the last of the tiers", async () => {
      const env = {
        AGENT_VITALS_PRICES: '{"mine":{"input":1000,"output":0}}',
        AGENT_VITALS_TIERS: '{"cheap":["gpt-5"],"premium":["*opus*","mine"]}',
      };
      const { stdout } = await runBuiltCli(['savings', '--json', '--days', '7', '--dir', someJournal()], { env });
      const { premium, isPriceKnown, routing } = JSON.parse(stdout);
      expect(premium).to.deep.equal({ model: 'mine', provider: null });
      expect(isPriceKnown).to.equal(true);
      // 1,000 tokens at $1,000 a million, and a quarter of a dollar was paid.
      expect(routing).to.deep.equal({ calls: 1, costUsd: 0.25, premiumUsd: 1, savedUsd: 0.75, unknownCalls: 1 });
    });
  });

  describe('compare', () => {
    it('says of which of the two there is no call', async () => {
      const dir = someJournal();
      const [compared, json, both, periods] = await Promise.all(
        [
          ['gpt-5', 'nope', '--by', 'model'],
          ['gpt-5', 'nope', '--by', 'model', '--json'],
          ['no', 'nope', '--by', 'model'],
          ['2020-01-01', '30d'],
        ].map((args) => runBuiltCli(['compare', ...args, '--dir', dir])),
      );
      for (const one of [compared, json])
        expect(one?.stderr).to.include('note: There is no call of the model "nope".\n');
      expect(compared?.stderr).to.not.include('"gpt-5"');
      expect(both?.stdout).to.match(/^No calls match/);
      expect(both?.stderr).to.not.include('There is no call');
      expect(periods?.stderr).to.include('note: There is no call of "2020-01-01".\n');
    });

    it('does not write a small change of very many calls as none', async () => {
      const dir = tempDir();
      const calls = (model: string, errors: number): string[] =>
        Array.from({ length: 3000 }, (_, i) => callLine({ model, outcome: i < errors ? 'error' : 'completed' }));
      writeJournal(dir, [...calls('a', 1), ...calls('b', 2)]);
      const { stdout } = await runBuiltCli(['compare', 'a', 'b', '--by', 'model', '--dir', dir]);
      expect(stdout).to.match(/^Error rate +<0\.1% +0\.1% +\+0\.03 points +only 34\.5% sure$/m);
    });
  });

  describe('export', () => {
    it('writes a call a line', async () => {
      const { stdout } = await runBuiltCli(['export', '--dir', someJournal()]);
      const calls = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(calls).to.have.length(4);
      expect(calls[0]).to.have.all.keys(CALL_KEYS);
    });

    it('writes CSV to a file, private, whole or not at all', async () => {
      const dir = someJournal();
      const output = join(tempDir(), 'calls.csv');
      const { code, stdout } = await runBuiltCli([
        'export',
        '--format',
        'csv',
        '--output',
        output,
        '--json',
        '--dir',
        dir,
      ]);
      expect(code).to.equal(0);
      expect(JSON.parse(stdout)).to.have.all.keys('format', 'output', 'calls', 'runs', 'lines', 'journal');
      expect(readFileSync(output, 'utf8').trimEnd().split('\r\n')).to.have.length(5);
      expect(readdirSync(join(output, '..'))).to.deep.equal(['calls.csv']);
      const missing = await runBuiltCli(['export', '--output', join(output, 'no', 'x'), '--dir', dir]);
      expect(missing.code).to.equal(1);
      expect(missing.stderr).to.match(/error: Cannot write/);
    });

    it('writes Parquet to a file, but not to a terminal', async () => {
      const output = join(tempDir(), 'calls.parquet');
      const { code } = await runBuiltCli(['export', '--format', 'parquet', '--output', output, '--dir', someJournal()]);
      expect(code).to.equal(0);
      const { buffer } = Uint8Array.from(readFileSync(output));
      expect(await parquetReadObjects({ file: buffer })).to.have.length(4);
      const main = join(import.meta.dirname, '../../dist/bin/agent-vitals.cjs');
      const terminal = await runOnTerminal([process.execPath, main, 'export', '--format', 'parquet'], 80);
      expect(terminal.code).to.equal(2);
      expect(terminal.stdout).to.include('Give --output <file>');
    });

    it('writes runs, and says how many', async () => {
      const dir = tempDir();
      writeSmallJournal(dir);
      const output = join(dir, 'runs.csv');
      const runs = await runBuiltCli(['export', '--of', 'runs', '--format', 'csv', '--output', output, '--dir', dir]);
      expect(runs.stderr).to.include(`29 runs written to ${output}.`);
      expect(readFileSync(output, 'utf8').trimEnd().split('\r\n')).to.have.length(30);
      const lines = await runBuiltCli(['export', '--format', 'otlp', '--output', output, '--json', '--dir', dir]);
      expect(JSON.parse(lines.stdout)).to.deep.include({ format: 'otlp', calls: 36, runs: 29, lines: 65 });
      const both = await runBuiltCli(['export', '--format', 'otlp', '--of', 'calls', '--dir', dir]);
      expect(both).to.include({ code: 2, stdout: '' }).with.property('stderr').that.includes('leave --of out');
    });

    it('writes the lines of the journal as they stand', async () => {
      const dir = someJournal();
      const journal = readFileSync(join(dir, 'journal', 'traces-1.jsonl'), 'utf8').split('\n');
      const { stdout } = await runBuiltCli(['export', '--format', 'otlp', '--dir', dir]);
      expect(stdout.split('\n')).to.deep.equal(journal.filter((line) => line !== '{"torn'));
    });
  });

  it('ends quietly when its reader has seen enough', async () => {
    const dir = tempDir();
    writeJournal(
      dir,
      Array.from({ length: 20_000 }, () => callLine({ input: 1 })),
    );
    const { stdout, stderr } = await runCliInShell(
      `$BUILT export --dir '${dir}' | head -n 1; echo "\${PIPESTATUS[0]}"`,
    );
    expect(stdout.trimEnd().split('\n')[1]).to.equal('0');
    expect(stderr).to.equal('');
  });

  describe('tail', () => {
    it('begins with the last calls and follows, until it is interrupted', async () => {
      const dir = someJournal();
      const tail = startBuiltCli(['tail', '-n', '1', '--json', '--dir', dir]);
      await tail.printed('rate_limit_exceeded');
      appendFileSync(join(dir, 'journal', 'traces-1.jsonl'), `${callLine({ model: 'new-1' })}\nnonsense\n`);
      await tail.printed('new-1');
      writeJournal(dir, [callLine({ model: 'new-2' })], 'traces-2.jsonl');
      await tail.printed('new-2');
      const { code, stdout, stderr } = await tail.stop('SIGINT');
      expect(code).to.equal(0);
      const calls = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(calls.map(({ requestModel }) => requestModel)).to.deep.equal(['gpt-5', 'new-1', 'new-2']);
      expect(calls[1]).to.have.all.keys(CALL_KEYS);
      expect(stderr).to.include('damaged line');
    });

    it('shows people rows, only of what they asked for', async () => {
      const dir = someJournal();
      const tail = startBuiltCli(['tail', '--errors', '--model', 'gpt-5', '--dir', dir]);
      await tail.printed('rate_limit_exceeded');
      appendFileSync(
        join(dir, 'journal', 'traces-1.jsonl'),
        `${callLine({ model: 'gpt-5' })}\n${callLine({ model: 'gpt-5', outcome: 'error', errorType: 'late' })}\n`,
      );
      await tail.printed('late');
      const { stdout } = await tail.stop('SIGINT');
      expect(stdout.trimEnd().split('\n')).to.have.length(3);
    });
  });

  describe('reset', () => {
    function fullDirectory(): string {
      const dir = someJournal();
      writeJournal(dir, ['{}', '{}'], 'metrics-1.jsonl');
      writeFileSync(join(dir, 'journal', 'cursor.json'), '{}');
      writeFileSync(join(dir, 'journal', 'traces-1.jsonl.gz'), 'x');
      mkdirSync(join(dir, 'journal', 'traces-directory.jsonl'));
      const outside = join(tempDir(), 'outside.jsonl');
      writeFileSync(outside, 'x');
      symlinkSync(outside, join(dir, 'journal', 'logs-link.jsonl'));
      writeFileSync(join(dir, 'user-id.key'), 'k');
      return dir;
    }
    const left = ['cursor.json', 'logs-link.jsonl', 'traces-1.jsonl.gz', 'traces-directory.jsonl'];

    it('refuses where it cannot ask', async () => {
      const dir = fullDirectory();
      const { code, stderr } = await runBuiltCli(['reset', '--dir', dir]);
      expect(code).to.equal(2);
      expect(stderr).to.include('Give --yes to remove 7 entries in 2 files');
      expect(readdirSync(join(dir, 'journal'))).to.have.members([...left, 'traces-1.jsonl', 'metrics-1.jsonl']);
    });

    it('removes the journal and nothing else, and says how many', async () => {
      const dir = fullDirectory();
      const { code, stdout } = await runBuiltCli(['reset', '--yes', '--dir', dir]);
      expect(code).to.equal(0);
      expect(stdout).to.match(/^Removed 7 entries in 2 files \(/);
      expect(readdirSync(join(dir, 'journal'))).to.have.members(left);
      expect(readdirSync(dir)).to.have.members(['journal', 'user-id.key']);
    });

    it('answers programs, and warns of processes that still write', async () => {
      const dir = someJournal();
      mkdirSync(join(dir, 'status'));
      writeFileSync(join(dir, 'status', '1.json'), JSON.stringify({ pid: process.pid, backends: {} }));
      const { stdout, stderr } = await runBuiltCli(['reset', '--yes', '--json', '--dir', dir]);
      const answer = JSON.parse(stdout);
      expect(answer).to.have.all.keys('dir', 'entries', 'files', 'bytes', 'liveProcesses');
      expect(answer).to.deep.include({ entries: 5, files: 1, liveProcesses: [process.pid] });
      expect(stderr).to.include(String(process.pid));
    });

    it('takes the index with it, and with --until only what was last written before', async () => {
      const dir = someJournal();
      const newer = writeJournal(dir, [callLine()], 'traces-2.jsonl');
      await runBuiltCli(['stats', '--dir', dir]);
      expect(readdirSync(dir)).to.include('index.db');
      const monday = new Date('2026-11-02T12:00:00Z');
      utimesSync(join(dir, 'journal', 'traces-1.jsonl'), monday, monday);
      const { stdout } = await runBuiltCli(['reset', '--yes', '--until', '2026-11-02', '--dir', dir]);
      expect(stdout).to.include('in 1 file');
      expect(readdirSync(join(dir, 'journal'))).to.deep.equal(['traces-2.jsonl']);
      expect(readdirSync(dir)).to.deep.equal(['journal']);
      const again = await runBuiltCli(['reset', '--yes', '--until', '2026-11-02', '--dir', dir]);
      expect(again.stdout).to.include('nothing to remove');
      expect(existsSync(newer)).to.equal(true);
    });

    it('has nothing to remove where there is nothing', async () => {
      const { code, stdout } = await runBuiltCli(['reset', '--dir', tempDir()]);
      expect(code).to.equal(0);
      expect(stdout).to.include('nothing to remove');
    });

    it('asks on a terminal, and takes everything but yes for no', async () => {
      for (const [answer, removed] of [
        ['n', false],
        ['', false],
        ['y', true],
      ] as const) {
        const dir = someJournal();
        const { stdout } = await runCliInShell(
          `echo '${answer}' | script -qec "$BUILT reset --dir '${dir}'" /dev/null; echo "code \${PIPESTATUS[1]}"`,
        );
        expect(stdout).to.include('Remove 5 entries in 1 file');
        expect(stdout).to.include(removed ? 'code 0' : 'code 1');
        expect(existsSync(join(dir, 'journal', 'traces-1.jsonl'))).to.equal(!removed);
      }
    });
  });

  it('say of what there is none: calls of a known cost, or failed ones', async () => {
    const dir = tempDir();
    writeJournal(dir, [callLine({ input: 1 })]);
    const { stdout: dearest } = await runBuiltCli(['top', '--dir', dir]);
    expect(dearest).to.equal('No calls with a known cost match, among 1 line of the journal.\n');
    const { stdout: failing } = await runBuiltCli(['top', '--by', 'errors', '--dir', dir]);
    expect(failing).to.equal('No failed calls match, among 1 line of the journal.\n');
    expect((await runBuiltCli(['timeline', '--dir', dir])).stdout).to.match(/Cost .* unpriced/);
    const { stdout: savings } = await runBuiltCli(['savings', '--premium', 'gpt-4o', '--dir', dir]);
    expect(savings).to.match(/^Cost +–  1 call not known$/m);
    expect(savings).to.match(/^Saved by routing +–$/m);
  });

  it('says of a comparison of variants what it takes together, and why it does not judge', async () => {
    const dir = tempDir();
    const at = Date.now() - HOUR;
    const callOf = (prompt: string, version: string, variant: string): string =>
      callLine({
        at,
        attributes: {
          'gen_ai.prompt.name': prompt,
          'agent_vitals.prompt.version': version,
          'agent_vitals.prompt.variant': variant,
        },
      });
    writeJournal(dir, [callOf('p', '1', 'xml'), callOf('p', '2', 'plain'), callOf('q', '1', 'plain')]);
    const notes = [
      'The figures take 2 prompts together, p and q: ask for one to compare within it, as with --prompt p.',
      'Nothing is said of the runs: there are none of the variant "xml" and of the variant "plain".',
    ];
    const compare = ['compare', '--by', 'variant', 'xml', 'plain', '--dir', dir];
    expect((await runBuiltCli(compare)).stderr).to.include(notes.map((text) => `note: ${text}\n`).join(''));
    expect(JSON.parse((await runBuiltCli([...compare, '--json'])).stdout).notes).to.deep.equal(notes);
    const missing = await runBuiltCli(['compare', '--by', 'variant', 'xml', 'lost', '--json', '--dir', dir]);
    expect(JSON.parse(missing.stdout).notes).to.deep.equal(['There is no call of the variant "lost".']);
  });

  describe('wrong usage', () => {
    const wrong: [string[], RegExp][] = [
      [[], /Usage: agent-vitals/],
      [['stast'], /Did you mean stats\?/],
      [['stats', '--jsno'], /Did you mean --json\?/],
      [['stats', '--days', '0'], /whole number from 1/],
      [['stats', '--since', 'tomorrow'], /Write how long ago/],
      [['stats', '--days', '1', '--since', '1d'], /Give one of them/],
      [['stats', '--since', '1h', '--until', '2h'], /period is empty/],
      [['stats', '--by', 'colour'], /"colour" is none of model, provider/],
      [['stats', '--dir', ''], /"dir" must be a text/],
      [['stats', '--where', 'region'], /attribute=value/],
      [['compare', '--by', 'model', 'gpt-5'], /Which two\?/],
      [
        ['compare', '--by', 'model', 'gpt-5', 'gpt-4o', '--model', 'gpt-5'],
        /leave --model out, the two are named already/,
      ],
      [['compare', 'yesterday'], /"yesterday" is no period/],
      [['savings'], /--premium <model>/],
      [['export', '--format', 'xml'], /jsonl, csv, parquet, otlp/],
      [['run'], /missing required argument/],
    ];
    for (const [args, message] of wrong) {
      it(`ends with 2 for ${args.join(' ') || 'nothing'}, and helps`, async () => {
        const { code, stderr, stdout } = await runBuiltCli(args);
        expect(code).to.equal(2);
        expect(stderr).to.match(message);
        expect(stdout).to.equal('');
      });
    }

    it('prints help and version when asked', async () => {
      const help = await runBuiltCli(['--help']);
      expect([help.code, help.stderr]).to.deep.equal([0, '']);
      expect(help.stdout).to.match(/run .*stats .*tail .*show .*export .*reset .*doctor /s);
      expect((await runBuiltCli(['--version'])).stdout).to.match(/^\d+\.\d+\.\d+\n$/);
    });
  });

  it('fits a terminal', async () => {
    const dir = tempDir();
    writeJournal(
      dir,
      Array.from({ length: 30 }, (_, index) =>
        callLine({
          model: `a-model-with-a-very-long-name-${index % 12}`,
          workflow: 'a workflow of many words',
          input: 1_234_567,
          output: 765_432,
          ...(index % 3 > 0 && { cost: 0.000_123 }),
        }),
      ),
    );
    for (const [command, columns] of [
      ['stats', 80],
      ['stats', 120],
      ['show', 80],
      ['show', 120],
      ['timeline --by hour', 80],
      ['timeline --by hour', 40],
      ['stats --by model', 40],
      ['compare --by model a-model-with-a-very-long-name-1 a-model-with-a-very-long-name-2', 40],
    ] as const) {
      const { stdout } = await runCliInShell(
        `script -qec "stty cols ${columns}; $BUILT ${command} --dir '${dir}'" /dev/null`,
        { env: { NO_COLOR: '1' } },
      );
      const lines = stdout.replaceAll('\r', '').split('\n');
      expect(lines.length).to.be.greaterThan(5);
      expect(lines.filter((line) => line.length > columns)).to.deep.equal([]);
    }
  });
});
