// Which tier of models the scores speak for. It advises and never decides, says why, and how sure it is.
import type { Tiers } from '../../config/option-table.ts';
import { certaintyOfSide, sampleOf } from './feedback-stats.ts';

export interface TierAdvice {
  readonly action: 'upgrade' | 'downgrade' | 'keep';
  /** What is advised: the tier it is, where it is kept. */
  readonly tier: string;
  /** Of that tier, by the option `tiers`; empty where it names none. */
  readonly models: readonly string[];
  /** What it is now. */
  readonly current: string;
  readonly reason: string;
  /** 0 to 1: how sure the scores are to be on the side of the limit that the advice goes by. 0 with too few of them. */
  readonly confidence: number;
  /** Scores of the current tier that were looked at. */
  readonly samples: number;
  /** Their mean; `null` without any. */
  readonly mean: number | null;
}

/** Scores that it takes to say anything of a tier. */
const LEAST_SAMPLES = 10;
export const UPGRADE_BELOW = 0.7;
const DOWNGRADE_ABOVE = 0.9;
const CHEAPER_HOLDS_ABOVE = 0.85;

/**
 * @param current what it is now
 * @param scoresOf all scores of a tier
 * @param tiers the cheapest first
 */
export function recommend(current: string, scoresOf: (tier: string) => readonly number[], tiers: Tiers): TierAdvice {
  const scores = scoresOf(current);
  const { count, mean } = sampleOf(scores);
  const advise = (action: TierAdvice['action'], tier: string, reason: string, confidence: number): TierAdvice => ({
    action,
    tier,
    models: Object.hasOwn(tiers, tier) ? (tiers[tier] as readonly string[]) : [],
    current,
    reason,
    confidence,
    samples: count,
    mean: count === 0 ? null : mean,
  });
  const keep = (reason: string, confidence: number): TierAdvice => advise('keep', current, reason, confidence);

  if (count < LEAST_SAMPLES) return keep(`${current} has ${count} of the ${LEAST_SAMPLES} scores it takes to tell.`, 0);
  const order = Object.keys(tiers);
  const place = order.indexOf(current);
  if (mean < UPGRADE_BELOW) {
    const confidence = certaintyOfSide(scores, UPGRADE_BELOW);
    const low = `${current} scores ${shown(mean)} on average, below ${UPGRADE_BELOW}`;
    if (place === -1) return keep(`${low}, but the option tiers does not say which tier is better.`, confidence);
    const better = order[place + 1];
    return better === undefined
      ? keep(`${low}, but no tier is better.`, confidence)
      : advise('upgrade', better, `${low}.`, confidence);
  }
  if (mean <= DOWNGRADE_ABOVE) {
    const confidence = Math.min(certaintyOfSide(scores, UPGRADE_BELOW), certaintyOfSide(scores, DOWNGRADE_ABOVE));
    return keep(`${current} scores ${shown(mean)} on average: good enough to stay, not to save.`, confidence);
  }
  const confidence = certaintyOfSide(scores, DOWNGRADE_ABOVE);
  const high = `${current} scores ${shown(mean)} on average, above ${DOWNGRADE_ABOVE}`;
  const cheaper = order[place - 1];
  if (cheaper === undefined) {
    return keep(
      `${high}, and ${place === 0 ? 'no tier is cheaper' : 'the option tiers does not say which is cheaper'}.`,
      confidence,
    );
  }
  const others = scoresOf(cheaper);
  const other = sampleOf(others);
  if (other.count < LEAST_SAMPLES) {
    return keep(
      `${high}, but ${cheaper} has ${other.count} of the ${LEAST_SAMPLES} scores it takes to tell.`,
      confidence,
    );
  }
  const sure = Math.min(confidence, certaintyOfSide(others, CHEAPER_HOLDS_ABOVE));
  return other.mean > CHEAPER_HOLDS_ABOVE
    ? advise('downgrade', cheaper, `${high}, and ${cheaper} holds ${shown(other.mean)}.`, sure)
    : keep(`${high}, but ${cheaper} scores ${shown(other.mean)}, not above ${CHEAPER_HOLDS_ABOVE}.`, sure);
}

function shown(mean: number): string {
  return mean.toFixed(3);
}
