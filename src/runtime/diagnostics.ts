// What the OpenTelemetry API and SDK say of themselves goes the way of our own problems: once, to stderr, never to stdout.
import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { maskCredentials } from '../internal/credentials.ts';
import { setVerbose, warnOnce } from '../internal/log.ts';

const silent = (): void => undefined;

const logger: DiagLogger = {
  error(message) {
    if (/duplicate registration|does not match previously registered/.test(message)) {
      warnOnce(
        'second-sdk',
        "the app starts an OpenTelemetry SDK of its own beside ours, and only one can be global: add createSpanProcessor() and createMetricReader() from 'agent-vitals' to it, and drop the flag.",
      );
      return;
    }
    const [first = ''] = message.split('\n');
    const line = maskCredentials(first).slice(0, 200);
    warnOnce(`otel:${line.slice(0, 60)}`, `OpenTelemetry: ${line}`);
  },
  warn: silent,
  info: silent,
  debug: silent,
  verbose: silent,
};

/** `OTEL_LOG_LEVEL` of `warn` or finer lets every distinct problem through, not only the first. */
export function installDiagnostics(env: NodeJS.ProcessEnv = process.env): void {
  setVerbose(['warn', 'info', 'debug', 'verbose', 'all'].includes(env.OTEL_LOG_LEVEL?.trim().toLowerCase() ?? ''));
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
}
