// What a comparison of two groups of runs comes to, in figures and in a sentence: which is better, how sure one may be, and how many more runs would
// tell. It says no more than the figures do.
import {
  areTooFew,
  CONFIDENCE,
  compareMeans,
  compareRates,
  type Difference,
  type Rate,
  type Sample,
} from '../internal/significance.ts';

/** Runs that are compared: of a variant, a version, a model, a period. */
export interface RunGroup {
  readonly name: string;
  readonly success: Rate;
  readonly retries: Sample;
  readonly tokens: Sample;
  /** Of the runs whose cost is known. */
  readonly costUsd: Sample;
  readonly durationMillis: Sample;
}

type Figure = 'success' | 'retries' | 'tokens' | 'costUsd' | 'durationMillis';

/** One figure of two groups. */
interface FigureVerdict {
  /** `null` when there is none. A rate is from 0 to 1. */
  readonly first: number | null;
  readonly second: number | null;
  /** What the second has more; `null` when there are too few runs to say. */
  readonly difference: Difference | null;
  /** Name of the better group, where the difference is more than chance. */
  readonly better: string | null;
}

export interface Verdict {
  readonly figures: Readonly<Record<Figure, FigureVerdict>>;
  /** Name of the group that succeeds more often, where that is more than chance. */
  readonly better: string | null;
  /** Of the success rate: see {@link Difference}. */
  readonly certainty: number | null;
  readonly moreRuns: Difference['moreRuns'];
  /** Whether there are so few runs that neither could be found to succeed more often, however they end. */
  readonly hasTooFewRuns: boolean;
  readonly sentence: string;
}

/** @param pairs of groups of which these are one: each is asked for more, so that all of them together are no oftener mistaken than one (Bonferroni). */
export function verdictOf(first: RunGroup, second: RunGroup, pairs = 1): Verdict {
  const confidence = 1 - (1 - CONFIDENCE) / pairs;
  const corrected = (difference: Difference | null): Difference | null =>
    difference && { ...difference, certainty: Math.max(0, 1 - (1 - difference.certainty) * pairs) };
  const means = (figure: Exclude<Figure, 'success'>): FigureVerdict =>
    ofFigure(
      [meanOf(first[figure]), meanOf(second[figure])],
      corrected(compareMeans(first[figure], second[figure], confidence)),
      [second.name, first.name],
    );
  const success = ofFigure(
    [rateOf(first.success), rateOf(second.success)],
    corrected(compareRates(first.success, second.success, confidence)),
    [first.name, second.name],
  );
  const figures = {
    success,
    retries: means('retries'),
    tokens: means('tokens'),
    costUsd: means('costUsd'),
    durationMillis: means('durationMillis'),
  };
  const hasTooFewRuns = areTooFew(first.success.count, second.success.count, confidence);
  return {
    figures,
    better: success.better,
    certainty: success.difference?.certainty ?? null,
    moreRuns: success.difference?.moreRuns ?? null,
    hasTooFewRuns,
    sentence: [sentenceOnSuccess(first, second, success, hasTooFewRuns), ...sentencesOnRest(figures)].join(' '),
  };
}

/** @param names who is better when the difference is below 0, and when it is above. */
function ofFigure(
  [first, second]: readonly [number | null, number | null],
  difference: Difference | null,
  [below, above]: readonly [string, string],
): FigureVerdict {
  const better = difference?.isSignificant ? (difference.difference < 0 ? below : above) : null;
  return { first, second, difference, better };
}

function sentenceOnSuccess(
  first: RunGroup,
  second: RunGroup,
  { difference }: FigureVerdict,
  hasTooFewRuns: boolean,
): string {
  if (difference === null) {
    const none = [first, second].find(({ success }) => success.count === 0);
    return none ? `${none.name} has no runs yet.` : '';
  }
  const [more, less] = difference.difference > 0 ? [second, first] : [first, second];
  const rates = ratesOf(more.success, less.success);
  if (hasTooFewRuns) {
    const few = 'So few runs cannot tell which succeeds more often';
    return difference.difference === 0
      ? `${few}. So far ${first.name} and ${second.name} succeed alike: ${rates}.`
      : `${few}: ${more.name} does in ${rates}. ${whatWouldTell(first, second, difference)}`;
  }
  if (difference.difference === 0) {
    const most = points(Math.max(-difference.low, difference.high));
    return `${first.name} and ${second.name} succeed alike: ${rates}. A difference of up to ${most} percentage points is not ruled out.`;
  }
  if (difference.isSignificant) {
    const [least, most] = [difference.low, difference.high].map(Math.abs).sort((a, b) => a - b) as [number, number];
    return `${more.name} is better: it succeeds in ${rates}, ${points(least)} to ${points(most)} percentage points more (${sure(difference)}).`;
  }
  const howSure =
    difference.certainty < LEAST_SURE
      ? 'This may well be chance.'
      : `That this is more than chance is ${sure(difference)}, and ${digits(100 * CONFIDENCE)}% is asked for.`;
  return `It is not settled which succeeds more often: ${more.name} does in ${rates}. ${howSure} ${whatWouldTell(first, second, difference)}`;
}

