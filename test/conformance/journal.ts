// Reads spans back from a journal, as plain as a stranger with the OTLP specification would.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface JournalSpan {
  readonly name: string;
  readonly scope: string;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly statusCode: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** All spans under the directory, oldest start first; none when there is no journal. */
export async function readSpans(directory: string): Promise<JournalSpan[]> {
  const names = await readdir(directory).catch(() => []);
  const files = names.filter((name) => /^traces-.*\.jsonl$/.test(name));
  const spans: JournalSpan[] = [];
  for (const file of files) {
    const lines = (await readFile(join(directory, file), 'utf8')).split('\n').filter(Boolean);
    for (const line of lines) spans.push(...spansOf(JSON.parse(line)));
  }
  return spans.sort((a, b) => Number(a.startNanos - b.startNanos));
}

function spansOf(traces: any): JournalSpan[] {
  return traces.resourceSpans.flatMap((resource: any) =>
    resource.scopeSpans.flatMap((scope: any) =>
      scope.spans.map((span: any) => ({
        name: span.name,
        scope: scope.scope.name,
        startNanos: BigInt(span.startTimeUnixNano),
        endNanos: BigInt(span.endTimeUnixNano),
        statusCode: span.status?.code ?? 0,
        attributes: Object.fromEntries(span.attributes.map(({ key, value }: any) => [key, plain(value)])),
      })),
    ),
  );
}

function plain(value: any): unknown {
  if ('stringValue' in value) return value.stringValue;
  if ('boolValue' in value) return value.boolValue;
  if ('intValue' in value) return Number(value.intValue);
  if ('doubleValue' in value) return value.doubleValue;
  if ('arrayValue' in value) return (value.arrayValue.values ?? []).map(plain);
  return value;
}
