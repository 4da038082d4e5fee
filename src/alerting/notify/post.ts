// Sends one request to a webhook. Follows no redirect, uses no proxy, keeps no connection, and gives back nothing of what the other side says but its status.
import { type ClientRequest, Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { ClosedAddressError, guardedLookup, type Resolve, resolveBySystem } from './guarded-lookup.ts';
import type { Attempt } from './outcome.ts';
import { hostOf, judgeResolved, portOf, type Target } from './public-target.ts';

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for everything, from the look-up of the name to the last byte of the answer. */
  readonly timeoutMillis?: number;
  readonly resolve?: Resolve;
}

const TIMEOUT_MILLIS = 10_000;
/** What is more of an answer is not read. */
const MAX_ANSWER_BYTES = 64_000;
const MAX_RETRY_AFTER_MILLIS = 3_600_000;

/** Never rejects. */
export function post(target: Target, body: unknown, options: PostOptions = {}): Promise<Attempt> {
  const { headers = {}, timeoutMillis = TIMEOUT_MILLIS, resolve = resolveBySystem } = options;
  const { promise, resolve: settle } = Promise.withResolvers<Attempt>();
  const { url } = target;
  const isSecure = url.protocol === 'https:';
  const bytes = Buffer.from(JSON.stringify(body));
  const host = hostOf(url);
  let request: ClientRequest;
  try {
    request = (isSecure ? requestHttps : requestHttp)({
      method: 'POST',
      hostname: host,
      port: portOf(url),
      path: `${url.pathname}${url.search}`,
      headers: {
        'user-agent': 'agent-vitals',
        ...headers,
        'content-type': 'application/json',
        'content-length': bytes.length,
      },
      // Of its own: the process's agent may be the app's, and goes through a proxy where NODE_USE_ENV_PROXY says so.
      agent: new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: false }),
      lookup: guardedLookup(target, resolve),
      maxHeaderSize: 16_384,
    });
  } catch {
    return Promise.resolve({ outcome: 'given_up', reason: 'bad_request' });
  }
  const timer = setTimeout(
    () => request.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })),
    timeoutMillis,
  );
  timer.unref();
  request.on('socket', (socket) => {
    // The host ends when it wants to; what was not told then is told by another process, or later.
    socket.unref();
    socket.on('connect', () => {
      // What the look-up promised, seen from the other end.
      const { remoteAddress } = socket;
      const reason = remoteAddress && judgeResolved(host, remoteAddress, target.isException);
      if (reason) request.destroy(new ClosedAddressError(reason));
    });
  });
  let attempt: Attempt = { outcome: 'failed', reason: 'connection_closed' };
  let isAnswered = false;
  request.on('response', (response) => {
    isAnswered = true;
    attempt = attemptOf(response.statusCode ?? 0, response.headers['retry-after']);
    let read = 0;
    response.on('data', (chunk: Buffer) => {
      read += chunk.length;
      if (read > MAX_ANSWER_BYTES) request.destroy();
    });
    response.on('error', () => {});
  });
  request.on('error', (error) => {
    // A cut answer is an answer: the status said it all.
    if (!isAnswered) attempt = failureOf(error);
  });
  request.on('close', () => {
    clearTimeout(timer);
    settle(attempt);
  });
  request.end(bytes);
  return promise;
}

function attemptOf(status: number, retryAfter: string | undefined): Attempt {
  if (status >= 200 && status < 300) return { outcome: 'delivered' };
  if (status >= 300 && status < 400) return { outcome: 'given_up', reason: 'redirect_refused' };
  const reason = `http_${status}`;
  const isTemporary = status >= 500 || status === 408 || status === 425 || status === 429;
  if (!isTemporary) return { outcome: 'given_up', reason };
  return { outcome: 'failed', reason, retryAfterMillis: millisOf(retryAfter) };
}

/** > Retry-After = HTTP-date / delay-seconds */
function millisOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const millis = /^\d+(?:\.\d+)?$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  return millis > 0 ? Math.min(millis, MAX_RETRY_AFTER_MILLIS) : undefined;
}

/** The code of an error, never its message. */
function failureOf(error: NodeJS.ErrnoException): Attempt {
  if (error instanceof ClosedAddressError) return { outcome: 'given_up', reason: 'private_address' };
  const code = typeof error.code === 'string' ? error.code : '';
  if (code === 'ETIMEDOUT') return { outcome: 'failed', reason: 'timeout' };
  return { outcome: 'failed', reason: /^[A-Z0-9_]{1,60}$/.test(code) ? code.toLowerCase() : 'connection_failed' };
}
