// A column of a table for other programs: what rows have in it, and of which type that is.

/** `null` is unknown. A time is in milliseconds since the epoch. */
export type FieldValue = string | number | boolean | readonly unknown[] | null;

export interface Field<Row> {
  readonly name: string;
  readonly type: 'time' | 'text' | 'integer' | 'number' | 'boolean' | 'list';
  readonly valueOf: (row: Row) => FieldValue;
}
