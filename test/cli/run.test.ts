import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { withRegister } from '../../src/cli/commands/run.ts';
import { runBuiltCli, runCliInShell, startBuiltCli } from '../support/cli.ts';
import { cleanEnv } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('agent-vitals run', function () {
  this.timeout(60_000);
  after(removeTempDirs);

  it('gives the command the flag, beside what NODE_OPTIONS holds', async () => {
    const script = ['run', '--', 'sh', '-c', 'printf %s "$NODE_OPTIONS"'];
    expect((await runBuiltCli(script)).stdout).to.match(/^--import=file:\/\/\S+\/dist\/register\.cjs$/);
    const env = { NODE_OPTIONS: '--max-old-space-size=512 --title="a b"' };
    expect((await runBuiltCli(script, { env })).stdout).to.match(
      /^--max-old-space-size=512 --title="a b" --import=file:\S+$/,
    );
  });

  it('gives the flag once, however often it is nested', () => {
    const given = withRegister('--title=x');
    expect(withRegister(given)).to.equal(given);
  });

  it('starts a Node program under it', async () => {
    const dir = tempDir();
    const { code, stdout } = await runBuiltCli(
      ['run', '--dir', dir, '--', process.execPath, '-p', 'process.env.AGENT_VITALS_DIR'],
      {
        env: { OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
      },
    );
    expect([code, stdout]).to.deep.equal([0, `${dir}\n`]);
  });

  it('passes messages between the command and the parent, and ends with it', async () => {
    const script = "process.on('message', (message) => process.send({ echo: message }, () => process.disconnect()))";
    const bin = fileURLToPath(new URL('../../dist/bin/agent-vitals.cjs', import.meta.url));
    const env = { ...cleanEnv(), OTEL_EXPORTER_PROMETHEUS_PORT: '0', AGENT_VITALS_DIR: tempDir() };
    const child = fork(bin, ['run', '--', process.execPath, '-e', script], { env, execArgv: [] });
    child.send('hello');
    const [[message], [code]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
    expect([message, code]).to.deep.equal([{ echo: 'hello' }, 0]);
  });

  it('leaves the arguments of the command alone', async () => {
    const args = ['--dir', 'x', '--help', '-n', '', 'a b', '--', '--json', '*', '"'];
    for (const before of [['run', '--'], ['run']]) {
      const { stdout } = await runBuiltCli([...before, 'printf', '[%s]', ...args]);
      expect(stdout).to.equal(args.map((arg) => `[${arg}]`).join(''));
    }
  });

  it('is the command to the outside: stdin, stdout, stderr and exit code', async () => {
    const { code, stdout, stderr } = await runBuiltCli(['run', '--', 'sh', '-c', 'cat; echo err >&2; exit 42'], {
      input: 'hello',
    });
    expect({ code, stdout, stderr }).to.deep.equal({ code: 42, stdout: 'hello', stderr: 'err\n' });
  });

  it('dies of the signal that the command died of', async () => {
    for (const signal of ['TERM', 'KILL', 'HUP'] as const) {
      const result = await runBuiltCli(['run', '--', 'sh', '-c', `kill -${signal} $$`]);
      expect([result.code, result.signal]).to.deep.equal([null, `SIG${signal}`]);
    }
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) {
    it(`passes ${signal} on, once, and ends as the command then does`, async () => {
      const name = signal.slice(3);
      const script = `n=0; trap 'n=$((n+1)); echo "got $n"' ${name}; echo ready; while [ $n = 0 ]; do sleep 0.05; done; sleep 0.3; echo "in all $n"; exit 5`;
      const running = startBuiltCli(['run', '--', 'bash', '-c', script]);
      await running.printed('ready');
      const { code, stdout } = await running.stop(signal);
      expect(code).to.equal(5);
      expect(stdout).to.equal('ready\ngot 1\nin all 1\n');
    });
  }

  it('does not send Ctrl-C again to a command that the terminal sent it to', async () => {
    // script(1) is the terminal: the character of Ctrl-C on its input interrupts the foreground group. Its shell is in that group too,
    // and some shells die of the signal whatever the command does: hence exec.
    const dir = tempDir();
    const child = join(dir, 'child.cjs');
    writeFileSync(
      child,
      `let count = 0;
       process.on('SIGINT', () => { if (++count === 1) setTimeout(() => { console.log('in all ' + count); process.exit(6); }, 500); });
       setInterval(() => {}, 1000);
       console.log('ready');`,
    );
    const { stdout } = await runCliInShell(
      `mkfifo '${dir}/keys'
       timeout 30 script -qefc "exec $BUILT run -- env -u NODE_OPTIONS '${process.execPath}' '${child}'" '${dir}/out' <'${dir}/keys' & exec 3>'${dir}/keys'
       until grep -q ready '${dir}/out' || ! kill -0 $!; do sleep 0.05; done
       printf '\\003' >&3; wait $!; echo "code $?"`,
    );
    expect(stdout).to.include('in all 1');
    expect(stdout).to.include('code 6');
  });

  it('says so when there is no such command, or it is none', async () => {
    const missing = await runBuiltCli(['run', '--', 'no-such-command-here']);
    expect(missing.code).to.equal(127);
    expect(missing.stderr).to.equal('error: no-such-command-here: command not found\n');
    const dir = tempDir();
    const file = join(dir, 'plain.txt');
    writeFileSync(file, 'x', { mode: 0o644 });
    for (const path of [file, dir]) {
      const { code, stderr } = await runBuiltCli(['run', '--', path]);
      expect(code).to.equal(126);
      expect(stderr).to.include('cannot be executed (EACCES)');
    }
  });

  it('runs npm scripts', async () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ scripts: { hi: 'exit 3' } }));
    const { code } = await runBuiltCli(['run', '--', 'npm', '--silent', 'run', 'hi'], { cwd: dir });
    expect(code).to.equal(3);
  });
});
