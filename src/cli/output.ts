// The only way out of the commands: answers to stdout, everything else to stderr. Knows what a terminal is and what a closed pipe means.
import { once } from 'node:events';
import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

// The types of the oldest Node do not know the third parameter yet; that Node does.
const styled: (style: Style, text: string, options: { stream: NodeJS.WriteStream }) => string = styleText;

/** An answer, or a line of one. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/** Part of a long answer. Resolves when there is room for more, so that a slow reader does not fill our memory. */
export async function printPart(
  part: string | Uint8Array,
  stream: NodeJS.WritableStream = process.stdout,
): Promise<void> {
  if (!stream.write(part)) await once(stream, 'drain');
}

/** Something a person should know beside the answer. */
export function note(text: string): void {
  process.stderr.write(`${paint('yellow', 'note:', process.stderr)} ${text}\n`);
}

/** To a person who waits for what comes: why nothing happens, and what ends it. */
export function noteFollowing(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${paint('dim', `following ${what}, Ctrl-C ends`, process.stderr)}\n`);
}

export function complain(text: string): void {
  process.stderr.write(`${paint('red', 'error:', process.stderr)} ${text}\n`);
}

/** Colour where `stream` is a terminal; `NO_COLOR` and `FORCE_COLOR` decide otherwise. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styled(style, text, { stream });
}

/** Columns of the terminal; `undefined` when the answer goes elsewhere and is neither cut nor folded. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns || 80 : undefined;
}

/** A reader that has seen enough (`| head`) is no failure. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    complain(`cannot write the answer: ${error.message}`);
    process.exit(1);
  });
  process.stderr.on('error', () => {
    // There is nobody left to tell.
  });
}
