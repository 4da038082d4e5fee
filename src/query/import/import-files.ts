// Takes calls and runs that other programs wrote into the journal: OTLP/JSON lines, as of a collector's file exporter, and the flat usage log that
// agent-vitals replaces. What the journal has already is not taken again, whichever file it comes in.
import { createHash } from 'node:crypto';
import { createReadStream, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Attributes, SpanStatusCode } from '@opentelemetry/api';
import { JOURNAL_DIRECTORY, makeDataDirectory } from '../../internal/data-directory.ts';
import { type Pricing } from '../../pricing/pricing.ts';
import * as names from '../../semconv.ts';
import { type Call, readCalls } from '../call.ts';
import { LineSplitter } from '../line-splitter.ts';
import { isObject } from '../otlp-json.ts';
import { type Run, readRuns } from '../run.ts';
import { attributesOf, encodeAttributes } from './attributes.ts';
import { isLegacyEntry, type LegacyOptions, legacySpan } from './legacy-line.ts';

export interface ImportOptions extends Partial<LegacyOptions> {
  /** Called after each piece with the bytes read so far, of all files together. */
  readonly onProgress?: ((readBytes: number) => void) | undefined;
}

/** What of a span of another program may be written, under the conventions' names. */
export interface Privacy extends LegacyOptions {
  readonly cleanSpan: (span: ForeignSpan) => { readonly name: string; readonly attributes: Attributes };
}

interface ForeignSpan {
  readonly name: string;
  readonly attributes: Attributes;
  /** Of the instrumentation. */
  readonly scopeName: string;
  readonly statusCode: SpanStatusCode;
}

interface ImportRules extends Privacy, Pick<ImportOptions, 'onProgress'> {
  readonly pricing: Pricing;
}

export interface Imported {
  /** Calls and runs that are in the journal now, and were not before. */
  readonly calls: number;
  readonly runs: number;
  /** Calls and runs that the journal had. */
  readonly alreadyThere: number;
  /** Spans that are neither, and are left out. */
  readonly otherSpans: number;
  readonly lines: number;
  /** Lines that are neither OTLP/JSON of traces nor entries of the usage log. */
  readonly unknownLines: number;
}

/** Bytes of lines that go into one file of the journal. */
const FILE_BYTES = 32 * 1024 * 1024;

/**
 * @param known ids of the trace and the span, together, of what the journal has.
 * @throws what the file system throws. What was written until then stays, and is not taken again.
 */
export async function importFiles(
  dir: string,
  paths: readonly string[],
  known: Set<string>,
  options: ImportRules,
): Promise<Imported> {
  const writer = new ImportWriter(dir, known, options);
  let readBytes = 0;
  for (const path of paths) {
    const splitter = new LineSplitter();
    // Lines alike are the first, the second, ... of a file: in a file that grew they are the same again.
    const same = new Map<string, number>();
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
      for (const line of splitter.push(chunk)) writer.take(line, same);
      writer.unknownLines(splitter.takeBroken());
      options.onProgress?.((readBytes += chunk.length));
    }
    for (const line of splitter.end()) writer.take(line, same);
    writer.unknownLines(splitter.takeBroken());
  }
  writer.flush();
  return writer.imported;
}

class ImportWriter {
  readonly imported = { calls: 0, runs: 0, alreadyThere: 0, otherSpans: 0, lines: 0, unknownLines: 0 };
  readonly #dir: string;
  readonly #known: Set<string>;
  readonly #options: ImportRules;
  #lines: string[] = [];
  #bytes = 0;

  constructor(dir: string, known: Set<string>, options: ImportRules) {
    this.#dir = dir;
    this.#known = known;
    this.#options = options;
  }

  take(line: string, same: Map<string, number>): void {
    this.imported.lines += 1;
    const data = parse(line);
    if (isObject(data) && Array.isArray(data.resourceSpans)) this.#takeTraces(data.resourceSpans);
    else if (isObject(data) && isLegacyEntry(data)) this.#takeEntry(line, data, same);
    else this.imported.unknownLines += 1;
  }

  /** Lines that could not even be made a text. */
  unknownLines(count: number): void {
    this.imported.lines += count;
    this.imported.unknownLines += count;
  }

