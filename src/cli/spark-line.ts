// A row of numbers as a line of little bars, to see at a glance when there was much and when nothing.

const BARS = '▁▂▃▄▅▆▇█';

/** The tallest bar is the largest value, the lowest is 0 or little; what is unknown is a gap. Values are 0 or more. */
export function sparkLine(values: readonly (number | null)[]): string {
  const most = values.reduce<number>((largest, value) => Math.max(largest, value ?? 0), 0);
  return values
    .map((value) => {
      if (value === null) return ' ';
      return BARS[most === 0 ? 0 : Math.ceil((value / most) * (BARS.length - 1))];
    })
    .join('');
}
