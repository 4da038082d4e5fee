// What a child process is doing, by what Linux says of it in /proc.
import { readFileSync } from 'node:fs';
import { eventually } from './eventually.ts';

/** Waits until the process is in `state`: `S` waits for something to happen, so that its event-loop turn is over; `T` is stopped. */
export async function inState(pid: number, state: 'S' | 'T'): Promise<void> {
  await eventually(`process ${pid} in state ${state}`, () =>
    new RegExp(`^\\d+ \\(.*\\) ${state}`).test(readFileSync(`/proc/${pid}/stat`, 'utf8')),
  );
}
