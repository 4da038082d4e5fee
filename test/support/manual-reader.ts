import { MetricReader } from '@opentelemetry/sdk-metrics';

/** A real reader that collects when the test says so. */
export class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}
