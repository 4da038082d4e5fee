// A real Redis server on a port and with a directory of its own. Needs `redis-server` (Debian: `apt-get install redis-server`).
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { startProcess } from './run-process.ts';
import { tempDir } from './temp-dir.ts';

export interface RedisServer {
  /** For `redisUrl`. */
  readonly url: string;
  readonly pid: number;
  /** Sends one command as text, `FLUSHALL` for example. @returns the first line of the answer. */
  command(text: string): Promise<string>;
  /** The same. @returns the whole answer, as Redis encodes it. */
  reply(text: string): Promise<string>;
  /** As a crash: what had not been written to its disk is lost. */
  kill(): Promise<void>;
  /** After it was killed or stopped: the same address, with what its disk has. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisOptions {
  readonly password?: string;
  /** As on its command line. */
  readonly settings?: readonly string[];
}

/** Whether it is installed. With `CI` set it must be: there nothing may be skipped. */
export function hasRedis(): boolean {
  const found = spawnSync('redis-server', ['--version']).status === 0;
  if (!found && process.env['CI']) throw new Error('redis-server is not installed (apt-get install redis-server)');
  return found;
}

export async function startRedis({ password, settings = [] }: RedisOptions = {}): Promise<RedisServer> {
  const dir = tempDir();
  const port = await freePort();
  const protection = password === undefined ? [] : ['--requirepass', password];
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, '--save', '', ...protection, ...settings];
  const reply = async (text: string): Promise<string> => {
    const connection = connect(port, '127.0.0.1');
    await once(connection, 'connect');
    let answer = '';
    for (const line of [...(password === undefined ? [] : [`AUTH ${password}`]), text]) {
      connection.write(`${line}\r\n`);
      [answer] = (await once(connection.setEncoding('utf8'), 'data')) as [string];
    }
    connection.destroy();
    return answer;
  };
  const command = async (text: string): Promise<string> => (await reply(text)).split('\r\n')[0] as string;
  const launch = async (): Promise<ReturnType<typeof startProcess>> => {
    const server = startProcess('redis-server', args, { cwd: dir, timeoutMillis: 600_000 });
    await eventually('redis-server', async () => (await command('PING')).startsWith('+') || undefined);
    return server;
  };
  let server = await launch();
  return {
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    get pid() {
      return server.pid;
    },
    command,
    reply,
    kill: async () => void (await server.stop('SIGKILL')),
    restart: async () => {
      server = await launch();
    },
    stop: async () => void (await server.stop()),
  };
}
