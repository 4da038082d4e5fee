// One request being answered: JSON or server-sent events, with the stream faults a behaviour word asks for.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

const EVENTS_BEFORE_FAULT = 2;
const ENDLESS_PAUSE_MILLIS = 10;
const SLOW_PAUSE_MILLIS = 50;

export class Exchange {
  #response;
  #ids;

  /** The connection was closed by us, as asked for. */
  wasReset = false;

  /** @param {{ response: import('node:http').ServerResponse, ids: () => number, now: () => number, method: string, host: string, path: string, query: URLSearchParams, model: string, body: any, words: Set<string> }} parts */
  constructor({ response, ids, now, method, host, path, query, model, body, words }) {
    this.#response = response;
    this.#ids = ids;
    this.now = now;
    this.method = method;
    this.host = host;
    this.path = path;
    this.query = query;
    this.model = model;
    this.body = body;
    this.words = words;
  }

  /** An id as vendors make them, counted up so that two equal runs get equal ids. */
  id(prefix) {
    return `${prefix}${String(this.#ids()).padStart(24, '0')}`;
  }

  header(name, value) {
    this.#response.setHeader(name, value);
  }

  json(status, body) {
    this.text(status, 'application/json', JSON.stringify(body));
  }

  text(status, contentType, text) {
    this.#response.writeHead(status, { 'content-type': contentType }).end(text);
  }

  /** Cut off in the middle, as by a proxy that gave up. */
  brokenJson(body) {
    const text = JSON.stringify(body);
    this.text(200, 'application/json', text.slice(0, text.length / 2));
  }

  reset() {
    this.wasReset = true;
    this.#response.socket?.destroy();
  }

  /**
   * Sends events as a stream.
   * @param {Iterable<{ event?: string, data: unknown, piece?: true }>} events `piece` marks a piece of the answer, which an endless stream repeats
   * @param {{ event?: string, data: unknown }} errorEvent what the vendor sends when it fails in the middle
   */
  async stream(events, errorEvent) {
    this.#response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    let sent = 0;
    for (const event of events) {
      if (this.#response.destroyed) return;
      if (sent++ === EVENTS_BEFORE_FAULT) {
        if (this.words.has('stall')) return;
        if (this.words.has('stream-reset')) return this.reset();
        if (this.words.has('stream-error')) break;
      }
      this.#send(event);
      while (event.piece && this.words.has('endless') && !this.#response.destroyed) {
        await sleep(ENDLESS_PAUSE_MILLIS);
        this.#send(event);
      }
      // A turn between two events, so that the client sees them come one after the other.
      await (this.words.has('slow') ? sleep(SLOW_PAUSE_MILLIS) : nextTurn());
    }
    if (this.words.has('stream-error')) this.#send(errorEvent);
    this.#response.end();
  }

  #send({ event, data }) {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.#response.write(`${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`);
  }
}
