// Lengths of time as people write them in rules: `90s`, `5m`, `24h`, `7d`, `2w`, `1h30m`, `0`.

const UNITS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const DURATION = /^(?:0|(?:\d{1,9}(?:ms|[wdhms]))+)$/;

/** Milliseconds; `undefined` when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let millis = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[wdhms])/g)) {
    millis += Number(amount) * UNITS[unit as keyof typeof UNITS];
  }
  return Number.isSafeInteger(millis) ? millis : undefined;
}

/** The shortest way to write it, as Prometheus does: `1h30m`; `0s` for 0. */
export function formatDuration(millis: number): string {
  let rest = Math.round(millis);
  let text = '';
  for (const [unit, size] of Object.entries(UNITS)) {
    // A duration of weeks that are not whole ones reads better in days.
    if (unit === 'w' && rest % size !== 0) continue;
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text || '0s';
}
