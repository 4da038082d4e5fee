// Whether the process that wrote a file still lives. Knows this machine's (or container's) processes only.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Whose process ids we can ask about: those of containers that share a name are not ours. */
export const HERE = `${hostname()} ${processNamespace()}`.trim();

/** A zombie or a dead one: its parent has not asked how it ended. */
const OVER = /[ZXx]/;

/** @param startedAt what {@link processStart} gave then: process ids are given again. */
export function isAlive(pid: number, startedAt?: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = statOf(pid);
  if (stat === undefined) return true;
  return !OVER.test(stat.state) && (startedAt === undefined || stat.startedAt === startedAt);
}

/** When a process was started, in a unit of the system's own; `undefined` where the system does not tell. */
export function processStart(pid: number): string | undefined {
  return statOf(pid)?.startedAt;
}

function statOf(pid: number): { readonly state: string; readonly startedAt: string | undefined } | undefined {
  try {
    // pid (name) state ppid … starttime is the 22nd: the name may hold spaces and parentheses itself.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startedAt: fields[19] };
  } catch {
    return undefined;
  }
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
