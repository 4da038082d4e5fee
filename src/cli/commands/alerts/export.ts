// `agent-vitals alerts export`: rules as YAML that `import` takes, or as a rule file for Prometheus.
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { stringify } from 'yaml';
import { fileProblem } from '../../../internal/file-problem.ts';
import { knownInstruments } from '../../alerts/instruments.ts';
import {
  alertsConfig,
  findValidRule,
  type KnownRule,
  knownRules,
  type ValidRule,
  withDatabaseIfThere,
} from '../../alerts/known-rules.ts';
import { ruleFile } from '../../alerts/rule-file.ts';
import { Failure } from '../../failure.ts';
import { formatCountOf } from '../../format.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../../journal-options.ts';
import { shortPath } from '../../journal-report.ts';
import { note, print, printJson, printPart } from '../../output.ts';

interface ExportOptions extends DirOptions {
  readonly format: 'yaml' | 'prometheus';
  readonly output?: string;
}

export function addExport(alerts: Command): void {
  const command = alerts
    .command('export')
    .description('rules for another directory, or for Prometheus')
    .argument('[name...]', 'which; all when none is named')
    .addOption(new Option('--format <format>', 'of the file').choices(['yaml', 'prometheus']).default('yaml'))
    .option('-o, --output <file>', 'write this file instead of stdout')
    .action(exportRules);
  addJsonOption(addDirOption(command), 'say in JSON what was exported, and the text where no file is named');
}

async function exportRules(names: readonly string[], options: ExportOptions): Promise<void> {
  const config = alertsConfig(options);
  const known = await withDatabaseIfThere(config.dir, (database) =>
    names.length > 0
      ? [...new Set(names)].map((name) => findValidRule(config, database, name))
      : knownRules(config, database),
  );
  const rules = known.filter(isValid);
  const wrong = known.filter((each) => !isValid(each));
  if (rules.length === 0) throw new Failure('There is no rule to export.');
  for (const { problems } of wrong) note(`${problems.join(' ')} It is left out.`);
  const { text, leftOut } =
    options.format === 'yaml'
      ? { text: stringify({ rules: rules.map(({ input }) => input) }), leftOut: [] }
      : ruleFile(
          rules.map(({ rule }) => rule),
          await knownInstruments(
            config.dir,
            rules.map(({ rule }) => rule),
          ),
        );
  for (const { rule, reason } of leftOut) note(`${rule} is left out: ${reason}.`);
  const exported = rules.map(({ name }) => name).filter((name) => !leftOut.some(({ rule }) => rule === name));
  if (options.output !== undefined) write(options.output, text);
  if (options.json) {
    const { format, output } = options;
    printJson({ format, output: output ?? null, rules: exported, leftOut, ...(output === undefined && { text }) });
  } else if (options.output === undefined) await printPart(text);
  else print(`Wrote ${formatCountOf(exported.length, 'rule')} to ${shortPath(options.output)}.`);
}

function isValid(known: KnownRule): known is ValidRule {
  return known.rule !== undefined;
}

/** Whole or not at all. */
function write(file: string, text: string): void {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text);
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new Failure(`${file} cannot be written: ${fileProblem(error)}.`, { cause: error });
  }
}
