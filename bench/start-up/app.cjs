// An app that does nothing but tell whether an SDK is registered.
const api = globalThis[Symbol.for('opentelemetry.js.api.1')];
process.stdout.write(String(api?.trace !== undefined));
