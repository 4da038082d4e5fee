// A metric exporter that makes lines and hands them on at once, so that the SDK's reader never waits, and its timers never hold the process open.
import { OTLPMetricExporterBase, type OTLPMetricExporterOptions } from '@opentelemetry/exporter-metrics-otlp-http';
import { guard } from '../../internal/guard.ts';
import { encodeMetrics } from './metrics.ts';

type ExportResult = Parameters<Parameters<OTLPMetricExporterBase['export']>[1]>[0];
// oxlint-disable-next-line no-unsafe-enum-assignment -- `ExportResultCode.SUCCESS` of `@opentelemetry/core`, which is no dependency of ours.
const SUCCESS = { code: 0 } as ExportResult;

/**
 * @param push takes one OTLP/JSON `MetricsData` line; not called for a collection without data points.
 * @param options temporality; when it is not given, OpenTelemetry's environment variable decides.
 * @param isWanted by the name of the metric; all are when absent.
 */
export function metricLineExporter(
  push: (line: string) => void,
  options?: OTLPMetricExporterOptions,
  isWanted?: (name: string) => boolean,
): OTLPMetricExporterBase {
  const delegate = {
    export(metrics: Parameters<typeof encodeMetrics>[0], done: (result: ExportResult) => void): void {
      guard('export of metrics', () => {
        const line = encodeMetrics(metrics, isWanted);
        if (line) push(line);
      });
      done(SUCCESS);
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
    setMetrics: () => undefined,
  };
  return new OTLPMetricExporterBase(delegate, options);
}
