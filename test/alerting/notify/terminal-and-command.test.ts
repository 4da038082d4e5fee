import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { anAlert, HOUR } from './an-alert.ts';
import { Notifying } from './notifying.ts';
import { notify } from './start-notifying.ts';

describe('a channel of the terminal', () => {
  it('prints a line an alert, and nothing that moves the cursor', async () => {
    const notifying = new Notifying({ ops: { type: 'stdout' } });
    notifying.notifier.publish(anAlert(), HOUR);
    notifying.notifier.publish(anAlert({ rule: 'two', description: 'a\n\u001b[2Jb', labels: {}, value: null }), HOUR);
    await notifying.told(1);
    expect(notifying.printed).to.deep.equal([
      'WARNING daily_cost: $12.5 > $10; The day has cost more than 10 USD; gen_ai.request.model=gpt-5',
      'WARNING two: no data; a [2Jb',
    ]);
    notifying.close();
  });

  it('is stderr in a host, whose stdout is its own', async () => {
    const { printed } = await notify({ dir: tempDir(), channels: { ops: { type: 'stdout' } }, alerts: [anAlert()] });
    const [stdout = '', stderr = ''] = printed.split('agent-vitals: ');
    expect(stderr).to.match(/^WARNING daily_cost: /);
    expect(stdout).not.to.include('WARNING');
  });
});

describe('a channel of a program', () => {
  let notifying: Notifying;
  afterEach(() => notifying.close());

  const run = async (command: string[], timeoutMillis = 20_000): Promise<string[]> => {
    notifying = new Notifying({ ops: { type: 'command', command, timeoutMillis } });
    notifying.notifier.publish(anAlert(), HOUR);
    return notifying.told(1);
  };
  const node = (code: string, ...args: string[]): string[] => [process.execPath, '-e', code, ...args];

  it('gets the generic body on its stdin, and its arguments as they are', async () => {
    const file = join(tempDir(), 'got');
    const code = `let text = ''; process.stdin.on('data', (chunk) => (text += chunk)).on('end', () => require('fs').writeFileSync(process.argv[1], process.argv[2] + text))`;
    expect(await run(node(code, file, '$HOME; `id`'))).to.deep.equal(['ops delivered']);
    const text = readFileSync(file, 'utf8');
    expect(text.startsWith('$HOME; `id`{')).to.equal(true);
    expect(JSON.parse(text.slice('$HOME; `id`'.length))).to.deep.include({ version: 1, status: 'firing' });
  });

  it('has failed when it says so, and its words are nobody\u2019s', async () => {
    expect(await run(node(`console.log('CANARY'); console.error('CANARY'); process.exit(3)`))).to.deep.equal([
      'ops failed exit_3',
    ]);
    expect(JSON.stringify(notifying.history())).not.to.include('CANARY');
  });

  it('does not have to read what it is told', async () => {
    expect(await run(['true'])).to.deep.equal(['ops delivered']);
  });

  it('that cannot be started is given up', async () => {
    expect(await run(['/nowhere/at-all'])).to.deep.equal(['ops given_up command_enoent']);
  });

  it('is killed with all it started when it takes too long', async () => {
    const file = join(tempDir(), 'pid');
    const code = `const { pid } = require('child_process').spawn('sleep', ['600'], { stdio: 'ignore' }); require('fs').writeFileSync(process.argv[1], String(pid)); setInterval(() => {}, 1000)`;
    expect(await run(node(code, file), 3000)).to.deep.equal(['ops failed timeout']);
    expect(existsSync(file)).to.equal(true);
    const pid = Number(readFileSync(file, 'utf8'));
    await eventually('its child is gone', () => {
      try {
        return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z');
      } catch {
        return true;
      }
    });
  });
});
