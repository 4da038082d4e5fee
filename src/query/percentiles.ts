// Exact percentiles of groups of values. Sorting a million takes longer than all the rest of a question: they are counted into bins, and only the bins that
// are asked for are sorted.
import { type Distribution, valuesOf } from './distribution.ts';

/** So few are sorted to find one among them. More are counted, which takes memory for each group: so there are at most as many as that is worth. */
const FEW = 512;
/** Of the upper half of a double: its exponent and 8 bits of what follows, so that values in one bin differ by less than half a percent. */
const BIN_SHIFT = 12;
/** The last of them is of what is no value. */
const NO_VALUE = 2 ** 16 - 1;
/** Values below 2^-100 are in the first bin, those above 2^155 in the last but one. */
const FIRST_BIN = (1023 - 100) * 2 ** (20 - BIN_SHIFT);
/** With fewer, adding up the bins of a class takes longer than counting its values again. */
const VALUES_PER_BIN = 16;
/** In bytes. */
const MOST_MARKS = 2 ** 22;
/** Which half of a double is the upper one. */
const UPPER = new Uint32Array(new Float64Array([1]).buffer)[1] === 0 ? 0 : 1;

/**
 * Percentiles by nearest rank: the smallest of the values that `percent` in a hundred of them do not exceed. Null when there is none. All breakdowns
 * are counted while the values are at hand.
 * @param breakdowns of each the groups, of each group the parts; a part is in one group of a breakdown at most.
 * @param percents rising.
 * @returns for each breakdown and each of its groups the percentiles.
 */
export function percentilesByGroup(
  breakdowns: readonly (readonly (readonly Distribution[])[])[],
  percents: readonly number[],
): (number | null)[][][] {
  const large: Map<Distribution, LargeGroup>[] = [];
  const answers = breakdowns.map((groups) => {
    const largeOf = new Map<Distribution, LargeGroup>();
    const ofGroups = groups.map((parts) => {
      if (sizeOf(parts) <= FEW) return amongFew(parts, percents);
      const group: LargeGroup = { answer: percents.map(() => null), bins: NONE, asked: [], found: [] };
      for (const part of parts) largeOf.set(part, group);
      return group.answer;
    });
    if (largeOf.size > 0) large.push(largeOf);
    return ofGroups;
  });
  const parts = [...new Set(large.flatMap((largeOf) => [...largeOf.keys()]))];
  if (parts.length > 0)
    answerLarge(
      parts,
      large.map((largeOf) => parts.map((part) => largeOf.get(part))),
      percents,
    );
  return answers;
}

interface LargeGroup {
  readonly answer: (number | null)[];
  /** How many values are in each bin; later for each bin that is asked for where in `found` its values are, 1 for the first, and 0 for all others. */
  bins: Uint32Array;
  readonly asked: number[];
  readonly found: number[][];
}

const NONE = new Uint32Array();

