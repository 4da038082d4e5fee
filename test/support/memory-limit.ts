// A control group with little memory, in which the kernel kills a process that wants more.
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MemoryLimit {
  /** Command and arguments that run `command` under the limit. */
  readonly wrap: (command: string, args: readonly string[]) => [string, string[]];
  /** When all processes in it are gone. */
  readonly remove: () => void;
}

/** Control groups of version 1 and 2: where they lie, and the file of the limit. */
const HIERARCHIES = [
  ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
  ['/sys/fs/cgroup', 'memory.max'],
] as const;

/** `undefined` where none can be made: without root, or in a container that is not given its own. */
export function limitMemory(bytes: number): MemoryLimit | undefined {
  for (const [root, limit] of HIERARCHIES) {
    const group = join(root, `agent-vitals-test-${process.pid}`);
    try {
      mkdirSync(group);
    } catch {
      continue;
    }
    const remove = () => rmdirSync(group);
    try {
      writeFileSync(join(group, limit), String(bytes));
    } catch {
      remove();
      continue;
    }
    const script = `echo $$ > '${join(group, 'cgroup.procs')}' && exec "$@"`;
    return { wrap: (command, args) => ['sh', ['-c', script, 'sh', command, ...args]], remove };
  }
  return undefined;
}
