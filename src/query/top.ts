// The calls that cost most or took longest, and what fails most often.
import { modelOf } from './call.ts';
import { type CallFilter } from './call-filter.ts';
import { Counts, compareNames } from './counts.ts';
import { type CallRows, callRows } from './index/call-rows.ts';
import { callsOf, cubeOf } from './index/cube.ts';
import { type CallDetail, type CallNumber, type CallWord } from './index/layout.ts';
import { type CallTable } from './index/table.ts';

export const TOP_BY = ['cost', 'duration', 'errors'] as const;
export type TopBy = (typeof TOP_BY)[number];

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

export function topOf(calls: CallTable, filter: CallFilter, by: TopBy, limit: number): Top {
  if (by === 'errors') return { by, calls: [], failing: failing(calls, filter).slice(0, limit) };
  return { by, calls: most(calls, filter, by, limit), failing: [] };
}

/** What is told of a call beside its numbers. */
const TOLD = [
  'requestModel',
  'responseModel',
  'provider',
  'workflow',
  'tier',
  'outcome',
  'errorType',
  'price',
] as const satisfies CallWord[];

interface Found {
  readonly value: number;
  readonly rows: CallRows;
  readonly series: number;
  readonly row: number;
}

function most(calls: CallTable, filter: CallFilter, column: 'cost' | 'duration', limit: number): TopCall[] {
  let found: Found[] = [];
  /** The last of those that are many enough. */
  let last: Found | undefined;
  for (const rows of callRows(calls, filter, TOLD)) {
    const values = rows.column(column);
    for (const { group: series, from, to } of rows.stretches) {
      if (column === 'cost' && calls.series.word(series, 'price') !== 'known') continue;
      for (let row = from; row < to; row++) {
        const value = values?.[row] ?? 0;
        if (last !== undefined && value < last.value) continue;
        const one = { value, rows, series, row };
        if (last !== undefined && compareFound(last, one) < 0) continue;
        found.push(one);
        if (found.length < 2 * limit + 1000) continue;
        found = largest(found, limit);
        last = found.at(-1);
      }
    }
  }
  return largest(found, limit).map((call) => callOf(calls, call));
}

function largest(found: readonly Found[], limit: number): Found[] {
  return found.toSorted(compareFound).slice(0, limit);
}

/** Largest first, of those alike the first that was made. */
function compareFound(a: Found, b: Found): number {
  return b.value - a.value || timeOf(a) - timeOf(b) || compareNames(idOf(a), idOf(b));
}

function timeOf({ rows, row }: Found): number {
  return rows.column('time')?.[row] ?? 0;
}

/** 32 hex digits of the trace and 16 of the span. */
function idOf({ rows, row }: Found): string {
  return rows.chunk.id(rows.rowOf(row));
}

function callOf({ series: book, details }: CallTable, found: Found): TopCall {
  const { rows, series, row } = found;
  const { chunk } = rows;
  const number = (name: CallNumber | 'user' | 'detail'): number => rows.column(name)?.[row] ?? 0;
  const word = (name: CallWord): string | null => book.word(series, name);
  const detail = (name: CallDetail): string | null => details.word(chunk.details[number('detail')] as number, name);
  const id = idOf(found);
  return {
    timeMillis: timeOf(found),
    model: modelOf({ requestModel: word('requestModel'), responseModel: word('responseModel') }),
    provider: word('provider'),
    workflow: word('workflow'),
    agent: detail('agent'),
    prompt: detail('prompt'),
    tier: word('tier'),
    userHash: chunk.users()[number('user')] ?? null,
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
function failing(table: CallTable, filter: CallFilter): FailingGroup[] {
  const cells = cubeOf(table, filter, {
    dimensions: ['requestModel', 'responseModel', 'workflow', 'outcome', 'errorType'],
    sums: [],
  });
  return [...Map.groupBy(cells, (cell) => JSON.stringify([modelOf(cell.words), cell.words.workflow])).values()]
    .map((group): FailingGroup => {
      const [first] = group as [(typeof cells)[number]];
      const failed = group.filter(({ words }) => words.outcome === 'error');
      const [calls, errors] = [callsOf(group), callsOf(failed)];
      const byType = new Counts();
      for (const cell of failed) byType.add(cell.words.errorType ?? '', cell.calls);
      return {
        model: modelOf(first.words),
        workflow: first.words.workflow,
        calls,
        errors,
        errorRate: errors / calls,
        errorsByType: byType.record(),
      };
    })
    .filter(({ errors }) => errors > 0)
    .sort(
      (a, b) =>
        b.errors - a.errors ||
        b.errorRate - a.errorRate ||
        compareNames(a.workflow, b.workflow) ||
        compareNames(a.model, b.model),
    );
}
