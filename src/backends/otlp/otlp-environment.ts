// Which signals OpenTelemetry's environment variables want to be sent to a collector. What they say of the requests themselves is read by the official transport.
import { warnOnce } from '../../internal/log.ts';
import type { Signal } from '../backend.ts';

const SIGNALS: readonly Signal[] = ['traces', 'logs', 'metrics'];

/** Signals to send: those with an endpoint or with `otlp` as their exporter, and none with another exporter or `none`. */
export function otlpSignals(env: NodeJS.ProcessEnv): Signal[] {
  const signals = SIGNALS.filter((signal) => {
    const name = signal.toUpperCase();
    const exporters = read(env, `OTEL_${name}_EXPORTER`)
      ?.split(',')
      .map((each) => each.trim().toLowerCase());
    if (exporters) return exporters.includes('otlp') && !exporters.includes('none');
    return endpointVariable(env, signal) !== undefined;
  });
  for (const signal of signals) warnOfOddities(env, signal);
  return signals;
}

function warnOfOddities(env: NodeJS.ProcessEnv, signal: Signal): void {
  const name = signal.toUpperCase();
  const protocol = read(env, `OTEL_EXPORTER_OTLP_${name}_PROTOCOL`) ?? read(env, 'OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol !== undefined && protocol !== 'http/json') {
    const port = protocol === 'grpc' ? '; its endpoint must be the one for HTTP, by default port 4318' : '';
    warnOnce(
      'otlp:protocol',
      `OTLP is sent as JSON over HTTP, though the protocol is set to ${JSON.stringify(protocol)}${port}`,
    );
  }
  const variable = endpointVariable(env, signal);
  // The value itself is left out: it may hold a password.
  if (variable !== undefined && !/^https?:\/\/[^/]/i.test(read(env, variable) as string)) {
    warnOnce('otlp:endpoint', `${variable} is not a URL that begins with http:// or https://`);
  }
}

function endpointVariable(env: NodeJS.ProcessEnv, signal: Signal): string | undefined {
  const names = [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`, 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  return names.find((name) => read(env, name) !== undefined);
}

/** > An empty value of an environment variable MUST be treated as if it was not set. */
function read(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

/** A number of milliseconds above 0, or `fallback`. */
export function readMillis(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const value = Number(read(env, name) ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : fallback;
}
