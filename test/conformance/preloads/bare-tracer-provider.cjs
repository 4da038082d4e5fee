// A tracer provider and nothing else: what `@anthropic-ai/sdk` >= 0.134 does differently by itself as soon as an app has one.
const { trace } = require('@opentelemetry/api');
const { TracerProvider } = require('@opentelemetry/sdk-trace');

trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [] }));
