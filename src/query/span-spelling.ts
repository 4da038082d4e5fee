// What is the same in every span of OTLP/JSON, in the ways in which it is written. The scanner compares it with the bytes of a line.
import { literal } from './json-bytes.ts';

/** A span's fields. Those that are read have names below. */
const FIELDS = [
  '"traceId":"',
  '"spanId":"',
  '"startTimeUnixNano":',
  '"endTimeUnixNano":',
  '"attributes":[',
  '"status":{',
  '"parentSpanId":"',
  '"traceState":"',
  '"name":"',
  '"flags":',
  '"kind":',
  '"droppedAttributesCount":',
  '"droppedEventsCount":',
  '"droppedLinksCount":',
  '"events":',
  '"links":',
];
export const FIELD_COUNT = FIELDS.length;
export const [TRACE_ID, SPAN_ID, START, END, ATTRIBUTES, STATUS, LAST_TEXT, LAST_DIGITS] = [0, 1, 2, 3, 4, 5, 8, 13];
const VALUE_STARTS = ['stringValue":"', 'intValue":', 'doubleValue":', 'boolValue":', 'arrayValue":{"values":['];
export const [STRING, INT, DOUBLE, BOOL] = [0, 1, 2, 3];

/** With a blank behind each colon and comma, or none. */
function spelling(gap: '' | ' ') {
  const spelled = (text: string): string => text.replaceAll('":', `":${gap}`).replaceAll(',"', `,${gap}"`);
  return {
    gap: gap.length,
    spans: spelled('"spans":['),
    fields: FIELDS.map((start) => literal(spelled(start))),
    valueStarts: VALUE_STARTS.map((start) => literal(spelled(start))),
    key: literal(spelled('{"key":"')),
    value: literal(spelled('","value":{"')),
    text: literal(spelled('{"stringValue":"')),
    code: literal(spelled('"code":')),
    message: literal(spelled('"message":"')),
  };
}

export const SPELLINGS = [spelling(''), spelling(' ')] as const;
export type Spelling = (typeof SPELLINGS)[number];
