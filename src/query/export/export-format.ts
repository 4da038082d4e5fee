// What an export can be, and what it says of itself.
import { type JournalSummary } from '../question.ts';

export const EXPORT_FORMATS = ['jsonl', 'csv', 'parquet', 'otlp'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What was exported. */
export interface Exported {
  readonly calls: number;
  /** Of `otlp` the lines of the journal, which may hold other spans and several calls; else one for each call. */
  readonly lines: number;
  readonly journal: JournalSummary;
}

/** Parts of a file, to be written one after the other: bytes of `parquet`, else text. What was exported is returned at the end. */
export type ExportParts = AsyncGenerator<string | Uint8Array, Exported, void>;
