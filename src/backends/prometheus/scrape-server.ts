// The HTTP side of a scrape: one path, two methods, and a server that never holds the process open.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzip } from 'node:zlib';

export interface ScrapeServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly contentType: string;
  /** The body of a scrape. Rejects with an `Error` whose message may be shown to whoever scrapes. */
  readonly scrape: () => Promise<string>;
  readonly onListening: (port: number) => void;
  /** Could not listen, or the listening socket failed. */
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

export const SCRAPE_PATH = '/metrics';

export class ScrapeServer {
  readonly #options: ScrapeServerOptions;
  readonly #server: Server;
  #isOpening = false;

  constructor(options: ScrapeServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', (socket) => socket.unref());
    this.#server.on('error', (error) => {
      this.#isOpening = false;
      options.onError(error);
    });
    this.#server.on('listening', () => {
      this.#isOpening = false;
      options.onListening((this.#server.address() as AddressInfo).port);
    });
  }

  listen(): void {
    const { host, port } = this.#options;
    this.#isOpening = true;
    // `exclusive`: else cluster workers share the port, and every scrape meets another worker's numbers.
    this.#server.listen({ host, port, exclusive: true }).unref();
  }

  /** Ends open requests too. */
  async close(): Promise<void> {
    // Closed while the host is still looked up, it would listen afterwards.
    if (this.#isOpening) await once(this.#server, 'listening').catch(() => undefined);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.url?.split('?')[0] !== SCRAPE_PATH) {
        send(request, response, 404, `not found, metrics are at ${SCRAPE_PATH}\n`);
      } else if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('allow', 'GET, HEAD');
        send(request, response, 405, 'only GET and HEAD\n');
      } else {
        const text = await this.#options.scrape();
        response.setHeader('content-type', this.#options.contentType);
        response.setHeader('vary', 'accept-encoding');
        if (acceptsGzip(request)) {
          const zipped = await zip(text);
          response.setHeader('content-encoding', 'gzip');
          send(request, response, 200, zipped);
        } else send(request, response, 200, text);
      }
    } catch (error) {
      if (response.headersSent) response.destroy();
      else {
        response.setHeader('content-type', PLAIN);
        send(request, response, 500, `${error instanceof Error ? error.message : 'scrape failed'}\n`);
      }
    }
  }
}

const PLAIN = 'text/plain; charset=utf-8';

function send(request: IncomingMessage, response: ServerResponse, status: number, body: string | Buffer): void {
  response.statusCode = status;
  if (!response.hasHeader('content-type')) response.setHeader('content-type', PLAIN);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(request.method === 'HEAD' ? undefined : body);
}

function acceptsGzip(request: IncomingMessage): boolean {
  const accepted = String(request.headers['accept-encoding'] ?? '').split(',');
  return accepted.some((each) => /^\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0+)?\s*$).*)?$/i.test(each));
}

function zip(text: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gzip(text, (error, zipped) => (error ? reject(new Error('gzip failed')) : resolve(zipped)));
  });
}
