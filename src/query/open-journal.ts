// Opens a journal to ask it questions. What answers them is loaded then, and not by every process that is measured.
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { resolveConfig } from '../config/resolve-config.ts';
import { createPricing } from '../pricing/pricing.ts';
import type { Journal } from './journal.ts';

const load = createRequire(import.meta.url);

export interface JournalOptions {
  /** The data directory; the option `dir` of the environment or the configuration file when not given. */
  readonly dir?: string | undefined;
}

/**
 * Opens the journal of a data directory, of this process or any other, to ask it questions:
 * `const { totals } = await openJournal({ dir: '.agent-vitals' }).stats({ since: '7d' })`.
 * It keeps an index, `index.db`, in the directory. Makes nothing where there is no journal. Questions reject with a `PeriodError` or a
 * `RangeError` when they name no time or time zone.
 */
export function openJournal({ dir }: JournalOptions = {}): Journal {
  // A file of its own beside this one, in the sources and in the bundle alike.
  const { Journal } = load(`./journal${extname(import.meta.filename)}`) as typeof import('./journal.ts');
  const { config } = resolveConfig({ code: dir === undefined ? undefined : { dir } });
  return new Journal(config.dir, createPricing(config.prices));
}
