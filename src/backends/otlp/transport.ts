// One OTLP/HTTP request through the official exporter's transport: its environment variables, headers, TLS and gzip. Never rejects, and never
// takes longer than it is told.
import type { Agent } from 'node:http';
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { errorName } from '../../internal/guard.ts';
import type { Signal } from '../backend.ts';
import { type Observation, observe } from './observed-agent.ts';

/** What became of a request. */
export type SendResult =
  /** `rejected` records were refused and must not be sent again. */
  | { readonly kind: 'delivered'; readonly rejected: number }
  /** To be sent again. */
  | {
      readonly kind: 'later';
      readonly reason: string;
      /** The collector is there, and asks for time. */
      readonly answered: boolean;
      /** It said nothing until the request was given up. */
      readonly isSilent?: boolean;
      readonly retryAfterMillis?: number;
      /** The collector had closed a connection that was kept for reuse: nothing is wrong, and a new one will do. */
      readonly staleSocket?: boolean;
    }
  /** To be sent again in smaller parts. */
  | { readonly kind: 'too_large'; readonly reason: string }
  /** Must not be sent again. `dropReason` is what the loss is counted under. */
  | { readonly kind: 'refused'; readonly reason: string; readonly dropReason: string };

export interface Transport {
  /** Where it sends to: scheme, host and port, without user, path and query, which may hold keys. */
  readonly origin: string;
  /** Configured time for one request (`OTEL_EXPORTER_OTLP_TIMEOUT`). */
  readonly timeoutMillis: number;
  /** One at a time. */
  send(body: Uint8Array, timeoutMillis: number): Promise<SendResult>;
  /** Ends the request under way and closes all sockets. */
  close(): void;
}

/** > 429, 502, 503 and 504 are retryable; 408 says the same of itself. */
const RETRYABLE = new Set([408, 429, 502, 503, 504]);

/** What to do about what only a person can mend. */
const STATUS_ADVICE: readonly Advice[] = [
  [/^3/, 'redirects are not followed, name the final address in OTEL_EXPORTER_OTLP_ENDPOINT'],
  [/^40[137]$/, 'it refuses the credentials, see OTEL_EXPORTER_OTLP_HEADERS'],
  [/^40[45]$/, 'there is no OTLP receiver at this address, see OTEL_EXPORTER_OTLP_ENDPOINT'],
];
const TLS_ADVICE: readonly Advice[] = [
  [
    /SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|CERT_UNTRUSTED/,
    'its certificate is not trusted, see OTEL_EXPORTER_OTLP_CERTIFICATE',
  ],
  [/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/, 'its certificate is not valid today'],
  [/ALTNAME_INVALID/, 'its certificate is for another name than that of OTEL_EXPORTER_OTLP_ENDPOINT'],
  [
    /^EPROTO$|WRONG_VERSION_NUMBER/,
    'it speaks no TLS, or wants a client certificate: see OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE',
  ],
  [/HANDSHAKE|ALERT/, 'it refuses our side of TLS, see OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE'],
];
type Advice = readonly [about: RegExp, advice: string];

function adviceOn(list: readonly Advice[], about = ''): string {
  const found = list.find(([pattern]) => pattern.test(about));
  return found ? ` (${found[1]})` : '';
}

