// `agent-vitals compare`: two periods, models, versions or variants beside each other: each figure, its change, and whether it is more than noise.
import { type Command, Option } from 'commander';
import { type Comparison } from '../../query/compare.ts';
import { type Answer, type Journal } from '../../query/journal.ts';
import { PeriodError, parseSince, parseUntil } from '../../query/period.ts';
import { type Question } from '../../query/question.ts';
import { UsageError } from '../failure.ts';
import { formatCount, formatMillis, formatPercent, formatTime, formatUsd, printable, UNKNOWN } from '../format.ts';
import { type FilterOptions, zoneOf } from '../journal-options.ts';
import { addQuestion } from '../question.ts';
import { renderVerdicts } from '../run-views.ts';
import { type Column, numbers, renderTable, wrap } from '../table.ts';

const BY = ['period', 'model', 'provider', 'workflow', 'agent', 'prompt', 'version', 'variant'] as const;
type By = (typeof BY)[number];

interface CompareOptions extends FilterOptions {
  readonly by: By;
}

interface Side {
  readonly name: string;
  readonly question: Question;
}

interface Compared extends Comparison {
  readonly by: By;
  readonly names: readonly [string, string];
}

type FigureName = keyof Comparison['figures'];
type Figure = Comparison['figures'][FigureName];

const WEEK_MILLIS = 7 * 86_400_000;
/** Of the table, beside those of the two that are compared, with the gaps. */
const OTHER_COLUMNS = 60;

const FIGURES: Readonly<Record<FigureName, readonly [title: string, format: (value: number) => string]>> = {
  calls: ['Calls', formatCount],
  costUsd: ['Cost', formatUsd],
  unpricedCalls: ['Unpriced calls', formatCount],
  errorRate: ['Error rate', formatPercent],
  cacheHitRate: ['Prompt cache hits', formatPercent],
  costUsdPerCall: ['Cost a call', formatUsd],
  inputTokensPerCall: ['Input tokens a call', formatCount],
  outputTokensPerCall: ['Output tokens a call', formatCount],
  latencyMillis: ['Latency', formatMillis],
};

export function addCompare(program: Command): void {
  addQuestion<Compared, CompareOptions>(program, {
    name: 'compare',
    description:
      'two periods, models, versions or variants: each figure, its change, and whether it is more than noise',
    about: 'calls',
    addOptions: (command) =>
      command
        .argument('[first]', 'what is compared: a model, a variant; a period as 2026-11-02 or 2026-11-01..2026-11-07')
        .argument('[second]', 'with what (periods: by default the last 7 days with the 7 before)')
        .addOption(new Option('--by <what>', 'what the two are').choices(BY).default('period')),
    ask: async (journal, question, options, args) => compare(journal, question, options, args),
    isEmpty: ({ first, second }) => first.calls + second.calls === 0,
    notes: ({ notes }) => notes.map(printable),
    record: ({ by, names, first, second, figures, runs, notes }) => ({
      by,
      first: { name: names[0], ...first },
      second: { name: names[1], ...second },
      figures,
      runs: runs.map(({ verdict, ...between }) => Object.assign(between, verdict)),
      notes,
    }),
    render: renderComparison,
  });
}

async function compare(
  journal: Journal,
  question: Question,
  options: CompareOptions,
  names: readonly string[],
): Promise<Answer<Compared>> {
  const { by } = options;
  const [first, second] = by === 'period' ? periodsOf(names, options) : namedSides(by, names, question);
  const answer = await journal.compare({ ...question, first: first.question, second: second.question });
  const compared = { ...answer, by, names: [first.name, second.name] } as const;
  return { ...compared, notes: notesOn(compared) };
}

/** @throws {UsageError} when there are not two names, or a filter says already which are meant. */
function namedSides(by: Exclude<By, 'period'>, names: readonly string[], question: Question): readonly [Side, Side] {
  const [first, second] = names;
  if (first === undefined || second === undefined) {
    throw new UsageError(`Which two? Give them both: agent-vitals compare --by ${by} <first> <second>.`);
  }
  const key = by === 'version' ? 'promptVersion' : by === 'variant' ? 'promptVariant' : by;
  if (question[key] !== undefined) {
    throw new UsageError(`A comparison by ${by} is not within one: leave --${by} out, the two are named already.`);
  }
  return [
    { name: first, question: { [key]: first } },
    { name: second, question: { [key]: second } },
  ];
}