function sizeOf(parts: readonly Distribution[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

function amongFew(parts: readonly Distribution[], percents: readonly number[]): (number | null)[] {
  const sorted = valuesOf(parts).sort();
  return percents.map((percent) => sorted[rankOf(percent, sorted.length)] ?? null);
}

/** @param breakdowns for each the groups of the parts; parts in no large group have none. */
function answerLarge(
  parts: readonly Distribution[],
  breakdowns: readonly (readonly (LargeGroup | undefined)[])[],
  percents: readonly number[],
): void {
  const groupsOf = parts.map((_, part) => breakdowns.flatMap((largeOf) => largeOf[part] ?? []));
  const { stretches, width, valueBins } = inBins(parts);
  const tallies = talliesOf(breakdowns, parts.length, sizeOf(parts) / width / VALUES_PER_BIN);
  for (const tally of tallies) countAll(stretches, tally, width);
  const groups = new Set(groupsOf.flat());
  const places = new Map([...groups].map((group) => [group, ask(group, valueBins, percents)]));
  find(stretches, groupsOf, width);
  for (const [{ answer, found }, ofGroup] of places) {
    const sorted = found.map((values) => Float64Array.from(values).sort());
    for (const [index, [bin, place]] of ofGroup.entries()) answer[index] = (sorted[bin]?.[place] ?? 0) + 0;
  }
}

/** Parts that are in the same groups are of one class: what is counted of a class is added to each of its groups. */
interface Tally {
  /** For each part; -1 for one of no group. */
  readonly classOf: readonly number[];
  readonly groupsOf: readonly (readonly LargeGroup[])[];
}

/** Each value is counted once for each of them: breakdowns are taken together while that makes no more classes than are quickly added up. */
function talliesOf(
  breakdowns: readonly (readonly (LargeGroup | undefined)[])[],
  parts: number,
  mostClasses: number,
): Tally[] {
  const tallies: Tally[] = [];
  for (const largeOf of breakdowns) {
    const last = tallies.at(-1);
    const together = last && withBreakdown(last, largeOf);
    if (together !== undefined && together.groupsOf.length <= mostClasses) tallies[tallies.length - 1] = together;
    else tallies.push(withBreakdown({ classOf: Array.from({ length: parts }, () => -1), groupsOf: [] }, largeOf));
  }
  return tallies;
}

function withBreakdown(tally: Tally, largeOf: readonly (LargeGroup | undefined)[]): Tally {
  const groupsOf: (readonly LargeGroup[])[] = [];
  /** By class until now, and by group. */
  const classes = new Map<number, Map<LargeGroup | undefined, number>>();
  const classOf = tally.classOf.map((before, part) => {
    const group = largeOf[part];
    if (before === -1 && group === undefined) return -1;
    const ofClass = classes.get(before) ?? new Map<LargeGroup | undefined, number>();
    classes.set(before, ofClass);
    const number = ofClass.get(group) ?? groupsOf.length;
    if (number === groupsOf.length) {
      ofClass.set(group, number);
      groupsOf.push([...(tally.groupsOf[before] ?? []), ...(group === undefined ? [] : [group])]);
    }
    return number;
  });
  return { classOf, groupsOf };
}

function countAll(stretches: readonly BinnedStretch[], { classOf, groupsOf }: Tally, width: number): void {
  const counts = new Uint32Array(groupsOf.length * width);
  for (const stretch of stretches) {
    const number = classOf[stretch.part] as number;
    if (number !== -1) countInto(counts, number * width, stretch);
  }
  for (const [number, groups] of groupsOf.entries()) {
    const ofClass = counts.subarray(number * width, (number + 1) * width);
    for (const group of groups) {
      // What is in no other group is the group's own.
      if (group.bins === NONE) group.bins = groups.length === 1 ? ofClass : ofClass.slice();
      else addTo(group.bins, ofClass);
    }
  }
}

/** Functions of their own, here and below: the inner loops of one that is never left are compiled too late. */
function countInto(counts: Uint32Array, first: number, { bins, from, to }: BinnedStretch): void {
  for (let index = from; index < to; index++) {
    const bin = first + (bins[index] as number);
    counts[bin] = (counts[bin] as number) + 1;
  }
}

function addTo(counts: Uint32Array, others: Uint32Array): void {
  for (let bin = 0; bin < counts.length; bin++) counts[bin] = (counts[bin] as number) + (others[bin] as number);
}

/**
 * Finds the bins that hold the percentiles of a group, and marks them in `bins`.
 * @returns for each percentile where in `found` the values of its bin will be, and its place among them.
 */
function ask(
  { bins, asked, found }: LargeGroup,
  valueBins: number,
  percents: readonly number[],
): (readonly [bin: number, place: number])[] {
  const values = bins.subarray(0, valueBins).reduce((sum, some) => sum + some, 0);
  const places: [number, number][] = [];
  if (values > 0) {
    let bin = 0;
    let below = 0;
    for (const percent of percents) {
      const rank = rankOf(percent, values);
      while (below + (bins[bin] as number) <= rank) below += bins[bin++] as number;
      if (asked.at(-1) !== bin) asked.push(bin);
      places.push([asked.length - 1, rank - below]);
    }
  }
  bins.fill(0);
  for (const bin of asked) bins[bin] = found.push([]);
  return places;
}

/** Hands the values that are asked for to the groups that do. @param groupsOf those of each part. */
function find(stretches: readonly BinnedStretch[], groupsOf: readonly (readonly LargeGroup[])[], width: number): void {
  // For each part, or for all where they are too many.
  const rows = groupsOf.length * width <= MOST_MARKS ? groupsOf.length : 1;
  const isAsked = new Uint8Array(rows * width);
  for (const [part, groups] of groupsOf.entries())
    for (const { asked } of groups) for (const bin of asked) isAsked[(part % rows) * width + bin] = 1;
  for (const stretch of stretches)
    findIn(stretch, isAsked, (stretch.part % rows) * width, groupsOf[stretch.part] as readonly LargeGroup[]);
}

function findIn(
  { column, bins, from, to }: BinnedStretch,
  isAsked: Uint8Array,
  first: number,
  groups: readonly LargeGroup[],
): void {
  for (let index = from; index < to; index++) {
    const bin = bins[index] as number;
    if (isAsked[first + bin] !== 0) hand(column[index] as number, bin, groups);
  }
}

function hand(value: number, bin: number, groups: readonly LargeGroup[]): void {
  for (const { bins, found } of groups) {
    const place = bins[bin] as number;
    if (place > 0) found[place - 1]?.push(value);
  }
}

function rankOf(percent: number, count: number): number {
  return Math.max(0, Math.ceil((percent / 100) * count) - 1);
}

/** Values of a part, and the bin of each. */
interface BinnedStretch {
  readonly part: number;
  readonly column: Float64Array;
  readonly bins: Uint16Array;
  readonly from: number;
  readonly to: number;
}

interface Binned {
  readonly stretches: readonly BinnedStretch[];
  /** Bins there are. Those that hold nothing are left out, so that few are left to be counted. */
  readonly width: number;
  /** Of these, those that hold values: the first. */
  readonly valueBins: number;
}

function inBins(parts: readonly Distribution[]): Binned {
  const used = new Uint16Array(NO_VALUE + 1);
  const binsByColumn = new Map<Float64Array, Uint16Array>();
  const stretches: BinnedStretch[] = [];
  for (const [part, distribution] of parts.entries())
    distribution.forEachStretch((column, from, to) => {
      let bins = binsByColumn.get(column);
      // The whole column: most of it is asked for, in many stretches.
      if (bins === undefined) binsByColumn.set(column, (bins = binsOf(column, used)));
      stretches.push({ part, column, bins, from, to });
    });
  const hasNoValues = used[NO_VALUE] as number;
  let width = 0;
  for (let bin = 0; bin <= NO_VALUE; bin++) if (used[bin] === 1) used[bin] = width++;
  for (const bins of binsByColumn.values()) renumber(bins, used);
  return { stretches, width, valueBins: width - hasNoValues };
}

/** @param used is set to 1 for the bins of the values. */
function binsOf(column: Float64Array, used: Uint16Array): Uint16Array {
  const halves = new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
  const bins = new Uint16Array(column.length);
  for (let index = 0; index < bins.length; index++) {
    const value = column[index] as number;
    // Without the sign, which only a zero may have.
    const near = (((halves[2 * index + UPPER] as number) & 0x7fffffff) >>> BIN_SHIFT) - FIRST_BIN;
    const bin = value !== value ? NO_VALUE : near < 0 ? 0 : near < NO_VALUE ? near : NO_VALUE - 1;
    bins[index] = bin;
    used[bin] = 1;
  }
  return bins;
}

function renumber(bins: Uint16Array, numbers: Uint16Array): void {
  for (let index = 0; index < bins.length; index++) bins[index] = numbers[bins[index] as number] as number;
}
