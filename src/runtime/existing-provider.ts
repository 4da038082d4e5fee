/**
 * Whether an OpenTelemetry SDK is already global in this process. Read from where every copy and version of `@opentelemetry/api` 1.x keeps it:
 * the API itself hands out a proxy that does not tell.
 */
export function hasExistingProvider(): boolean {
  const api = (globalThis as Record<symbol, Record<string, unknown> | undefined>)[Symbol.for('opentelemetry.js.api.1')];
  return api?.trace !== undefined || api?.metrics !== undefined;
}
