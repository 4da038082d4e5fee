// When a child process waits for something to happen: then its event-loop turn is over. By what Linux says of it in /proc.
import { readFileSync } from 'node:fs';
import { eventually } from './eventually.ts';

export async function asleep(pid: number): Promise<void> {
  await eventually(`process ${pid} asleep`, () => /^\d+ \(.*\) S/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
}
