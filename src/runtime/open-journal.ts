// Opens a journal to ask it questions, and hands it what it must not know itself: what of other programs' spans may be written.
import { resolveConfig } from '../config/resolve-config.ts';
import { checkOptions, isText, type Rules, shown } from '../internal/check-options.ts';
import { createPricing } from '../pricing/pricing.ts';
import type { Journal } from '../query/journal.ts';
import { loadJournal } from '../query/load-journal.ts';
import { writeWhatWaits } from './pipeline.ts';

export interface JournalOptions {
  /** The data directory; the option `dir` of the environment or the configuration file when not given. */
  readonly dir?: string | undefined;
}

const OPTIONS = {
  dir: { expected: 'the path of a data directory', fits: isText },
} satisfies Rules<keyof JournalOptions>;

/**
 * Opens the journal of a data directory, of this process or any other, to ask it questions:
 * `const { totals } = await openJournal({ dir: '.agent-vitals' }).stats({ since: '7d' })`.
 * It keeps an index, `index.db`, in the directory. Makes nothing where there is no journal. Questions reject with a `TypeError` that says
 * what they cannot be asked with, and with a `PeriodError` when a text names no time.
 * @throws {TypeError} when an option is none.
 */
export function openJournal(options: JournalOptions = {}): Journal {
  if (isText(options)) throw new TypeError(`openJournal(options): write openJournal({ dir: ${shown(options)} }).`);
  checkOptions('openJournal(options)', options, OPTIONS);
  const { dir } = options;
  const { Journal: Loaded } = loadJournal();
  const { config } = resolveConfig({ code: dir === undefined ? undefined : { dir } });
  const privacyOfImports = async () => {
    // Then only: no question needs it.
    const { createSpanCleaner } = await import('../processing/clean-span.ts');
    const { createUserHash } = await import('../processing/user-hash.ts');
    return { cleanSpan: createSpanCleaner(config), hashUser: createUserHash(config.userIdKey, config.dir) };
  };
  return new Loaded(config.dir, createPricing(config.prices), privacyOfImports, writeWhatWaits);
}
