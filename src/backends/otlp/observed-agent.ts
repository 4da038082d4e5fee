// Makes the official OTLP transport fit to run beside a host: an agent that keeps its sockets from holding the process open, notes what
// the transport does not tell (status, Retry-After, network error), and takes the retries out of its hands.
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** What became of the request sent last. */
export interface Observation {
  request?: ClientRequest | undefined;
  response?: IncomingMessage | undefined;
  status?: number | undefined;
  /** Header `Retry-After` as it came. */
  retryAfter?: string | undefined;
  /** Code of the network or TLS error. */
  code?: string | undefined;
}

/** Not in Node's types, though every agent library builds on it. */
interface RequestTaker {
  addRequest(request: ClientRequest, ...rest: unknown[]): void;
}

/** Longer than any timeout, in seconds: the transport does not wait that long and gives the request up at once. */
const NEVER = '31536000';

/** Changes `agent` itself. Requests must be sent one after the other: `observation` is of the last, and not of one given up before it. */
export function observe(agent: Agent, observation: Observation): Agent {
  const taker = agent as unknown as RequestTaker;
  const addRequest = taker.addRequest.bind(agent);
  taker.addRequest = (request, ...rest) => {
    Object.assign(observation, {
      request,
      response: undefined,
      status: undefined,
      retryAfter: undefined,
      code: undefined,
    });
    request.on('socket', letProcessEnd);
    request.prependListener('response', (response: IncomingMessage) => {
      if (observation.request === request) {
        observation.response = response;
        observation.status = response.statusCode;
        observation.retryAfter = response.headers['retry-after'];
      }
      // The transport retries by itself, with timers that hold the process open for up to its whole timeout (10 s).
      response.headers['retry-after'] = NEVER;
    });
    request.prependListener('error', (error: NodeJS.ErrnoException) => {
      if (observation.request === request) observation.code = error.code;
      // By the code it would decide to retry.
      delete error.code;
    });
    addRequest(request, ...rest);
  };
  return agent;
}

function letProcessEnd(socket: Socket): void {
  const unref = (): unknown => socket.unref();
  unref();
  // A host with several addresses is tried with a new handle each.
  if (socket.connecting) socket.on('connectionAttempt', unref).once('connect', unref);
}
