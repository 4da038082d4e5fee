// Calls as CSV after RFC 4180, safe to open in a spreadsheet.
import { type Call } from '../query/call.ts';

type Cell = string | number | boolean | null;

const COLUMNS: readonly (readonly [string, (call: Call) => Cell])[] = [
  ['time', (call) => new Date(call.timeMillis).toISOString()],
  ['operation', (call) => call.operation],
  ['provider', (call) => call.provider],
  ['request_model', (call) => call.requestModel],
  ['response_model', (call) => call.responseModel],
  ['stream', (call) => call.stream],
  ['outcome', (call) => call.outcome],
  ['error_type', (call) => call.errorType],
  ['duration_millis', (call) => call.durationMillis],
  ['time_to_first_chunk_millis', (call) => call.timeToFirstChunkMillis],
  ['input_tokens', (call) => call.tokens.input],
  ['output_tokens', (call) => call.tokens.output],
  ['cache_read_tokens', (call) => call.tokens.cacheRead],
  ['cache_creation_tokens', (call) => call.tokens.cacheCreation],
  ['reasoning_tokens', (call) => call.tokens.reasoning],
  ['cost_usd', (call) => call.costUsd?.total ?? null],
  ['cost_usd_input', (call) => call.costUsd?.input ?? null],
  ['cost_usd_cache_read', (call) => call.costUsd?.cacheRead ?? null],
  ['cost_usd_cache_write', (call) => call.costUsd?.cacheWrite ?? null],
  ['cost_usd_output', (call) => call.costUsd?.output ?? null],
  ['finish_reasons', (call) => call.finishReasons.join(' ')],
  ['workflow', (call) => call.workflow],
  ['stage', (call) => call.stage],
  ['tier', (call) => call.tier],
  ['agent', (call) => call.agent],
  ['user_hash', (call) => call.userHash],
  ['conversation_id', (call) => call.conversationId],
  ['response_id', (call) => call.responseId],
  ['trace_id', (call) => call.traceId],
  ['span_id', (call) => call.spanId],
];

// > Each record is located on a separate line, delimited by a line break (CRLF).
// https://www.rfc-editor.org/rfc/rfc4180#section-2
const LINE_BREAK = '\r\n';

export const CSV_HEADER = `${COLUMNS.map(([name]) => name).join(',')}${LINE_BREAK}`;

/** One call. What is unknown is an empty cell. */
export function csvRow(call: Call): string {
  return `${COLUMNS.map(([, cell]) => toCsv(cell(call))).join(',')}${LINE_BREAK}`;
}

function toCsv(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null ? '' : String(cell);
  // A text that a spreadsheet would run as a formula: names of workflows and models come from users. https://owasp.org/www-community/attacks/CSV_Injection
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  // > Fields containing line breaks (CRLF), double quotes, and commas should be enclosed in double-quotes.
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
