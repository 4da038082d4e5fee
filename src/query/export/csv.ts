// Calls as CSV after RFC 4180, safe to open in a spreadsheet.
import { type Call } from '../call.ts';
import { CALL_FIELDS, type CallField } from './call-fields.ts';

// > Each record is located on a separate line, delimited by a line break (CRLF).
// https://www.rfc-editor.org/rfc/rfc4180#section-2
const LINE_BREAK = '\r\n';

export const CSV_HEADER = `${CALL_FIELDS.map(({ name }) => name).join(',')}${LINE_BREAK}`;

/** One call. What is unknown is an empty cell. */
export function csvRow(call: Call): string {
  return `${CALL_FIELDS.map((field) => toCsv(field, call)).join(',')}${LINE_BREAK}`;
}

function toCsv({ type, valueOf }: CallField, call: Call): string {
  const cell = valueOf(call);
  if (type === 'time') return new Date(cell as number).toISOString();
  if (typeof cell !== 'string') return cell === null ? '' : String(cell);
  // A text that a spreadsheet would run as a formula: names of workflows and models come from users. https://owasp.org/www-community/attacks/CSV_Injection
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  // > Fields containing line breaks (CRLF), double quotes, and commas should be enclosed in double-quotes.
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
