// A command on a terminal of a given width: a pseudo-terminal, which tells the command that people look at it.
import { type ProcessOptions, type ProcessResult, runProcess } from './run-process.ts';

/** @returns what stood on the terminal, stdout and stderr alike, with `\n` at the ends of lines. */
export async function runOnTerminal(
  command: readonly string[],
  columns: number,
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const quoted = command.map((part) => `'${part.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const script = `stty cols ${columns} rows 50; exec ${quoted}`;
  const result = await runProcess('script', ['--quiet', '--return', '--command', script, '/dev/null'], {
    ...options,
    // Where CI is set, Node takes no terminal for one that has colours.
    env: { TERM: 'xterm-256color', SHELL: '/bin/sh', CI: undefined, ...options.env },
  });
  return { ...result, stdout: result.stdout.replaceAll('\r\n', '\n') };
}
