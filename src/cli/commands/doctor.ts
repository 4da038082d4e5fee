// `agent-vitals doctor`: what works, what does not, and why.
import { type Command } from 'commander';
import { resolveConfig } from '../../config/resolve-config.ts';
import { type Check, type CheckState } from '../doctor/check.ts';
import { checkAlerts } from '../doctor/check-alerts.ts';
import { checkJournal } from '../doctor/check-journal.ts';
import { checkProcesses, checkScrape } from '../doctor/check-processes.ts';
import { checkEnvironment, checkNode, checkPackages, checkSampling } from '../doctor/check-setup.ts';
import { checkShipping } from '../doctor/check-shipping.ts';
import { printable } from '../format.ts';
import { addDirOption, addJsonOption, type DirOptions } from '../journal-options.ts';
import { paint, print, printJson, type Style } from '../output.ts';
import { readProcesses } from '../processes.ts';

export function addDoctor(program: Command): void {
  const command = program.command('doctor').description('what is hooked, what works and what does not').action(doctor);
  addJsonOption(addDirOption(command));
}

async function doctor(options: DirOptions): Promise<void> {
  const { config, warnings } = resolveConfig({ flags: options.dir === undefined ? undefined : { dir: options.dir } });
  const processes = readProcesses(config.dir);
  const checks: Check[] = [
    checkNode(),
    ...checkPackages(process.cwd()),
    ...checkEnvironment(process.env, warnings),
    checkSampling(process.env),
    ...checkProcesses(processes),
    await checkScrape(processes),
    ...checkShipping(config.dir),
    ...(await checkJournal(config.dir)),
    ...(await checkAlerts(config)),
  ];
  const ok = checks.every(({ state }) => state !== 'problem');
  if (options.json) printJson({ ok, dir: config.dir, checks: checks.map(asRecord) });
  else print(checks.map(render).join('\n'));
  if (!ok) process.exitCode = 1;
}

const MARKS: Readonly<Record<CheckState, readonly [string, Style]>> = {
  ok: ['ok', 'green'],
  info: ['info', 'dim'],
  warning: ['warning', 'yellow'],
  problem: ['problem', 'red'],
};

/** With all its keys. */
function asRecord({ check, state, message, details = [], data = null }: Check): object {
  return { check, state, message, details, data };
}

function render({ state, message, details = [] }: Check): string {
  const [mark, style] = MARKS[state];
  const indent = ' '.repeat(9);
  return [
    paint(style, mark.padEnd(indent.length)) + printable(message),
    ...details.map((detail) => indent + printable(detail)),
  ].join('\n');
}
