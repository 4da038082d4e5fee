// A value with its unit, for people: `$12.40`, `35 %`, `1.2 s`, `1,250 tokens`.

/** @param unit UCUM, as of an instrument. */
export function formatValue(value: number | null, unit: string | undefined): string {
  if (value === null || Number.isNaN(value)) return 'no data';
  switch (unit) {
    case '{USD}':
    case 'USD':
      return `${value < 0 ? '-' : ''}$${formatNumber(Math.abs(value), 2)}`;
    case '1':
      return `${formatNumber(value * 100, 1)} %`;
    case undefined:
    case '':
      return formatNumber(value, 3);
    default: {
      const noun = /^\{(\w+)\}$/.exec(unit)?.[1];
      if (noun === undefined) return `${formatNumber(value, 3)} ${unit}`;
      return `${formatNumber(value, 1)} ${value === 1 || noun.endsWith('s') ? noun : `${noun}s`}`;
    }
  }
}

/** Small values keep their first digits, for 0.0004 is not 0. */
function formatNumber(value: number, digits: number): string {
  const isSmall = value !== 0 && Math.abs(value) < 10 ** -digits;
  return value.toLocaleString('en-US', isSmall ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: digits });
}