function whatWouldTell(first: RunGroup, second: RunGroup, { moreRuns }: Difference): string {
  if (moreRuns === null) return 'No number of runs that anybody would make would tell.';
  return `If it stays as it is, ${runsInWords(moreRuns, first.name, second.name)} would settle it.`;
}

/** `some 20 more of each`. */
export function runsInWords(runs: NonNullable<Difference['moreRuns']>, first: string, second: string): string {
  const { first: ofFirst, second: ofSecond } = runs;
  const about = Math.max(ofFirst, ofSecond) === 1 ? '' : 'some ';
  if (ofFirst === ofSecond) return `${about}${count(ofFirst)} more of each`;
  const ofBoth = [
    [ofFirst, first],
    [ofSecond, second],
  ] as const;
  const words = ofBoth.filter(([more]) => more !== 0).map(([more, name]) => `${count(more)} more of ${name}`);
  return `${about}${words.join(' and ')}`;
}

const REST = {
  costUsd: { name: 'cost', better: 'is cheaper', text: (usd: number) => `$${digits(usd)}` },
  durationMillis: { name: 'time', better: 'is faster', text: (millis: number) => `${digits(millis / 1000)} s` },
  tokens: { name: 'tokens', better: 'uses fewer tokens', text: digits },
  retries: {
    name: 'retries',
    better: 'is tried again less often',
    text: (retries: number) => `${digits(retries)} times`,
  },
} as const;

function sentencesOnRest(figures: Verdict['figures']): string[] {
  const sentences = Object.entries(REST).flatMap(([figure, { text, better }]) => {
    const found = figures[figure as keyof typeof REST];
    const { difference } = found;
    if (found.better === null || difference === null) return [];
    const [low, high] = [Number(found.first), Number(found.second)].sort((a, b) => a - b) as [number, number];
    return [`${found.better} ${better}: ${text(low)} a run against ${text(high)} (${sure(difference)}).`];
  });
  if (sentences.length > 0) return sentences;
  const known = Object.entries(REST).flatMap(([figure, { name }]) =>
    figures[figure as keyof typeof REST].difference === null ? [] : [name],
  );
  const last = known.pop();
  if (last === undefined) return [];
  return [`In ${known.length > 0 ? `${known.join(', ')} and ${last}` : last} no difference stands out.`];
}

/** As many decimals as tell them apart where they differ, and from all and from none where they are not. */
function ratesOf(first: Rate, second: Rate): string {
  const text = ({ successes, count: runs }: Rate, decimals: number): string =>
    `${((100 * successes) / runs).toFixed(decimals)}%`;
  const isTold = (decimals: number): boolean =>
    (text(first, decimals) !== text(second, decimals) || rateOf(first) === rateOf(second)) &&
    [first, second].every(({ successes, count: runs }) =>
      [0, 100].every(
        (end) =>
          text({ successes, count: runs }, decimals) !== `${end.toFixed(decimals)}%` || 100 * successes === end * runs,
      ),
    );
  let decimals = 1;
  while (decimals < MOST_DECIMALS && !isTold(decimals)) decimals++;
  const runs = first.count === 1 ? 'run' : 'runs';
  return `${text(first, decimals)} of ${count(first.count)} ${runs} against ${text(second, decimals)} of ${count(second.count)}`;
}

/** Enough for as many runs as anybody makes. */
const MOST_DECIMALS = 8;

/** Very many runs tell small differences, too: these are not written as 0. */
function points(difference: number): string {
  return difference >= 0.001 ? (100 * difference).toFixed(1) : digits(100 * difference);
}

/** Below, a certainty would be written as none. */
const LEAST_SURE = 0.001;

/** Never all: what is sure is never certain. */
function sure({ certainty }: Difference): string {
  return certainty > 0.999 ? 'more than 99.9% sure' : `${(Math.floor(certainty * 1000) / 10).toFixed(1)}% sure`;
}

/** Three that say something. */
function digits(value: number): string {
  const rounded = Number(value.toPrecision(3));
  if (rounded >= 1000) return count(rounded);
  const decimals = rounded === 0 ? 0 : Math.min(100, Math.max(0, 2 - Math.floor(Math.log10(rounded))));
  return rounded.toFixed(decimals).replace(/\.?0+$/, '');
}

/** With commas. Not by `Intl`, which takes longer to load than most questions to answer. */
function count(runs: number): string {
  return String(runs).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

function rateOf({ successes, count: runs }: Rate): number | null {
  return runs === 0 ? null : successes / runs;
}

function meanOf({ count: runs, mean }: Sample): number | null {
  return runs === 0 ? null : mean;
}
