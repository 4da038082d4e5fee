// The journal as it lies on disk, read without any code of ours: what a stranger's tool would see.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attribute, type OtlpRecord, recordsOf } from './otlp-records.ts';

/** Every line of every journal file of `signal` under the data directory `dir`, oldest file first. Fails on a torn last line. */
export function journalLines(dir: string, signal: 'traces' | 'logs' | 'metrics'): string[] {
  return journalFiles(dir, signal).flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    if (text !== '' && !text.endsWith('\n')) throw new Error(`${path} ends within a line`);
    return text.split('\n').slice(0, -1);
  });
}

export function journalFiles(dir: string, signal: 'traces' | 'logs' | 'metrics'): string[] {
  const journal = join(dir, 'journal');
  let names: string[];
  try {
    names = readdirSync(journal);
  } catch {
    // No journal yet.
    return [];
  }
  return names
    .filter((name) => name.startsWith(`${signal}-`) && name.endsWith('.jsonl'))
    .sort()
    .map((name) => join(journal, name));
}

/** Spans of model calls in the journal. */
export function inferenceSpans(dir: string): OtlpRecord['record'][] {
  return recordsOf(journalLines(dir, 'traces'))
    .map(({ record }) => record)
    .filter((span) => attribute(span, 'gen_ai.request.model') !== undefined);
}

/** Every file below `dir`, with its bytes as text (latin1, so that nothing is lost). */
export function allFiles(dir: string): { path: string; text: string }[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, text: readFileSync(path, 'latin1') }));
}
