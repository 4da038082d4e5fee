// A real OpenTelemetry SDK that keeps what it is given, for tests of what turns calls into spans and events.
import { context, logs, metrics, propagation, trace } from '@opentelemetry/api';
import { InMemoryLogRecordExporter, type ReadableLogRecord, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { expect } from 'chai';
import { abandonOpenInferences } from '../../src/instrumentation/inference/open-inferences.ts';
import { configureInstrumentation, settings } from '../../src/instrumentation/inference/settings.ts';

export interface RecordedTelemetry {
  spans(): ReadableSpan[];
  /** The one span there is. */
  span(): ReadableSpan;
  events(): ReadableLogRecord[];
  /** Forgets all, and puts the settings back. */
  reset(): void;
  stop(): void;
}

export function recordTelemetry(): RecordedTelemetry {
  const spanExporter = new InMemorySpanExporter();
  const logExporter = new InMemoryLogRecordExporter();
  const before = settings;
  new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })],
    logRecordProcessors: [new SimpleLogRecordProcessor({ exporter: logExporter })],
    metricReaders: [],
    textMapPropagator: null,
  }).start();
  const reset = (): void => {
    abandonOpenInferences();
    spanExporter.reset();
    logExporter.reset();
    configureInstrumentation(before);
  };
  return {
    spans: () => spanExporter.getFinishedSpans(),
    span() {
      const spans = spanExporter.getFinishedSpans();
      expect(spans.map(({ name }) => name)).to.have.length(1);
      return spans[0] as ReadableSpan;
    },
    events: () => logExporter.getFinishedLogRecords(),
    reset,
    stop() {
      reset();
      for (const api of [trace, context, metrics, logs, propagation]) api.disable();
    },
  };
}
