// The same for log records and events as for spans: what is private is taken out of those of GenAI before they are written. Must never throw
// into the host, and never change the record, which belongs to other processors too.
import type { LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Config } from '../config/option-table.ts';
import { guard } from '../internal/guard.ts';
import { isContentEvent } from './content-names.ts';
import { hasGenAiName, maskValue, type RedactOptions, redactAttributes } from './redact.ts';
import { createUserHash } from './user-hash.ts';

export interface VitalsLogRecordProcessorOptions {
  readonly config: Pick<Config, 'captureContent' | 'contentMaxBytes' | 'dir' | 'userIdKey'>;
  /** Takes each record as it may be written. */
  readonly emit: (record: ReadableLogRecord) => void;
}

export class VitalsLogRecordProcessor implements LogRecordProcessor {
  readonly #emit: (record: ReadableLogRecord) => void;
  readonly #redaction: RedactOptions;

  constructor({ config, emit }: VitalsLogRecordProcessorOptions) {
    this.#emit = emit;
    this.#redaction = {
      keepContent: config.captureContent === 'event' || config.captureContent === 'both',
      contentMaxBytes: config.contentMaxBytes,
      hashUser: createUserHash(config.userIdKey, config.dir),
    };
  }

  onEmit(record: ReadableLogRecord): void {
    guard('writing a log record', () => {
      const clean = this.#redact(record);
      if (clean) this.#emit(clean);
    });
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  #redact(record: ReadableLogRecord): ReadableLogRecord | undefined {
    const { eventName = '', attributes } = record;
    const isContent = isContentEvent(eventName);
    if (isContent && !this.#redaction.keepContent) return undefined;
    const isGenAi = isContent || eventName.startsWith('gen_ai.') || hasGenAiName(attributes);
    return {
      hrTime: record.hrTime,
      hrTimeObserved: record.hrTimeObserved,
      spanContext: record.spanContext,
      severityText: record.severityText,
      severityNumber: record.severityNumber,
      eventName: record.eventName,
      resource: record.resource,
      instrumentationScope: record.instrumentationScope,
      droppedAttributesCount: record.droppedAttributesCount,
      attributes: redactAttributes(attributes, isGenAi, this.#redaction),
      // The body of a GenAI event is content in every older convention.
      body:
        isGenAi && !this.#redaction.keepContent ? undefined : guard('redacting a body', () => maskValue(record.body)),
    };
  }
}
