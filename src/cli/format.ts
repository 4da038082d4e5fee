// Numbers, money and times as people read them. Unknown is a word or a dash, never a zero.

// Made when first used: an answer in JSON needs neither.
let whole: Intl.NumberFormat | undefined;
let twoDecimals: Intl.NumberFormat | undefined;

export const UNKNOWN = '–';

export function formatCount(count: number): string {
  return (whole ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })).format(count);
}

/** Two decimals. */
export function formatDecimal(value: number): string {
  const two = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return (twoDecimals ??= new Intl.NumberFormat('en-US', two)).format(value);
}

/** `count` of something: `1 call`, `2 calls`. */
export function formatCountOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** The smaller the amount, the more decimals: a known cost never reads as nothing. */
export function formatUsd(usd: number): string {
  if (usd === 0) return '$0';
  if (usd >= 0.995) return `$${formatDecimal(usd)}`;
  if (usd >= 0.01) return `$${usd.toFixed(4)}`;
  // Two digits that say something.
  return `$${usd.toFixed(Math.min(20, 1 - Math.floor(Math.log10(usd))))}`;
}

/** A sum of costs, `null` when none of them is known. */
export function formatCost(usd: number | null): string {
  return usd === null ? 'unpriced' : formatUsd(usd);
}

/** Most frequent first, none that did not happen. */
export function formatCounts(byName: Readonly<Record<string, number>>): string[] {
  return Object.entries(byName)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${formatCount(count)}`);
}

/** Of what may be below 0: a saving that was a loss. */
export function formatSignedUsd(usd: number): string {
  return usd < 0 ? `-${formatUsd(-usd)}` : formatUsd(usd);
}

export function formatMillis(millis: number | null): string {
  if (millis === null) return UNKNOWN;
  if (millis < 10) return `${millis.toFixed(1)} ms`;
  if (millis < 999.5) return `${Math.round(millis)} ms`;
  if (millis < 59_995) return `${(millis / 1000).toFixed(2)} s`;
  const seconds = Math.round(millis / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h ${pad(Math.floor((seconds % 3600) / 60))}m`;
}

/** `ratio` of 0 to 1. A few in very many are not none, and not all are not all. */
export function formatPercent(ratio: number | null): string {
  if (ratio === null) return UNKNOWN;
  if (ratio > 0 && ratio < 0.0005) return '<0.1%';
  if (ratio < 1 && ratio >= 0.9995) return '>99.9%';
  return `${(ratio * 100).toFixed(1)}%`;
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `2026-11-23 10:12:33`, in UTC or the machine's time zone. */
export function formatTime(timeMillis: number, utc: boolean): string {
  const at = new Date(timeMillis);
  if (utc) return at.toISOString().slice(0, 19).replace('T', ' ');
  const date = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(pad).join('-');
  return `${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(':')}`;
}

/** Text from the journal, safe to print: it may hold control characters that move a terminal's cursor, or turn the text around. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
