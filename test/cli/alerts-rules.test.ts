// `agent-vitals alerts`: rules come and go from the command line, and what is wrong is said with field, value and what is allowed.
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { runBuiltCli, runCliInShell } from '../support/cli.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('agent-vitals alerts: rules', function () {
  this.timeout(120_000);
  after(removeTempDirs);

  /** Runs a command that must work, and gives its JSON. */
  async function json(dir: string, ...args: string[]): Promise<any> {
    const { code, stdout, stderr } = await runBuiltCli(['alerts', ...args, '--json', '--dir', dir]);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout);
  }

  async function refused(dir: string, ...args: string[]): Promise<{ code: number | null; stderr: string }> {
    const { code, stdout, stderr } = await runBuiltCli(['alerts', ...args, '--dir', dir]);
    expect(stdout).to.equal('');
    return { code, stderr };
  }

  it('adds, lists, changes, disables and deletes', async () => {
    const dir = tempDir();
    const added = await runBuiltCli([
      'alerts',
      'add',
      'spend',
      '--preset',
      'daily_cost',
      '--threshold',
      '25',
      '--dir',
      dir,
    ]);
    expect(added).to.include({ code: 0, stdout: 'Added spend: daily_cost day > $25.00, warning.\n' });
    expect(statSync(join(dir, 'alerts.db')).mode & 0o777).to.equal(0o600);
    const slow =
      'add slow --metric app.latency --statistic p95 --window 15m --threshold 2 --where route=/a --where route=/b --where model~gpt-* ' +
      '--where !test --by route,model --for 5m --label team=blue --channel ops --unit s --when-no-data alert --disabled';
    await json(dir, ...slow.split(' '));
    const { rules } = await json(dir, 'list');
    expect(rules.map(({ name, source, enabled }: any) => ({ name, source, enabled }))).to.deep.equal([
      { name: 'slow', source: 'database', enabled: false },
      { name: 'spend', source: 'database', enabled: true },
    ]);
    expect(rules[0].input).to.deep.equal({
      name: 'slow',
      metric: 'app.latency',
      statistic: 'p95',
      window: '15m',
      where: { route: ['/a', '/b'], model: { like: 'gpt-*' }, test: { exists: false } },
      by: ['route', 'model'],
      threshold: 2,
      for: '5m',
      channels: ['ops'],
      labels: { team: 'blue' },
      unit: 's',
      noData: 'alert',
      enabled: false,
    });

    expect((await json(dir, 'edit', 'slow', '--threshold', '3', '--unset', 'for,channels')).rule.input)
      .to.include({ threshold: 3 })
      .and.not.have.any.keys('for', 'channels');
    expect((await json(dir, 'edit', 'slow', '--name', 'slower')).rule.name).to.equal('slower');
    await json(dir, 'enable', 'slower');
    await json(dir, 'disable', 'spend');
    const after = (await json(dir, 'list')).rules;
    expect(after.map(({ name, enabled }: any) => [name, enabled])).to.deep.equal([
      ['slower', true],
      ['spend', false],
    ]);
    expect(await json(dir, 'delete', 'spend', 'slower')).to.deep.equal({ deleted: ['spend', 'slower'] });
    expect((await json(dir, 'list')).rules).to.deep.equal([]);
  });

  it('says what is wrong with a rule: field, value, and what is allowed', async () => {
    const dir = tempDir();
    const wrong = 'add x --preset daily_cost --threshold 2x5 --severity high --window 10s';
    const { code, stderr } = await refused(dir, ...wrong.split(' '));
    expect(code).to.equal(2);
    expect(stderr).to.include('"threshold" must be a number, not "2x5"');
    expect(stderr).to.include('"severity" must be one of info, warning, critical, not "high"');
    expect(stderr).to.include(
      '"window" must be a duration from 1m to 31d (5m, 24h, 7d), or day, week or month, not "10s"',
    );
    expect((await refused(dir, 'add', 'x', '--preset', 'dayly_cost')).stderr).to.match(
      /"preset" must be one of daily_cost, .*, not "dayly_cost"/,
    );
    for (const where of ['=x', '!a=b', '']) expect((await refused(dir, 'add', 'x', '--where', where)).code).to.equal(2);
    // A rule that was refused leaves no database behind.
    expect(existsSync(join(dir, 'alerts.db'))).to.equal(false);
  });

  it('does not put a rule in the place of another unless it is told to, and knows what there is', async () => {
    const dir = tempDir();
    await json(dir, 'add', 'spend', '--preset', 'daily_cost');
    const again = await refused(dir, 'add', 'spend', '--preset', 'daily_cost', '--threshold', '5');
    expect(again).to.deep.equal({
      code: 1,
      stderr: 'error: There is a rule "spend" already. Give another name, or --replace.\n',
    });
    await json(dir, 'add', 'spend', '--preset', 'daily_cost', '--threshold', '5', '--replace');
    expect((await refused(dir, 'delete', 'spend', 'spent')).stderr).to.equal(
      'error: There is no rule "spent". There are: spend.\n',
    );
    expect((await json(dir, 'list')).rules).to.have.length(1);
    expect((await refused(dir, 'edit', 'spend', '--unset', 'for')).stderr).to.include(
      '"for" is not set. Set are: name, preset, threshold.',
    );
  });

  it('shows the rules of the configuration, and leaves them alone', async () => {
    const dir = tempDir();
    const cwd = tempDir();
    writeFileSync(
      join(cwd, 'agent-vitals.config.yaml'),
      'alerts:\n  rules:\n    - {name: house, preset: error_rate}\n    - {name: odd, preset: nothing}\n',
    );
    const { stdout, stderr } = await runBuiltCli(['alerts', 'list', '--dir', dir], { cwd });
    expect(stdout).to.match(/^house +error_rate 15m > 10\.0% +inactive +warning +all +config$/m);
    expect(stdout).to.match(/^odd +it is wrong +invalid/m);
    expect(stderr).to.match(/note: rule "odd": "preset" must be one of/);
    for (const args of [
      ['delete', 'house'],
      ['disable', 'house'],
      ['edit', 'house', '--threshold', '1'],
    ]) {
      const result = await runBuiltCli(['alerts', ...args, '--dir', dir], { cwd });
      expect([result.code, result.stderr.split('\n').at(-2)]).to.deep.equal([
        1,
        'error: The rule "house" is one of the configuration: change it there.',
      ]);
    }
  });

  it('looks without making a database, and says so when there is nothing', async () => {
    const dir = join(tempDir(), 'new');
    const { code, stdout } = await runBuiltCli(['alerts', 'list', '--dir', dir]);
    expect([code, stdout]).to.deep.equal([0, 'There are no rules yet: agent-vitals alerts init makes some.\n']);
    expect((await refused(dir, 'export')).stderr).to.equal('error: There is no rule to export.\n');
    expect(existsSync(dir)).to.equal(false);
  });

  it('says when the database cannot be used', async () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'alerts.db'), 'no database, but long enough to look like one '.repeat(100));
    const { code, stderr } = await refused(dir, 'list');
    expect(code).to.equal(1);
    expect(stderr).to.match(/^error: alerts\.db in .* cannot be opened: file is not a database\.\n$/);
  });

  describe('import and export', () => {
    it('brings rules from one directory to another as they were', async () => {
      const [from, to] = [tempDir(), tempDir()];
      await json(
        from,
        'add',
        'spend',
        '--preset',
        'monthly_budget',
        '--threshold',
        '80',
        '--step',
        '50%=info',
        '--step',
        '1=critical',
      );
      await json(
        from,
        'add',
        'ratio',
        '--statistic',
        'ratio',
        '--numerator',
        '{metric: r, where: {ok: false}}',
        '--denominator',
        'r',
        '--threshold',
        '0.1',
      );
      const { stdout } = await runCliInShell(
        `$BUILT alerts export --dir '${from}' | $BUILT alerts import - --dir '${to}' --json`,
      );
      expect(JSON.parse(stdout)).to.deep.equal({ added: ['ratio', 'spend'], replaced: [], dryRun: false });
      const inputs = async (dir: string) => (await json(dir, 'list')).rules.map(({ input }: any) => input);
      expect(await inputs(to)).to.deep.equal(await inputs(from));
    });

    it('imports all or nothing, and says what is wrong with each', async () => {
      const dir = tempDir();
      const file = join(dir, 'rules.yaml');
      writeFileSync(
        file,
        '- {name: good, preset: error_rate}\n- {name: bad, preset: error_rate, for: ever}\n- {name: good, preset: error_rate}\n',
      );
      const { code, stderr } = await refused(dir, 'import', file);
      expect(code).to.equal(2);
      expect(stderr)
        .to.match(/rule "bad": "for" must be a duration .*, not "ever"/)
        .and.to.match(/rule "good": "name" must be unique/);
      expect((await json(dir, 'list')).rules).to.deep.equal([]);

      writeFileSync(file, 'alerts:\n  rules:\n    - {name: good, preset: error_rate}\n');
      expect(await json(dir, 'import', file, '--dry-run')).to.deep.equal({
        added: ['good'],
        replaced: [],
        dryRun: true,
      });
      expect((await json(dir, 'list')).rules).to.deep.equal([]);
      await json(dir, 'import', file);
      expect((await refused(dir, 'import', file)).stderr).to.equal(
        'error: There are rules of these names already: good. Nothing was imported; --replace puts the new ones in their place.\n',
      );
      expect(await json(dir, 'import', file, '--replace')).to.deep.include({ replaced: ['good'] });
    });

    it('says what a file lacks', async () => {
      const dir = tempDir();
      expect((await refused(dir, 'import', join(dir, 'none.yaml'))).stderr).to.match(
        /none\.yaml cannot be read: there is no such file or directory\. Name a YAML file, or - for standard input\./,
      );
      expect((await refused(dir, 'import', dir)).stderr).to.include(`${dir} cannot be read: it is a directory.`);
      for (const [input, problem] of [
        ['rules:\n  - name: a\n   preset: b\n', /is no YAML: .* at line 3, column 1\.\n$/],
        ['a: 1\n---\na: 2\n', /is no YAML: it has several documents; there must be one\.\n$/],
        ['a: 1', /has no rules\. It must be a list of rules/],
        ['', /is empty\.\n$/],
      ] as const) {
        writeFileSync(join(dir, 'x.yaml'), input);
        for (const [file, name] of [
          [join(dir, 'x.yaml'), join(dir, 'x.yaml')],
          ['-', 'standard input'],
        ] as const) {
          const { code, stderr } = await runCliInShell(
            `$BUILT alerts import '${file}' --dir '${dir}' <'${dir}/x.yaml'`,
          );
          expect(code).to.equal(2);
          expect(stderr).to.match(problem);
          expect(stderr.startsWith(`error: ${name} `), stderr).to.equal(true);
        }
      }
    });

    it('writes a file whole, or says why not', async () => {
      const dir = tempDir();
      await json(dir, 'add', 'spend', '--preset', 'daily_cost');
      const file = join(dir, 'out.yaml');
      expect((await runBuiltCli(['alerts', 'export', '--dir', dir, '-o', file])).stdout).to.match(/^Wrote 1 rule to /);
      expect(parse(readFileSync(file, 'utf8'))).to.deep.equal({ rules: [{ name: 'spend', preset: 'daily_cost' }] });
      const { code, stderr } = await refused(dir, 'export', '-o', join(dir, 'no', 'out.yaml'));
      expect([code, stderr.includes('cannot be written: there is no such file or directory.')]).to.deep.equal([
        1,
        true,
      ]);
    });
  });

  describe('edit in an editor', () => {
    /** On a terminal of `script`, with an editor that is a shell script of the test. */
    async function edit(dir: string, editor: string): Promise<{ output: string; code: number | null }> {
      const bin = join(dir, 'bin');
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(bin, 'editor'), `#!/bin/sh\n${editor}\n`);
      chmodSync(join(bin, 'editor'), 0o755);
      const { code, stdout } = await runCliInShell(
        `timeout 30 script -qefc "$BUILT alerts edit spend --dir '${dir}'" /dev/null </dev/null`,
        { env: { EDITOR: join(bin, 'editor'), VISUAL: '', NO_COLOR: '1' } },
      );
      return { output: stdout.replaceAll('\r', ''), code };
    }

    it('takes what is saved, and asks again with what is wrong', async () => {
      const dir = tempDir();
      await json(dir, 'add', 'spend', '--preset', 'daily_cost', '--threshold', '5');
      // First a mistake, then, when it is shown, the right number.
      const { output, code } = await edit(
        dir,
        `if grep -q 'must be a number' "$1"; then cp "$1" '${dir}/shown'; sed -i 's/many/7/' "$1"; else sed -i 's/threshold: 5/threshold: many/' "$1"; fi`,
      );
      expect(code, output).to.equal(0);
      expect(output).to.include('Changed spend: daily_cost day > $7.00.');
      expect(readFileSync(join(dir, 'shown'), 'utf8')).to.match(
        /^# rule "spend": "threshold" must be a number, not "many"\./,
      );
    });

    it('changes nothing when the file is left, emptied, or the editor fails', async () => {
      const dir = tempDir();
      await json(dir, 'add', 'spend', '--preset', 'daily_cost', '--threshold', '5');
      expect(await edit(dir, 'true')).to.deep.include({ code: 0, output: 'Nothing is changed in spend.\n' });
      expect(await edit(dir, ': > "$1"')).to.deep.include({
        code: 1,
        output: 'error: The file is empty: nothing was changed.\n',
      });
      expect((await edit(dir, 'exit 3')).code).to.equal(1);
      // A mistake that is not mended ends it.
      expect((await edit(dir, `sed -i 's/threshold: 5/threshold: many/' "$1"`)).output).to.match(
        /must be a number, not "many"/,
      );
      expect((await json(dir, 'list')).rules[0].input.threshold).to.equal(5);
    });

    it('needs a terminal', async () => {
      const dir = tempDir();
      await json(dir, 'add', 'spend', '--preset', 'daily_cost');
      expect(await refused(dir, 'edit', 'spend')).to.deep.equal({
        code: 2,
        stderr: 'error: There is no terminal for an editor. Give what to change: agent-vitals alerts edit --help.\n',
      });
    });
  });
});
