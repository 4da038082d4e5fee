// A file system of its own in memory, small enough to be filled and free to be made read-only. Needs root; CI must have it.
import { spawnSync } from 'node:child_process';

export interface SmallDisk {
  /** Whether it takes no writes. Cannot be changed while a file on it is open for writing. */
  setReadOnly(on: boolean): void;
  remove(): void;
}

/** Over the directory `dir`; `undefined` where nothing can be mounted. */
export function mountSmallDisk(dir: string, bytes: number): SmallDisk | undefined {
  const run = (command: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
  };
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', dir);
  } catch (error) {
    if (process.env['CI'] && process.getuid?.() === 0) throw error;
    return undefined;
  }
  return {
    setReadOnly: (on) => run('mount', '-o', `remount,${on ? 'ro' : 'rw'}`, dir),
    remove: () => run('umount', dir),
  };
}
