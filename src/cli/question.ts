// What the commands that ask the journal have in common: filters, progress, a title, JSON, and what to say when there is nothing to answer from.
import { type Command } from 'commander';
import { type Answer, type Journal } from '../query/journal.ts';
import { type Question } from '../query/question.ts';
import { openJournal } from '../runtime/open-journal.ts';
import { formatTime, printable } from './format.ts';
import {
  addCallOptions,
  addDirOption,
  addJsonOption,
  addPeriodOptions,
  type CheckedQuestion,
  type FilterOptions,
  questionOf,
  resolveDir,
} from './journal-options.ts';
import { nothingFound, reportDamage, reportSampling, shortPath } from './journal-report.ts';
import { note, paint, print, printJson, terminalWidth } from './output.ts';
import { progressOfIndex } from './progress.ts';
import { cutStart, wrap } from './table.ts';

export interface QuestionCommand<T extends object, O extends FilterOptions> {
  readonly name: string;
  readonly description: string;
  /** What the answer is about: `calls`, `runs of prompts`. */
  readonly about: string;
  /** What there is none of where the answer is empty, when that is not all it is about: `calls with a known cost`. */
  readonly lacking?: (answer: T) => string;
  /** Adds the options of its own. */
  readonly addOptions?: (command: Command) => Command;
  /** @param args what the command was given beside options. */
  readonly ask: (journal: Journal, question: Question, options: O, args: readonly string[]) => Promise<Answer<T>>;
  readonly isEmpty: (answer: T) => boolean;
  /** What a person should know beside an answer that is not empty. */
  readonly notes?: (answer: T) => readonly string[];
  /** The answer in JSON, apart from `period` and `journal`. */
  readonly record: (answer: T) => object;
  /** The answer for people. @param width columns there are; `undefined` where it is neither cut nor folded. */
  readonly render: (answer: T, width: number | undefined, options: O) => string;
}

export function addQuestion<T extends object, O extends FilterOptions>(
  program: Command,
  question: QuestionCommand<T, O>,
): void {
  const command = program.command(question.name).description(question.description);
  question.addOptions?.(command);
  command.addHelpText(
    'after',
    '\nThe journal has the calls that were sampled: those that OTEL_TRACES_SAMPLER drops\nare in the metrics alone, and in no answer.',
  );
  addJsonOption(addDirOption(addCallOptions(addPeriodOptions(command)))).action(() =>
    answer(question, command.optsWithGlobals<O>(), command.args),
  );
}

async function answer<T extends object, O extends FilterOptions>(
  { about, lacking, ask, isEmpty, notes, record, render }: QuestionCommand<T, O>,
  options: O,
  args: readonly string[],
): Promise<void> {
  const dir = resolveDir(options);
  const question = questionOf(options);
  const found = await progressOfIndex((onProgress) =>
    ask(openJournal({ dir }), { ...question, onProgress }, options, args),
  );
  if (options.json) {
    printJson({ period: periodRecord(question, options), ...record(found), journal: found.journal });
  } else if (isEmpty(found)) {
    print(nothingFound(lacking?.(found) ?? about, found.journal));
  } else {
    const width = terminalWidth();
    print(paint('dim', wrap(titleOf(about, cutStart(shortPath(dir), width), question, options), width)));
    print(`\n${render(found, width, options)}`);
  }
  if (!isEmpty(found)) for (const text of notes?.(found) ?? []) note(text);
  reportDamage(found.journal);
  reportSampling();
}

function periodRecord({ since, until }: CheckedQuestion, options: FilterOptions): object {
  return { since: isoTime(since), until: isoTime(until), timeZone: timeZone(options) };
}

function titleOf(about: string, place: string, question: CheckedQuestion, options: FilterOptions): string {
  const time = (millis: number): string => formatTime(millis, options.utc ?? false);
  const since = question.since === undefined ? '' : ` since ${time(question.since)}`;
  const until = question.until === undefined ? '' : ` until ${time(question.until)}`;
  const { workflow, model, provider, agent, prompt, where = {} } = question;
  const only = [workflow, model, provider, agent, prompt].flatMap((names) => names ?? []);
  for (const [name, values] of Object.entries(where)) only.push(`${name}=${[values].flat().join('|')}`);
  const of = only.length === 0 ? '' : ` of ${printable(only.join(', '))}`;
  const zone = since || until ? ` (${timeZone(options)})` : '';
  const isAll = `${since}${until}${of}` === '';
  const subject = isAll ? `All ${about}` : about.charAt(0).toUpperCase() + about.slice(1);
  return `${subject}${of}${since}${until}${zone} in ${place}`;
}

function timeZone(options: FilterOptions): string {
  // With a style: to look for patterns of a date takes twice as long.
  return options.utc ? 'UTC' : new Intl.DateTimeFormat('en', { dateStyle: 'short' }).resolvedOptions().timeZone;
}

function isoTime(millis: number | undefined): string | null {
  return millis === undefined ? null : new Date(millis).toISOString();
}
