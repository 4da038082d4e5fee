// Instruments of whichever meter provider there is when something is recorded: those made before the global one is set would be deaf for ever.
import { type MeterProvider, metrics } from '@opentelemetry/api';

/** @param fixed the global provider when absent. */
export function withInstruments<T>(
  create: (provider: MeterProvider) => (value: T) => void,
  fixed?: MeterProvider,
): (value: T) => void {
  let provider: MeterProvider | undefined;
  let record: ((value: T) => void) | undefined;
  return (value) => {
    const current = fixed ?? metrics.getMeterProvider();
    if (current !== provider || record === undefined) {
      provider = current;
      record = create(current);
    }
    record(value);
  };
}