/** Configured by `process.env` as the OTLP exporter specification has it. */
export function createTransport(signal: Signal): Transport {
  const observation: Observation = {};
  const options = convertLegacyHttpOptions({}, signal.toUpperCase(), `v1/${signal}`, {
    'Content-Type': 'application/json',
  });
  let agent: Agent | undefined;
  let rejected = 0;
  let isClosed = false;
  const delegate = createOtlpHttpExportDelegate<Uint8Array, object>(
    {
      ...options,
      agentFactory: async (protocol) => {
        agent = observe(await options.agentFactory(protocol), observation);
        return agent;
      },
    },
    {
      serializeRequest: (body) => body,
      deserializeResponse: (answer) => {
        rejected = rejectedRecords(answer);
        // Nothing for the delegate to log: a collector's words may repeat what it was sent.
        return {};
      },
    },
    'otlp_http_exporter',
    { name: 'span', countItems: () => 0 },
    undefined,
  );
  const sendOnce = (body: Uint8Array, timeoutMillis: number): Promise<SendResult> =>
    new Promise((resolve) => {
      Object.assign(observation, { request: undefined, status: undefined, code: undefined });
      rejected = 0;
      let isGivenUp = false;
      // The transport's own timeout counts silence, not time, and does not cover connecting.
      const timer = setTimeout(() => {
        isGivenUp = true;
        const reason = `no answer within ${Math.round(timeoutMillis)} ms`;
        resolve({ kind: 'later', reason, answered: false, isSilent: true });
        observation.request?.destroy();
      }, timeoutMillis).unref();
      delegate.export(body, ({ error }) => {
        // The next may be under way.
        if (isGivenUp) return;
        clearTimeout(timer);
        resolve(resultOf(observation, error, rejected));
        // Requests and answers are large, and what lives until the next of them V8 takes for what lives long.
        Object.assign(observation, { request: undefined, response: undefined });
      });
    });
  return {
    origin: originOf(options.url),
    timeoutMillis: options.timeoutMillis,
    async send(body, timeoutMillis) {
      const result = await sendOnce(body, timeoutMillis);
      return result.kind === 'later' && result.staleSocket && !isClosed ? sendOnce(body, timeoutMillis) : result;
    },
    close() {
      isClosed = true;
      observation.request?.destroy();
      agent?.destroy();
    },
  };
}

function resultOf(observation: Observation, error: Error | undefined, rejected: number): SendResult {
  const { request, response, status, retryAfter, code } = observation;
  if (status === undefined) {
    const staleSocket = request?.reusedSocket === true && (code === 'ECONNRESET' || code === 'EPIPE');
    return {
      kind: 'later',
      reason: `cannot reach the collector: ${code ?? errorName(error)}${adviceOn(TLS_ADVICE, code)}`,
      answered: false,
      staleSocket,
    };
  }
  if (status >= 200 && status < 300) {
    // An answer that was cut short says nothing for sure.
    return response?.complete === false
      ? { kind: 'later', reason: 'the answer of the collector was cut short', answered: false }
      : { kind: 'delivered', rejected };
  }
  const reason = `the collector answers HTTP ${status}${adviceOn(STATUS_ADVICE, String(status))}`;
  // Nothing was processed, and what is sent elsewhere one day is not lost.
  if (status >= 300 && status < 400) return { kind: 'later', reason, answered: true };
  if (status === 413) return { kind: 'too_large', reason };
  if (!RETRYABLE.has(status)) return { kind: 'refused', reason, dropReason: `http_${status}` };
  const retryAfterMillis = parseRetryAfter(retryAfter);
  return { kind: 'later', reason, answered: true, ...(retryAfterMillis !== undefined && { retryAfterMillis }) };
}

/** Seconds, or a date. */
function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const millis = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(millis) ? Math.max(0, millis) : undefined;
}

/** Of an `Export…ServiceResponse`; 0 when all were taken, or when it cannot be read. */
function rejectedRecords(answer: Uint8Array): number {
  try {
    const partial = (JSON.parse(Buffer.from(answer).toString()) as PartialAnswer).partialSuccess;
    return Number(partial?.rejectedSpans ?? partial?.rejectedLogRecords ?? partial?.rejectedDataPoints ?? 0) || 0;
  } catch {
    return 0;
  }
}

interface PartialAnswer {
  readonly partialSuccess?: {
    /** 64-bit integers, which are text in JSON. */
    readonly rejectedSpans?: string | number;
    readonly rejectedLogRecords?: string | number;
    readonly rejectedDataPoints?: string | number;
  };
}

function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
