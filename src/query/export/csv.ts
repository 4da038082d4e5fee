// Rows as CSV after RFC 4180, safe to open in a spreadsheet.
import { type Field } from './field.ts';

// > Each record is located on a separate line, delimited by a line break (CRLF).
// https://www.rfc-editor.org/rfc/rfc4180#section-2
const LINE_BREAK = '\r\n';

export function csvHeader(fields: readonly Field<never>[]): string {
  return `${fields.map(({ name }) => name).join(',')}${LINE_BREAK}`;
}

/** One record. What is unknown is an empty cell. */
export function csvRow<Row>(fields: readonly Field<Row>[], row: Row): string {
  return `${fields.map((field) => toCsv(field, row)).join(',')}${LINE_BREAK}`;
}

function toCsv<Row>({ type, valueOf }: Field<Row>, row: Row): string {
  const cell = valueOf(row);
  if (cell === null) return '';
  if (type === 'time') return new Date(cell as number).toISOString();
  if (typeof cell === 'object') return quoted(JSON.stringify(cell));
  // A text that a spreadsheet would run as a formula: names of workflows and models come from users. https://owasp.org/www-community/attacks/CSV_Injection
  if (typeof cell === 'string') return quoted(/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell);
  return String(cell);
}

/** > Fields containing line breaks (CRLF), double quotes, and commas should be enclosed in double-quotes. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