/** @throws {UsageError} when a name is no period. */
function periodsOf(
  [first, second]: readonly string[],
  { since, until, days, utc = false }: CompareOptions,
): readonly [Side, Side] {
  if (since !== undefined || until !== undefined || days !== undefined) {
    throw new UsageError(
      'A comparison of periods is not within one: give the two of them, or say --by what else to compare.',
    );
  }
  if (first === undefined) {
    const now = Date.now();
    return [
      { name: 'the 7 days before', question: { since: now - 2 * WEEK_MILLIS, until: now - WEEK_MILLIS } },
      { name: 'the last 7 days', question: { since: now - WEEK_MILLIS } },
    ];
  }
  const one = periodOf(first, utc);
  if (second !== undefined) return [one, periodOf(second, utc)];
  const { since: from, until: to = Date.now() } = one.question;
  const before = Number(from) - (Number(to) - Number(from));
  return [{ name: `since ${formatTime(before, utc)}`, question: { since: before, until: from } }, one];
}

/** `2026-11-02`, `2026-11-01..2026-11-07`, `24h` (until now). */
function periodOf(text: string, utc: boolean): Side {
  const [from = '', to] = text.split('..');
  const period = { nowMillis: Date.now(), zone: zoneOf({ utc }) };
  try {
    const since = parseSince(from, period);
    // A date alone is its day; how long ago, alone, is until now.
    const until = to !== undefined || /^\d{4}-\d{2}-\d{2}$/.test(from) ? parseUntil(to ?? from, period) : undefined;
    if (until !== undefined && until <= since) throw new PeriodError('it begins after its end.');
    return { name: text, question: { since, until } };
  } catch (error) {
    if (error instanceof PeriodError) throw new UsageError(`"${text}" is no period: ${error.message}`);
    throw error;
  }
}

function renderComparison({ names, figures, runs }: Compared, width?: number): string {
  const rows = (Object.entries(figures) as [FigureName, Figure][]).filter(
    ([name, { first, second }]) => name !== 'unpricedCalls' || first || second,
  );
  // Cut, two long names might look alike.
  const isFitting = width === undefined || names[0].length + names[1].length <= width - OTHER_COLUMNS;
  const headers = isFitting ? names : (['FIRST', 'SECOND'] as const);
  const legend = isFitting ? [] : [`${wrap(`FIRST is ${names[0]}`, width)}\n${wrap(`SECOND is ${names[1]}`, width)}`];
  const columns: Column<(typeof rows)[number]>[] = [
    { header: 'FIGURE', cell: ([name]) => FIGURES[name][0], flexible: true },
    numbers(headers[0], ([name, { first }]) => formatted(name, first)),
    numbers(headers[1], ([name, { second }]) => formatted(name, second)),
    numbers('CHANGE', changeOf),
    {
      header: 'MORE THAN NOISE',
      cell: ([, figure]) => certaintyOf(figure),
      style: ([, { isSignificant }]) => (isSignificant ? 'bold' : 'dim'),
    },
  ];
  return [...legend, renderTable(rows, columns, width), ...renderVerdicts(runs, width)].join('\n\n');
}

/** What there is none of, or what the answer says of itself. */
function notesOn({ by, names, first, second, notes }: Compared): readonly string[] {
  const missing = [first, second].flatMap(({ calls }, side) =>
    calls > 0 ? [] : [`There is no call of ${by === 'period' ? '' : `the ${by} `}"${names[side]}".`],
  );
  return missing.length > 0 ? missing : notes;
}

function formatted(name: FigureName, value: number | null): string {
  return value === null ? UNKNOWN : FIGURES[name][1](value);
}

function changeOf([name, { change, relativeChange }]: [FigureName, Figure]): string {
  if (change === null) return UNKNOWN;
  const sign = change < 0 ? '-' : '+';
  // The change of a rate is in points: 50% more of 2% is easily taken for 52%.
  if (name === 'errorRate' || name === 'cacheHitRate') return `${sign}${pointsOf(Math.abs(change))} points`;
  if (relativeChange === null) return `${sign}${FIGURES[name][1](Math.abs(change))}`;
  return `${sign}${(Math.abs(relativeChange) * 100).toFixed(1)}%`;
}

/** A few in very many are not none. */
function pointsOf(change: number): string {
  const points = change * 100;
  return points.toFixed(points > 0 && points < 0.05 ? Math.min(20, -Math.floor(Math.log10(points))) : 1);
}

function certaintyOf({ difference }: Figure): string {
  if (difference === null) return '';
  const { certainty, isSignificant } = difference;
  // Beside a "no" a certainty would be taken for that of the "no".
  if (certainty < 0.001) return 'no';
  const sure = certainty > 0.999 ? '>99.9%' : `${(Math.floor(certainty * 1000) / 10).toFixed(1)}%`;
  return isSignificant ? `yes, ${sure} sure` : `only ${sure} sure`;
}
