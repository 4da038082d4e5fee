// A sender for each signal, with what the environment says of the collector and where on the disk its data lies.
import { join } from 'node:path';
import type { Resource } from '@opentelemetry/resources';
import { createRequestEncoder } from '../../exporters/otlp-json/request-body.ts';
import { JOURNAL_DIRECTORY, OUTBOX_DIRECTORY } from '../../internal/data-directory.ts';
import type { Signal } from '../backend.ts';
import type { OwnWriter } from '../shipping/own-writer.ts';
import { setAside } from './rejected.ts';
import { Sender, type SenderLimits } from './sender.ts';
import { createTransport } from './transport.ts';

export interface SendersOptions {
  /** Lines carry only `service.*`; what is sent carries all of it. */
  readonly resource?: Resource | undefined;
  /** Where what the collector has not got waits, and what it refuses is set aside; in memory alone when absent. */
  readonly disk?: SendersDisk | undefined;
  /** Bytes a second that are sent from the disk, beside what the app makes meanwhile. */
  readonly catchUpBytesPerSecond?: number | undefined;
  readonly limits?: Partial<SenderLimits> | undefined;
}

export interface SendersDisk {
  /** The data directory. */
  readonly dir: string;
  /** Bytes of the journal. What is kept beside it may take a tenth of that. */
  readonly maxTotalBytes: number;
  /** What this process writes itself. */
  readonly own?: OwnWriter;
}

const CATCH_UP_BYTES_PER_SECOND = 5_000_000;

export function createSenders(
  signals: readonly Signal[],
  { resource, disk, catchUpBytesPerSecond = CATCH_UP_BYTES_PER_SECOND, limits }: SendersOptions,
): ReadonlyMap<Signal, Sender> {
  const sharedDisk = { until: 0 };
  return new Map(
    signals.map((signal) => {
      const directory = signal === 'metrics' ? OUTBOX_DIRECTORY : JOURNAL_DIRECTORY;
      // Of who else wrote, only what stands in the lines is known.
      const [encodeOwn, encodeOthers] = [createRequestEncoder(signal, resource), createRequestEncoder(signal)];
      const sender = new Sender({
        signal,
        transport: createTransport(signal),
        encode: (lines, isOwn) => (isOwn ? encodeOwn : encodeOthers)(lines),
        setAside: disk && ((lines, reason) => setAside(signal, lines, reason, disk)),
        journal: disk?.own?.journal(join(disk.dir, directory), signal),
        catchUpBytesPerSecond,
        disk: sharedDisk,
        limits,
      });
      return [signal, sender];
    }),
  );
}
