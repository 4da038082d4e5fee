// Whether what is typed at a terminal, as Ctrl-C, reaches this process and its children alike.
import { closeSync, openSync, readFileSync } from 'node:fs';

/** Whether this process is in the foreground group of its terminal. False without a terminal. */
export function isForeground(): boolean {
  try {
    // pid (name) state ppid pgrp session tty_nr tpgid: the name may hold spaces and parentheses itself.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[2] === fields[5];
  } catch {
    // No Linux: a terminal that can be opened is taken for one that we are in the foreground of.
    return hasTerminal();
  }
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
