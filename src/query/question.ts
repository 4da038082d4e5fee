// What all questions have in common: which calls they are about, and of which journal they are answered.
import { type CallFilter } from './call-filter.ts';
import { type SkippedFile } from './journal-files.ts';
import { type JournalTally } from './journal-reader.ts';
import { parseSince, parseUntil } from './period.ts';
import { type Zone } from './time-zone.ts';
import { type Where } from './where.ts';

/** A moment: milliseconds since the epoch, a `Date`, or a text such as `7d` (ago), `2026-11-23` or `2026-11-23T10:00`. */
export type Moment = number | Date | string;

type OneOrMore = string | readonly string[];

/** Nothing given: all calls. Of several names any will do. */
export interface Question {
  /** Calls made from then on. */
  readonly since?: Moment | undefined;
  /** Calls made before then; a date is meant with its whole day. */
  readonly until?: Moment | undefined;
  readonly workflow?: OneOrMore | undefined;
  /** As asked for or as answered. */
  readonly model?: OneOrMore | undefined;
  readonly provider?: OneOrMore | undefined;
  readonly agent?: OneOrMore | undefined;
  readonly prompt?: OneOrMore | undefined;
  readonly promptVersion?: OneOrMore | undefined;
  readonly promptVariant?: OneOrMore | undefined;
  readonly onlyErrors?: boolean | undefined;
  /**
   * Attributes of any name, of the span or its resource: `{ 'deployment.environment.name': 'prod', region: ['eu', 'us'] }`. The index does not keep
   * them: all of the journal is read.
   */
  readonly where?: Where | undefined;
  /** Of days and hours, and of dates without an offset: `UTC`, or an IANA name. The machine's when not given. */
  readonly timeZone?: string | undefined;
  /** Called while new lines of the journal are read, with the bytes that are read and those to be read. */
  readonly onProgress?: ((readBytes: number, totalBytes: number) => void) | undefined;
}

/** The journal an answer is from, and what of it could not be read. */
export interface JournalSummary {
  readonly dir: string;
  readonly files: number;
  /** With the damaged ones. */
  readonly lines: number;
  readonly corruptLines: number;
  /** File name to its number of damaged lines. */
  readonly corruptByFile: Readonly<Record<string, number>>;
  readonly skippedFiles: readonly SkippedFile[];
}

/** @throws {PeriodError} when `since` or `until` is no point in time. */
export function filterOf(question: Question): CallFilter {
  const { since, until, onlyErrors } = question;
  const period = { nowMillis: Date.now(), zone: zoneOf(question) };
  return {
    sinceMillis: momentOf(since, (text) => parseSince(text, period)),
    untilMillis: momentOf(until, (text) => parseUntil(text, period)),
    workflows: listOf(question.workflow),
    models: listOf(question.model),
    providers: listOf(question.provider),
    agents: listOf(question.agent),
    prompts: listOf(question.prompt),
    promptVersions: listOf(question.promptVersion),
    promptVariants: listOf(question.promptVariant),
    onlyErrors,
    where: question.where,
  };
}

export function zoneOf({ timeZone = 'local' }: Question): Zone {
  return timeZone;
}

export function summaryOf(dir: string, tally: JournalTally): JournalSummary {
  const { files, lines, corruptLines, corruptByFile, skippedFiles } = tally;
  return { dir, files, lines, corruptLines, corruptByFile: Object.fromEntries(corruptByFile), skippedFiles };
}

function momentOf(moment: Moment | undefined, parse: (text: string) => number): number | undefined {
  return typeof moment === 'string' ? parse(moment) : moment?.valueOf();
}

function listOf(names: OneOrMore | undefined): readonly string[] | undefined {
  return typeof names === 'string' ? [names] : names;
}
