// A collector of the test's own, over real HTTP or HTTPS, with fault switches that can be changed while it runs.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Uncompressed. */
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Milliseconds before the answer. */
  readonly delayMillis?: number;
}

/**
 * `hang`: no answer at all; `reset`: the connection is cut when the request has come; `reset-answer`: in the middle of the answer.
 */
type Behaviour = (request: Received) => Answer | 'hang' | 'reset' | 'reset-answer';

interface FakeCollectorOptions {
  readonly port?: number;
  readonly tls?: ServerOptions;
  readonly answer?: Behaviour;
}

export class FakeCollector {
  /** What it took, with a 2xx. */
  readonly taken: Received[] = [];
  /** All that came, whatever was answered. */
  readonly received: Received[] = [];
  /** Requests under way at most at one time. */
  mostAtOnce = 0;
  /** What happens to a connection before anything is read from it: `cut` in the middle of the request, `deaf` reads nothing more. */
  connection: 'sound' | 'cut' | 'deaf' = 'sound';
  answer: Behaviour = () => ({});
  readonly #server: ReturnType<typeof createServer>;
  readonly #scheme: string;
  readonly #sockets = new Set<Socket>();
  #underWay = 0;

  private constructor(tls?: ServerOptions) {
    this.#scheme = tls ? 'https' : 'http';
    this.#server = tls ? createSecureServer(tls, this.#take) : createServer(this.#take);
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      // Half-open: the other side is there, and takes and says nothing.
      if (this.connection === 'deaf')
        socket
          .pause()
          .removeAllListeners('data')
          .on('readable', () => undefined);
    });
  }

  static async start({ port = 0, tls, answer }: FakeCollectorOptions = {}): Promise<FakeCollector> {
    const collector = new FakeCollector(tls);
    if (answer) collector.answer = answer;
    collector.#server.listen(port, '127.0.0.1');
    await once(collector.#server, 'listening');
    return collector;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get endpoint(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** Cuts all connections, as a collector does that has had enough of idle ones. */
  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cutConnections();
    await closed;
  }

  readonly #take: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    if (this.connection === 'cut') {
      request.once('data', () => request.socket.destroy());
      return;
    }
    this.#underWay += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#underWay);
    response.on('close', () => (this.#underWay -= 1));
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      const received = { path: request.url ?? '', headers: request.headers, body: plain.toString() };
      this.received.push(received);
      const answer = this.answer(received);
      if (answer === 'hang') return;
      if (answer === 'reset') {
        request.socket.destroy();
        return;
      }
      if (answer === 'reset-answer') {
        response.writeHead(200, { 'content-length': '100' }).write('{"partial');
        setImmediate(() => request.socket.destroy());
        return;
      }
      const { status = 200, headers = {}, body = '{}', delayMillis = 0 } = answer;
      if (status < 300) this.taken.push(received);
      const send = () => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
      if (delayMillis > 0) setTimeout(send, delayMillis);
      else send();
    });
  };
}
