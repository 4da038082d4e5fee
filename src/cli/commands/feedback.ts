// `agent-vitals feedback`: how good the work is thought to be, where it is not, and which tier of models would do.
import { type Command, InvalidArgumentError } from 'commander';
import {
  type FeedbackFilter,
  type FeedbackGroup,
  type FeedbackOptions,
  feedback,
  type Underperformer,
} from '../../coordination/feedback/feedback.ts';
import type { Feedback } from '../../coordination/feedback/feedback-record.ts';
import type { FeedbackStats } from '../../coordination/feedback/feedback-stats.ts';
import { confirmRemoval } from '../confirm.ts';
import { addStoreOptions, isoTime, type StoreOptions, withStore } from '../coordination.ts';
import { Failure } from '../failure.ts';
import { formatCount, formatCountOf, formatPercent, formatTime, UNKNOWN } from '../format.ts';
import { parseCount } from '../journal-options.ts';
import { paint, print, printJson, terminalWidth } from '../output.ts';
import { type Column, renderTable } from '../table.ts';

type FilterOptions = StoreOptions & FeedbackFilter;

interface RecordOptions extends Omit<FeedbackOptions, 'span'>, StoreOptions {
  readonly trace?: string;
  readonly span?: string;
}

export function addFeedback(program: Command): void {
  const command = program
    .command('feedback')
    .description('scores of workflows, stages and tiers: how they are, and where they go')
    .option('--utc', 'times in UTC instead of the local time zone');
  const sub = (name: string, description: string, isDefault = false): Command =>
    addStoreOptions(addFilterOptions(command.command(name, { isDefault }).description(description)));
  sub('stats', 'mean, range and trend of each', true).action((_, stats: Command) => showStats(stats.optsWithGlobals()));
  sub('history', 'the scores themselves, the newest first')
    .option('-n, --limit <count>', 'how many', parseCount, 20)
    .action((_, history: Command) => showHistory(history.optsWithGlobals()));
  sub('underperforming', 'those that do badly, the worst first')
    .option('--below <mean>', 'below which mean (default: 0.7)', parseScore)
    .option('--min-samples <count>', 'scores it takes (default: 1)', parseCount)
    .action((_, poor: Command) => showUnderperforming(poor.optsWithGlobals()));
  sub('recommend', 'whether a better or a cheaper tier of models would do; needs --workflow').action(
    (_, recommend: Command) => showAdvice(recommend.optsWithGlobals()),
  );
  sub('record', 'add a score; needs --workflow')
    .requiredOption('--score <score>', 'from 0 to 1', parseScore)
    .option('--name <name>', 'what is looked at (default: quality)')
    .option('--label <label>', 'the score in a word')
    .option('--explanation <text>', 'why; kept only where content is captured')
    .option('--trace <id>', 'of the span that is rated, with --span')
    .option('--span <id>', 'of the span that is rated, with --trace')
    .action((_, record: Command) => recordScore(record.optsWithGlobals()));
  sub('clear', 'forget scores; asks first')
    .option('-y, --yes', 'do not ask')
    .action((_, clear: Command) => clearScores(clear.optsWithGlobals()));
}

function addFilterOptions(command: Command): Command {
  return command
    .option('--workflow <name>', 'only of this workflow')
    .option('--stage <name>', 'only of this stage')
    .option('--tier <name>', 'only of this tier');
}

function parseScore(text: string): number {
  const score = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (score >= 0 && score <= 1) return score;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}

function filterOf({ workflow, stage, tier }: FilterOptions): FeedbackFilter {
  return { workflow, stage, tier };
}

function showStats(options: FilterOptions): Promise<void> {
  return withStore(options, async ({ name, isNew }) => {
    const filter = filterOf(options);
    const groups = isNew ? [] : await feedback.groups(filter);
    const all = isNew ? { count: 0, mean: null, min: null, max: null, trend: null } : await feedback.stats(filter);
    if (options.json) printJson({ ...all, groups: groups.map(groupRecord) });
    else if (groups.length === 0) print(`There are no scores in ${name}.`);
    else print(`${renderTable(groups, groupColumns, terminalWidth())}\n\n${summaryOf(all)}`);
  });
}

function showHistory(options: FilterOptions & { readonly limit: number }): Promise<void> {
  return withStore(options, async ({ name, isNew }) => {
    const found = isNew ? [] : await feedback.history({ ...filterOf(options), limit: options.limit });
    if (options.json) printJson({ feedback: found.map(scoreRecord) });
    else if (found.length === 0) print(`There are no scores in ${name}.`);
    else print(renderTable(found, scoreColumns(options.utc ?? false), terminalWidth()));
  });
}

function showUnderperforming(
  options: FilterOptions & { readonly below?: number; readonly minSamples?: number },
): Promise<void> {
  return withStore(options, async ({ isNew }) => {
    const { below, minSamples } = options;
    const found = isNew ? [] : await feedback.underperforming({ ...filterOf(options), below, minSamples });
    const rows = found.map((one) => ({ ...groupRecord(one), confidence: one.confidence }));
    if (options.json) printJson({ underperforming: rows });
    else if (found.length === 0) print('Nothing scores that badly.');
    else print(renderTable(found, [...groupColumns, sureColumn], terminalWidth()));
  });
}

