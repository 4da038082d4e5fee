// The runs of one kind in a piece of a journal file: their numbers column by column, and what else is said of them once for all that have it in common.
import { RUN_KINDS, type Run, type RunKind } from '../run.ts';

/** `NaN` where a run does not tell. */
const RUN_NUMBERS = [
  'timeMillis',
  'durationMillis',
  'calls',
  'cacheHits',
  'toolCalls',
  'errors',
  'inputTokens',
  'outputTokens',
  'costUsd',
  'unpricedCalls',
  'retries',
] as const satisfies readonly (keyof Run)[];
export type RunNumber = (typeof RUN_NUMBERS)[number];

/** What runs have in common: there are few such of many runs. */
export type RunWords = Pick<
  Run,
  | 'name'
  | 'version'
  | 'variant'
  | 'outcome'
  | 'promptOutcome'
  | 'errorType'
  | 'workflow'
  | 'agent'
  | 'prompt'
  | 'fallbacks'
  | 'models'
  | 'providers'
  | 'stages'
  | 'skippedStages'
>;

export interface EncodedRuns {
  readonly kind: RunKind;
  readonly rows: number;
  /** Milliseconds since the epoch at which the first and the last began. */
  readonly firstMillis: number;
  readonly lastMillis: number;
  /** {@link RunWords}, each a line of JSON. */
  readonly words: string;
  /** For each run the number of its words. */
  readonly wordsOf: Uint8Array;
  /** {@link RUN_NUMBERS}, one after the other, of all runs. */
  readonly numbers: Uint8Array;
  /** 16 bytes of the trace and 8 of the span. */
  readonly ids: Uint8Array;
}

const ID_BYTES = 24;

/** Kind by kind, as far as there are any. */
export function encodeRunKinds(runs: readonly Run[]): EncodedRuns[] {
  if (runs.length === 0) return [];
  return RUN_KINDS.flatMap((kind) => {
    const ofKind = runs.filter((run) => run.kind === kind);
    return ofKind.length === 0 ? [] : [encodeRuns(kind, ofKind)];
  });
}

function encodeRuns(kind: RunKind, runs: readonly Run[]): EncodedRuns {
  const words = new Map<string, number>();
  const wordsOf = Uint32Array.from(runs, (run) => {
    const text = JSON.stringify(wordsIn(run));
    const number = words.get(text) ?? words.size;
    words.set(text, number);
    return number;
  });
  const numbers = new Float64Array(runs.length * RUN_NUMBERS.length);
  for (const [column, name] of RUN_NUMBERS.entries())
    for (const [row, run] of runs.entries()) numbers[column * runs.length + row] = run[name] ?? Number.NaN;
  const times = numbers.subarray(0, runs.length);
  const ids = Buffer.alloc(runs.length * ID_BYTES);
  for (const [row, { traceId, spanId }] of runs.entries()) ids.write(traceId + spanId, row * ID_BYTES, 'hex');
  return {
    kind,
    rows: runs.length,
    firstMillis: times.reduce((least, time) => Math.min(least, time)),
    lastMillis: times.reduce((most, time) => Math.max(most, time)),
    words: [...words.keys()].join('\n'),
    wordsOf: new Uint8Array(wordsOf.buffer),
    numbers: new Uint8Array(numbers.buffer),
    ids,
  };
}

/** Encoded runs to be read. What is more than their words is fetched when it is asked for. */
export class RunChunk {
  readonly rows: number;
  readonly firstMillis: number;
  readonly lastMillis: number;
  /** {@link RunWords}, each in JSON. */
  readonly words: readonly string[];
  readonly wordsOf: Uint32Array;
  readonly #fetch: (name: 'numbers' | 'ids') => Uint8Array;
  #numbers: Float64Array | undefined;

  constructor(
    { rows, firstMillis, lastMillis, words, wordsOf }: Omit<EncodedRuns, 'kind' | 'numbers' | 'ids'>,
    fetch: (name: 'numbers' | 'ids') => Uint8Array,
  ) {
    this.rows = rows;
    this.firstMillis = firstMillis;
    this.lastMillis = lastMillis;
    this.words = words.split('\n');
    const aligned = wordsOf.byteOffset % 4 === 0 ? wordsOf : wordsOf.slice();
    this.wordsOf = new Uint32Array(aligned.buffer as ArrayBuffer, aligned.byteOffset, rows);
    this.#fetch = fetch;
  }

  number(name: RunNumber): Float64Array {
    if (this.#numbers === undefined) {
      const bytes = this.#fetch('numbers');
      const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
      this.#numbers = new Float64Array(
        aligned.buffer as ArrayBuffer,
        aligned.byteOffset,
        this.rows * RUN_NUMBERS.length,
      );
    }
    const first = RUN_NUMBERS.indexOf(name) * this.rows;
    return this.#numbers.subarray(first, first + this.rows);
  }

  /** Of each run: 32 hex digits of the trace and 16 of the span. */
  ids(): string[] {
    const { buffer, byteOffset } = this.#fetch('ids');
    return Array.from({ length: this.rows }, (_, row) =>
      Buffer.from(buffer as ArrayBuffer, byteOffset + row * ID_BYTES, ID_BYTES).toString('hex'),
    );
  }
}

/** A chunk that is only in memory. */
export function runChunkInMemory(encoded: EncodedRuns): RunChunk {
  return new RunChunk(encoded, (name) => encoded[name]);
}

function wordsIn(run: Run): RunWords {
  const { name, version, variant, outcome, promptOutcome, errorType, workflow, agent, prompt } = run;
  const { fallbacks, models, providers, stages, skippedStages } = run;
  return {
    name,
    version,
    variant,
    outcome,
    promptOutcome,
    errorType,
    workflow,
    agent,
    prompt,
    fallbacks,
    models,
    providers,
    stages,
    skippedStages,
  };
}
