// The calls that cost most or took longest, and what fails most often.
import { type CallFilter } from './call-filter.ts';
import { type Chunk, type ColumnName } from './index/chunk.ts';
import { callsOf, cubeOf, groupBy } from './index/cube.ts';
import { scan } from './index/scan.ts';

export type TopBy = 'cost' | 'duration' | 'errors';

export interface TopCall {
  /** Milliseconds since the epoch. */
  readonly timeMillis: number;
  readonly model: string | null;
  readonly provider: string | null;
  readonly workflow: string | null;
  readonly agent: string | null;
  readonly prompt: string | null;
  readonly tier: string | null;
  readonly userHash: string | null;
  readonly outcome: string;
  readonly errorType: string | null;
  readonly durationMillis: number;
  readonly tokens: { readonly input: number; readonly output: number };
  /** US dollars; null when unknown. */
  readonly costUsd: number | null;
  readonly traceId: string;
  readonly spanId: string;
}

/** Calls of a model in a workflow. */
interface FailingGroup {
  readonly model: string | null;
  readonly workflow: string | null;
  readonly calls: number;
  readonly errors: number;
  /** 0 to 1. */
  readonly errorRate: number;
  /** `error.type` to number of calls. */
  readonly errorsByType: Readonly<Record<string, number>>;
}

export interface Top {
  readonly by: TopBy;
  /** Of cost and duration. */
  readonly calls: readonly TopCall[];
  /** Of errors. */
  readonly failing: readonly FailingGroup[];
}

export function topOf(chunks: readonly Chunk[], filter: CallFilter, by: TopBy, limit: number): Top {
  if (by === 'errors') return { by, calls: [], failing: failing(chunks, filter).slice(0, limit) };
  return { by, calls: most(chunks, filter, by, limit), failing: [] };
}

interface Found {
  readonly value: number;
  readonly chunk: Chunk;
  readonly series: number;
  readonly row: number;
}

function most(chunks: readonly Chunk[], filter: CallFilter, column: ColumnName & TopBy, limit: number): TopCall[] {
  let found: Found[] = [];
  let least = -Infinity;
  scan(chunks, filter, ({ chunk, series, from, to }) => {
    const values = chunk.column(column);
    if (column === 'cost' && chunk.word(series, 'price') !== 'known') return;
    for (let row = from; row < to; row++) {
      const value = values?.[row] ?? 0;
      if (value <= least && found.length >= limit) continue;
      found.push({ value, chunk, series, row });
      if (found.length < 2 * limit + 1000) continue;
      found = largest(found, limit);
      least = found.at(-1)?.value ?? least;
    }
  });
  return largest(found, limit).map(callOf);
}

function largest(found: readonly Found[], limit: number): Found[] {
  return found.toSorted((a, b) => b.value - a.value).slice(0, limit);
}

function callOf({ chunk, series, row }: Found): TopCall {
  const number = (name: Parameters<Chunk['column']>[0]): number => chunk.column(name)?.[row] ?? 0;
  const word = (name: Parameters<Chunk['word']>[1]): string | null => chunk.word(series, name);
  const id = chunk.id(row);
  return {
    timeMillis: number('time'),
    model: word('requestModel') ?? word('responseModel'),
    provider: word('provider'),
    workflow: word('workflow'),
    agent: word('agent'),
    prompt: word('prompt'),
    tier: word('tier'),
    userHash: chunk.words[number('user')] ?? null,
    outcome: word('outcome') ?? 'completed',
    errorType: word('errorType'),
    durationMillis: number('duration'),
    tokens: { input: number('input'), output: number('output') },
    costUsd: word('price') === 'known' ? number('cost') : null,
    traceId: id.slice(0, 32),
    spanId: id.slice(32),
  };
}

/** Most errors first; of those alike the one that fails more often. */
function failing(chunks: readonly Chunk[], filter: CallFilter): FailingGroup[] {
  const cells = cubeOf(chunks, filter, {
    dimensions: ['requestModel', 'responseModel', 'workflow', 'outcome', 'errorType'],
    sums: [],
  });
  const modelOf = ({ words }: (typeof cells)[number]): string | null => words.requestModel ?? words.responseModel;
  return [...groupBy(cells, (cell) => JSON.stringify([modelOf(cell), cell.words.workflow])).values()]
    .map((group): FailingGroup => {
      const [first] = group as [(typeof cells)[number]];
      const failed = group.filter(({ words }) => words.outcome === 'error');
      const [calls, errors] = [callsOf(group), callsOf(failed)];
      const byType = [...groupBy(failed, ({ words }) => words.errorType ?? '')];
      return {
        model: modelOf(first),
        workflow: first.words.workflow,
        calls,
        errors,
        errorRate: errors / calls,
        errorsByType: Object.fromEntries(byType.map(([type, some]) => [type, callsOf(some)])),
      };
    })
    .filter(({ errors }) => errors > 0)
    .sort((a, b) => b.errors - a.errors || b.errorRate - a.errorRate);
}
