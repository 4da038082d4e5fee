// One log record (our events are log records with an event name) as one OTLP/JSON line. Never throws, whatever its body holds.
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { encodeAnyValue, encodeAttributes, encodeId, encodeTime, quote } from './any-value.ts';
import { LINE_END, lineHeads } from './line.ts';

const head = lineHeads('logs');

/** A complete `LogsData` line for one record, without the newline. */
export function encodeLogRecord(record: ReadableLogRecord): string {
  const { text, skipped } = encodeAttributes(record.attributes);
  const dropped = record.droppedAttributesCount + skipped;
  const body = encodeBody(record.body);
  const context = record.spanContext;
  let line =
    `${head(record.resource, record.instrumentationScope)}{"timeUnixNano":${encodeTime(record.hrTime)}` +
    `,"observedTimeUnixNano":${encodeTime(record.hrTimeObserved)}`;
  if (record.severityNumber) line += `,"severityNumber":${record.severityNumber}`;
  if (record.severityText) line += `,"severityText":${quote(record.severityText)}`;
  if (record.eventName) line += `,"eventName":${quote(record.eventName)}`;
  if (body) line += `,"body":${body}`;
  line += `,"attributes":[${text}]`;
  if (dropped) line += `,"droppedAttributesCount":${dropped}`;
  if (context) {
    line += `,"traceId":${encodeId(context.traceId)},"spanId":${encodeId(context.spanId)},"flags":${context.traceFlags & 0xff}`;
  }
  return `${line}}${LINE_END}`;
}

function encodeBody(body: unknown): string {
  try {
    return encodeAnyValue(body);
  } catch {
    return '';
  }
}
