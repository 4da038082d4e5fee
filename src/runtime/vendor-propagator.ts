// Keeps trace headers from the vendors where the app has a propagator for its own services. Everybody else gets them as before.
import { type Context, propagation, type TextMapPropagator, type TextMapSetter } from '@opentelemetry/api';
import { TO_VENDOR_CONTEXT_KEY } from '../semconv.ts';

/** Puts a guard before the propagator that is registered, if one is. */
export function keepTraceHeadersFromVendors(): void {
  // All copies of the API share what is registered under this symbol; none of them hands it out.
  const shared = (globalThis as Record<symbol, { propagation?: TextMapPropagator } | undefined>)[
    Symbol.for('opentelemetry.js.api.1')
  ];
  const propagator = shared?.propagation;
  if (!propagator) return;
  propagation.disable();
  propagation.setGlobalPropagator({
    inject: (context: Context, carrier: unknown, setter: TextMapSetter) => {
      if (context.getValue(TO_VENDOR_CONTEXT_KEY) !== true) propagator.inject(context, carrier, setter);
    },
    extract: (context, carrier, getter) => propagator.extract(context, carrier, getter),
    fields: () => propagator.fields(),
  });
}
