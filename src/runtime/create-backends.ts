// Where what a process tells of itself goes beside its scrape endpoint: the journal, and the collector where the environment names one.
import type { Resource } from '@opentelemetry/resources';
import type { JournalBackend } from '../backends/journal/journal-backend.ts';
import { createOtlpBackend, type OtlpBackend } from '../backends/otlp/otlp-backend.ts';
import type { Config } from '../config/option-table.ts';
import { createJournal } from './create-journal.ts';

interface Backends {
  readonly journal: JournalBackend | undefined;
  readonly otlp: OtlpBackend | undefined;
}

/** To be handed each batch in this order: what the journal has, the collector's backend can read again. */
export function createBackends(config: Config, resource: Resource): Backends {
  const journal = createJournal(config);
  const otlp = createOtlpBackend(process.env, {
    ...config.otlp,
    resource,
    maxSeries: config.maxSeries,
    disk: journal && { ...config.journal, ...journal },
  });
  return { journal: journal?.journal, otlp };
}
