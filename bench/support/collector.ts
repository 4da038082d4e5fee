// A collector that counts, and can go away and come back at the same address. It knows spans by the number that `makeSpan` gives each, so that it
// can tell one that comes twice from two, and holds a bit of memory for each.
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { NUMBER_DIGITS, NUMBER_MARK } from './make-span.ts';

const mark = Buffer.from(NUMBER_MARK);

export class CountingCollector {
  /** Different spans that came. */
  spans = 0;
  /** Spans that had come before: its answer was lost with the connection. */
  twice = 0;
  #seen = new Uint8Array(1);
  #server: Server | undefined;
  #port = 0;

  static async start(): Promise<CountingCollector> {
    const collector = new CountingCollector();
    await collector.comeBack();
    return collector;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get isThere(): boolean {
    return this.#server !== undefined;
  }

  has(number: number): boolean {
    return (((this.#seen[number >> 3] ?? 0) >> (number & 7)) & 1) === 1;
  }

  /** Connections are cut and refused from now on. */
  async leave(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  async comeBack(): Promise<void> {
    const server = createServer(this.#take).listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  readonly #take: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      if (request.url === '/v1/traces') {
        this.#count(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  };

  #count(body: Buffer): void {
    for (const number of numbersIn(body)) {
      if (this.has(number)) this.twice += 1;
      else {
        this.#remember(number);
        this.spans += 1;
      }
    }
  }

  #remember(number: number): void {
    const at = number >> 3;
    if (at >= this.#seen.length) {
      const larger = new Uint8Array(2 * (at + 1));
      larger.set(this.#seen);
      this.#seen = larger;
    }
    this.#seen[at] = (this.#seen[at] ?? 0) | (1 << (number & 7));
  }
}

/** The numbers of the spans in OTLP/JSON, be it a request or journal lines. */
export function* numbersIn(json: Buffer): Generator<number> {
  for (let at = json.indexOf(mark); at !== -1; at = json.indexOf(mark, at + mark.length)) {
    yield Number(json.toString('latin1', at + mark.length, at + mark.length + NUMBER_DIGITS));
  }
}