function showAdvice({ workflow = '', stage, tier, ...options }: FilterOptions): Promise<void> {
  return withStore(options, async ({ name, isNew }) => {
    if (isNew) throw new Failure(`There are no scores in ${name}: nothing can be recommended yet.`);
    const advice = await feedback.recommendTier({ workflow, stage, tier });
    if (options.json) return printJson(advice);
    const { action, models, confidence, reason } = advice;
    const style = { upgrade: 'yellow', downgrade: 'green', keep: 'dim' } as const;
    const where = `${advice.tier}${models.length > 0 ? ` (${models.join(', ')})` : ''}`;
    print(
      `${paint(style[action], `${action} ${action === 'keep' ? '' : 'to '}${where}`)}\n${reason} Sure to ${formatPercent(confidence)}.`,
    );
  });
}

function recordScore(options: RecordOptions): Promise<void> {
  return withStore(options, async () => {
    const { workflow, stage, tier, score, name, label, explanation, trace, span } = options;
    const rated = trace === undefined && span === undefined ? undefined : { traceId: trace ?? '', spanId: span ?? '' };
    const kept = await feedback.record({ workflow, stage, tier, score, name, label, explanation, span: rated });
    if (!kept) throw new Failure('The score was not kept: the store is not available.');
    if (options.json) printJson(scoreRecord(kept));
    else print(`Recorded as ${kept.id}.`);
  });
}

function clearScores(options: FilterOptions): Promise<void> {
  return withStore(options, async ({ name, isNew }) => {
    const filter = filterOf(options);
    const { count } = isNew ? { count: 0 } : await feedback.stats(filter);
    if (count > 0) await confirmRemoval(formatCountOf(count, 'score'), name, options.yes);
    const removed = count === 0 ? 0 : await feedback.clear(filter);
    if (options.json) printJson({ removed });
    else print(`Removed ${formatCountOf(removed, 'score')}.`);
  });
}

const groupColumns: Column<FeedbackGroup>[] = [
  { header: 'WORKFLOW', cell: ({ workflow }) => workflow, flexible: true },
  { header: 'STAGE', cell: ({ stage = '' }) => stage, flexible: true },
  { header: 'TIER', cell: ({ tier = '' }) => tier, flexible: true },
  { header: 'SCORES', cell: ({ stats }) => formatCount(stats.count), align: 'right' },
  { header: 'MEAN', cell: ({ stats }) => formatScore(stats.mean), align: 'right' },
  { header: 'MIN', cell: ({ stats }) => formatScore(stats.min), align: 'right', dropOrder: 2 },
  { header: 'MAX', cell: ({ stats }) => formatScore(stats.max), align: 'right', dropOrder: 3 },
  {
    header: 'TREND',
    cell: ({ stats }) => trendText(stats),
    dropOrder: 1,
    style: ({ stats: { trend } }) =>
      trend?.direction === 'falling' ? 'red' : trend?.direction === 'rising' ? 'green' : undefined,
  },
];

const sureColumn = {
  header: 'SURE',
  cell: ({ confidence }: Underperformer) => formatPercent(confidence),
  align: 'right',
} as const;

function scoreColumns(utc: boolean): Column<Feedback>[] {
  return [
    { header: 'TIME', cell: ({ time }) => formatTime(time, utc).slice(5), dropOrder: 1 },
    { header: 'WORKFLOW', cell: ({ workflow }) => workflow, flexible: true },
    { header: 'STAGE', cell: ({ stage = '' }) => stage, flexible: true },
    { header: 'TIER', cell: ({ tier = '' }) => tier, flexible: true },
    { header: 'SCORE', cell: ({ score }) => formatScore(score), align: 'right' },
    { header: 'NAME', cell: ({ name }) => name, flexible: true, dropOrder: 2 },
    { header: 'LABEL', cell: ({ label = '' }) => label, flexible: true },
    { header: 'EXPLANATION', cell: ({ explanation = '' }) => explanation, flexible: true, dropOrder: 3 },
  ];
}

function summaryOf(stats: FeedbackStats): string {
  return `${formatCountOf(stats.count, 'score')}, mean ${formatScore(stats.mean)}, trend ${trendText(stats)}`;
}

/** `+0.120, 97.0% sure`. */
function trendText({ trend }: FeedbackStats): string {
  if (trend === null) return UNKNOWN;
  const change = `${trend.change >= 0 ? '+' : ''}${trend.change.toFixed(3)}`;
  return `${trend.direction} ${change} (${formatPercent(trend.confidence)} sure)`;
}

function formatScore(score: number | null): string {
  return score === null ? UNKNOWN : score.toFixed(3);
}

function groupRecord({ workflow, stage, tier, stats }: FeedbackGroup): object {
  return { workflow, stage: stage ?? null, tier: tier ?? null, ...stats };
}

function scoreRecord({ time, stage, tier, label, explanation, agent, traceId, spanId, ...score }: Feedback): object {
  return {
    ...score,
    time: isoTime(time),
    stage: stage ?? null,
    tier: tier ?? null,
    label: label ?? null,
    explanation: explanation ?? null,
    agent: agent ?? null,
    traceId: traceId ?? null,
    spanId: spanId ?? null,
  };
}
