// Tells a program of the user: the generic JSON body on its stdin. What it prints is read by nobody; what it starts dies with it when it takes too long.
import { spawn } from 'node:child_process';
import type { CommandChannel } from './channel.ts';
import { genericBody } from './formats/generic.ts';
import type { Message } from './message.ts';
import type { Attempt } from './outcome.ts';

/** Never rejects. */
export function tellCommand({ command, timeoutMillis }: CommandChannel, message: Message): Promise<Attempt> {
  const [program = '', ...args] = command.map((text) => text.reveal());
  const { promise, resolve: settle } = Promise.withResolvers<Attempt>();
  // A program that is a Node.js app is not to be observed as the host is.
  const { NODE_OPTIONS: _, ...env } = process.env;
  let child: ReturnType<typeof spawn>;
  try {
    child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], env, detached: true, windowsHide: true });
  } catch (error) {
    return Promise.resolve(unstarted(error as NodeJS.ErrnoException));
  }
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killGroup(child.pid);
  }, timeoutMillis);
  timer.unref();
  child.unref();
  child.on('error', (error) => settle(unstarted(error)));
  child.on('exit', (code, signal) => {
    clearTimeout(timer);
    if (code === 0) settle({ outcome: 'delivered' });
    else if (isLate) settle({ outcome: 'failed', reason: 'timeout' });
    else settle({ outcome: 'failed', reason: code === null ? `signal_${signal?.toLowerCase()}` : `exit_${code}` });
  });
  // A program that does not read what it is told may still do what it is for.
  child.stdin?.on('error', () => {});
  child.stdin?.end(`${JSON.stringify(genericBody(message))}\n`);
  return promise;
}

function unstarted({ code }: NodeJS.ErrnoException): Attempt {
  return { outcome: 'given_up', reason: `command_${(code ?? 'failed').toLowerCase()}` };
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
