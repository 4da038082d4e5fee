// The set-up that the flag replaces: NodeSDK with the Prometheus and OTLP exporters, unbundled, as its README has it.
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { PrometheusExporter } = require('@opentelemetry/exporter-prometheus');
const { NodeSDK } = require('@opentelemetry/sdk-node');

new NodeSDK({
  traceExporter: new OTLPTraceExporter(),
  metricReaders: [new PrometheusExporter({ port: Number(process.env.OTEL_EXPORTER_PROMETHEUS_PORT) })],
  logRecordProcessors: [],
}).start();
