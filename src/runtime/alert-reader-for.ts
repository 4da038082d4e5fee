// The reader that checks alert rules, for this process.
import { AlertReader } from '../alerting/alert-reader.ts';
import type { Config } from '../config/option-table.ts';
import { writerIn } from './create-journal.ts';
import { publishTransition } from './publish-transition.ts';

/**
 * It does nothing where alerting is switched off.
 * @param writeJournal writes what was measured so far, so that a rule that comes later has all of its past.
 */
export function alertReaderFor(config: Config, writeJournal?: () => Promise<void>): AlertReader {
  // Never its arguments: they hold secrets.
  const origin = `${process.cwd()} ${process.argv[1] ?? ''}`.trim();
  return new AlertReader({
    config,
    origin,
    writer: () => writerIn(config.dir),
    ...(writeJournal && { writeJournal }),
    onTransition: publishTransition,
  });
}
