// What an export can be, and what it says of itself.
import { type JournalSummary } from '../question.ts';

export const EXPORT_FORMATS = ['jsonl', 'csv', 'parquet', 'otlp'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What a row of an export stands for. */
export const EXPORT_SUBJECTS = ['calls', 'runs'] as const;
export type ExportSubject = (typeof EXPORT_SUBJECTS)[number];

/** What was exported. */
export interface Exported {
  readonly calls: number;
  /** Of prompts, workflows and agents. */
  readonly runs: number;
  /** Of `otlp` the lines of the journal, which may hold other spans and several calls or runs; else one for each call or run. */
  readonly lines: number;
  readonly journal: JournalSummary;
}

/** Parts of a file, to be written one after the other: bytes of `parquet`, else text. What was exported is returned at the end. */
export type ExportParts<Part extends string | Uint8Array = string | Uint8Array> = AsyncGenerator<Part, Exported, void>;
