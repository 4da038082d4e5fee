// Runs the whole suite and writes docs/conformance.md from what it saw: `npx tsx test/conformance/write-table.ts`, after a build.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { shapesOf } from './child/shapes/index.ts';
import { runBoth } from './run-both.ts';
import { installSdks, type SdkRun, sdkRuns, vendorOf } from './sdks.ts';
import { type Verdict, verdictOf } from './verdict.ts';

const target = resolve(import.meta.dirname, '../../docs/conformance.md');
const packages = { openai: 'openai', anthropic: '@anthropic-ai/sdk' } as const;

interface Column {
  readonly sdk: SdkRun;
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

async function column(sdk: SdkRun): Promise<Column> {
  const { without, withUs } = await runBoth(sdk);
  return {
    sdk,
    verdicts: new Map(shapesOf(vendorOf(sdk)).map((shape) => [shape.name, verdictOf(shape, without, withUs)])),
  };
}

const present = ({ verdicts }: Column) => [...verdicts.values()].filter((verdict) => verdict.present);
const passed = (given: Column) => present(given).filter(({ faults }) => faults.length === 0).length;
const heading = ({ sdk }: Column) => `${sdk.alias.replace(/^\w+-/, '')} ${sdk.format}`;
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

function mark(verdict: Verdict | undefined): string {
  if (verdict === undefined || verdict.faults.length > 0) return '**no**';
  return verdict.present ? 'yes' : '–';
}

function table(columns: readonly Column[]): string {
  const names = [...(columns[0]?.verdicts.keys() ?? [])];
  return [
    row(['Shape', ...columns.map(heading)]),
    row(['---', ...columns.map(() => ':-:')]),
    row(['**passed of those it has**', ...columns.map((given) => `**${passed(given)} of ${present(given).length}**`)]),
    ...names.map((name) => row([name, ...columns.map(({ verdicts }) => mark(verdicts.get(name)))])),
  ].join('\n');
}

await installSdks();
const columns: Column[] = [];
for (const sdk of sdkRuns) {
  const done = await column(sdk);
  columns.push(done);
  console.log(`${sdk.alias} ${sdk.format}: ${passed(done)} of ${present(done).length}`);
  for (const [name, { faults }] of done.verdicts) for (const fault of faults) console.log(`  ${name}: ${fault}`);
}
const total = columns.reduce((sum, given) => sum + present(given).length, 0);
const totalPassed = columns.reduce((sum, given) => sum + passed(given), 0);
writeFileSync(
  target,
  `# Conformance

Nothing changes for your program. Each call shape below is run twice in a process of its own, without us and with the flag, against the same
local provider. Compared are the values, types and prototype chains the caller gets, the identity, class and fields of errors, the requests
as the server saw them with all their headers, whether leaving a stream closes its connection and how soon, frozen and unfrozen parameters,
unhandled rejections, warnings, the output of the process and the time it takes to end. With us, the journal must hold exactly the spans the
shape should leave: outcome, usage, finish reasons, model and error.

Node ${process.version}: **${totalPassed} of ${total}** passed. \`yes\` is the same with us, \`–\` is not in this version, \`**no**\` is a difference.

What is not compared:
- Methods that stand, not enumerable, on one promise, stream or iterator in front of those of its class. They are how we listen; what they
  do is compared.
- Case and order of header names, which mean nothing in HTTP. \`@anthropic-ai/sdk\` from 0.134 on writes them otherwise as soon as an app has
  any OpenTelemetry tracer provider. It also changes its streams a little then (\`_request_id\` and an iterator of their own stand on them),
  so its runs without us have a bare tracer provider: what the SDK does by itself is not ours, and we change nothing more.

${(['openai', 'anthropic'] as const)
  .map((vendor) => `## ${packages[vendor]}\n\n${table(columns.filter(({ sdk }) => vendorOf(sdk) === vendor))}`)
  .join('\n\n')}

Made by \`test/conformance/write-table.ts\`; the tests of the package run the same on every change.
`,
);
process.exitCode = totalPassed === total ? 0 : 1;