  /** Renamed into the journal when it is whole: nobody reads half of it. */
  flush(): void {
    if (this.#lines.length === 0) return;
    const text = this.#lines.join('');
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
    const journal = makeDataDirectory(this.#dir, JOURNAL_DIRECTORY);
    const unfinished = join(journal, `imported-${hash}.${process.pid}.unfinished`);
    try {
      writeFileSync(unfinished, text, { mode: 0o600 });
      renameSync(unfinished, join(journal, `traces-imported-${hash}.jsonl`));
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    }
    this.#lines = [];
    this.#bytes = 0;
  }

  #takeEntry(line: string, entry: Record<string, unknown>, same: Map<string, number>): void {
    const before = same.get(line) ?? 0;
    same.set(line, before + 1);
    const span = legacySpan(line, entry, before, this.#options);
    if (span === undefined) {
      this.imported.unknownLines += 1;
      return;
    }
    const resource = { attributes: [{ key: names.SERVICE_NAME, value: { stringValue: 'imported' } }] };
    this.#takeSpan(span, resource, { name: names.SCOPE_NAME });
  }

  #takeTraces(resources: readonly unknown[]): void {
    for (const one of resources.filter(isObject)) {
      for (const scope of listOf(one.scopeSpans)) {
        for (const span of listOf(scope.spans)) this.#takeSpan(span, one.resource, scope.scope);
      }
    }
  }

  #takeSpan(given: object, resource: unknown, scope: unknown): void {
    const lineOf = (one: object): string =>
      JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [one] }] }] });
    const span = this.#cleaned(given, scope);
    const line = lineOf(span);
    const calls: Call[] = [];
    const runs: Run[] = [];
    readCalls(line, calls);
    readRuns(line, runs);
    const [found] = [...calls, ...runs];
    if (found === undefined) {
      this.imported.otherSpans += 1;
      return;
    }
    const id = idOf(found);
    if (this.#known.has(id)) {
      this.imported.alreadyThere += 1;
      return;
    }
    this.#known.add(id);
    this.imported.calls += calls.length;
    this.imported.runs += runs.length;
    const [call] = calls;
    this.#write(call === undefined ? line : lineOf(this.#priced(span, call)));
  }

  /** Events, links and the message of the status are not taken along: no question is about them, and they hold what people wrote. */
  #cleaned(given: object, scope: unknown): object {
    const span = given as Record<string, unknown>;
    const { traceId, spanId, parentSpanId, flags, kind, startTimeUnixNano, endTimeUnixNano, status } = span;
    const statusCode =
      isObject(status) && status.code === SpanStatusCode.ERROR ? SpanStatusCode.ERROR : SpanStatusCode.UNSET;
    const { name, attributes } = this.#options.cleanSpan({
      name: typeof span.name === 'string' ? span.name : '',
      attributes: attributesOf(span.attributes),
      scopeName: isObject(scope) && typeof scope.name === 'string' ? scope.name : '',
      statusCode,
    });
    return {
      traceId,
      spanId,
      parentSpanId,
      flags,
      name,
      kind,
      startTimeUnixNano,
      endTimeUnixNano,
      attributes: encodeAttributes(attributes),
      ...(statusCode !== SpanStatusCode.UNSET && { status: { code: statusCode } }),
    };
  }

  /** With what it cost, or saved as a hit of a cache of the app, where whoever made the span did not say and it is known. */
  #priced(span: object, call: Call): object {
    const { costUsd, tokens, provider, requestModel, responseModel, timeMillis, saved } = call;
    const asked = {
      provider: provider ?? undefined,
      model: responseModel ?? requestModel ?? undefined,
      requestModel: requestModel ?? undefined,
      at: timeMillis,
    };
    if (call.cacheHit && saved.usd === null) {
      const usage = { input: saved.inputTokens ?? undefined, output: saved.outputTokens ?? undefined };
      const savedUsd = this.#options.pricing.priceOf({ ...asked, usage })?.totalUsd;
      return savedUsd === undefined ? span : withNumbers(span, { [names.AGENT_VITALS_CACHE_SAVED_USD]: savedUsd });
    }
    if (costUsd !== null) return span;
    const cost = this.#options.pricing.priceOf({
      ...asked,
      usage: {
        input: tokens.input ?? undefined,
        output: tokens.output ?? undefined,
        cacheRead: tokens.cacheRead ?? undefined,
        cacheWrite: tokens.cacheCreation ?? undefined,
        cacheWrite1h: tokens.cacheCreation1h ?? undefined,
        reasoning: tokens.reasoning ?? undefined,
      },
    });
    if (cost === undefined) return span;
    return withNumbers(span, {
      [names.AGENT_VITALS_COST_USD]: cost.totalUsd,
      [names.AGENT_VITALS_COST_USD_INPUT]: cost.inputUsd,
      [names.AGENT_VITALS_COST_USD_CACHE_READ]: cost.cacheReadUsd,
      [names.AGENT_VITALS_COST_USD_CACHE_WRITE]: cost.cacheWriteUsd,
      [names.AGENT_VITALS_COST_USD_OUTPUT]: cost.outputUsd,
    });
  }

  #write(line: string): void {
    this.#lines.push(`${line}\n`);
    this.#bytes += line.length;
    if (this.#bytes >= FILE_BYTES) this.flush();
  }
}

function withNumbers(span: object, numbers: Record<string, number>): object {
  const added = Object.entries(numbers).map(([key, doubleValue]) => ({ key, value: { doubleValue } }));
  return { ...span, attributes: [...listOf((span as { attributes?: unknown }).attributes), ...added] };
}

/** As the index has them. */
function idOf({ traceId, spanId }: Pick<Call, 'traceId' | 'spanId'>): string {
  return (traceId + spanId).toLowerCase();
}

function listOf(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
