// Writes the table of options in docs/guide/configuration.md from the option table. A test compares the two.
import { readFileSync, writeFileSync } from 'node:fs';
import { eachOption, type Option } from '../src/config/option-table.ts';

const START = '<!-- options: made by scripts/option-docs.ts -->';
const END = '<!-- /options -->';

/** The page with its table made anew. */
export function withOptionTable(page: string): string {
  const start = page.indexOf(START) + START.length;
  const end = page.indexOf(END);
  if (start < START.length || end < start) throw new Error(`The page has no place for the table: ${START} … ${END}.`);
  const rows = [...eachOption()].map(
    ([path, option]) => `| \`${path.join('.')}\` | \`${option.env}\` | ${values(option)} | ${option.description} |`,
  );
  const table = ['| option | environment | values, default | what it does |', '| --- | --- | --- | --- |', ...rows];
  return `${page.slice(0, start)}\n\n${table.join('\n')}\n\n${page.slice(end)}`;
}

function values(option: Option): string {
  switch (option.kind) {
    case 'boolean':
      return `${option.default}`;
    case 'integer':
      return `${option.min} to ${option.max}, ${option.default}`;
    case 'choice':
      return `${option.choices.join(', ')}; ${option.default}`;
    case 'prices':
    case 'tiers':
    case 'rules':
    case 'channels':
      return 'none';
    case 'list':
      return 'separated by commas; none';
    case 'string':
      return option.default === undefined ? 'none' : `\`${option.default}\``;
  }
}

if (process.argv[1] === import.meta.filename) {
  const path = new URL('../docs/guide/configuration.md', import.meta.url);
  writeFileSync(path, withOptionTable(readFileSync(path, 'utf8')));
}
