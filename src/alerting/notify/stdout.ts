// Tells who looks at a terminal. The command line prints on its stdout; a host's stdout is the host's, so there it is stderr: who asked for this channel wants to see it.
import { cut, headingOf, labelsText, type Message, valueOf } from './message.ts';
import type { Attempt } from './outcome.ts';

/** Writes one line, without its end. */
export type Print = (line: string) => void;

export const printToStderr: Print = (line) => process.stderr.write(`agent-vitals: ${line}\n`);

const MAX_TEXT_LENGTH = 500;

/** A line an alert. */
export function tellTerminal(message: Message, print: Print): Attempt {
  try {
    for (const line of linesOf(message)) print(oneLine(line));
    return { outcome: 'delivered' };
  } catch {
    // A closed terminal stays closed.
    return { outcome: 'given_up', reason: 'closed' };
  }
}

function linesOf(message: Message): string[] {
  if (message.alerts.length === 0) return [message.text === '' ? message.title : `${message.title}: ${message.text}`];
  return message.alerts.map((alert) => {
    const labels = labelsText(alert);
    const parts = [
      valueOf(alert),
      ...(alert.description === '' ? [] : [alert.description]),
      ...(labels === '' ? [] : [labels]),
    ];
    return `${headingOf(alert)}: ${parts.join('; ')}`;
  });
}

/** No label moves somebody's cursor. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return cut(text.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' '), MAX_TEXT_LENGTH);
}
