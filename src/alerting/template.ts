// Descriptions: a text with placeholders `{{name}}`. It knows which there are, not where their values come from.

/** Placeholders beside `label NAME`, which stands for the value of a label. */
const PLACEHOLDERS = [
  'rule',
  'value',
  'threshold',
  'budget',
  'step',
  'op',
  'statistic',
  'metric',
  'window',
  'severity',
  'unit',
  'labels',
  'forecast',
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** Placeholders that do not exist, as they are written. */
export function unknownPlaceholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)]
    .map(([, name = '']) => name)
    .filter((name) => !/^label \S+$/.test(name) && !(PLACEHOLDERS as readonly string[]).includes(name));
}

/** The text; what has no value is left empty, and no space is left at its end. */
export function fillTemplate(
  template: string,
  values: Readonly<Record<Placeholder, string>>,
  labels: Readonly<Record<string, string>>,
): string {
  return template
    .replaceAll(PLACEHOLDER, (_, name: string) =>
      name.startsWith('label ') ? (labels[name.slice('label '.length)] ?? '') : (values[name as Placeholder] ?? ''),
    )
    .trim();
}
