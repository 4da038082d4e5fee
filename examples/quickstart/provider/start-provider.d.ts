// Types of the local provider for the tests and benches that use it.
export interface ProviderRequest {
  readonly method: string;
  /** With the query string, as the client sent it. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names and values by turns, in the order and spelling they came in. */
  readonly rawHeaders: readonly string[];
  /** Parsed when it is JSON; `undefined` while it is still being read and when there is none. */
  readonly body: any;
  /** The behaviour words and tags of this request: see behaviour.js. */
  readonly words: ReadonlySet<string>;
  /** The client closed the connection before the answer was sent to its end; `undefined` while it is open. */
  readonly closedEarly?: boolean;
  /** Settles when the answer was sent to its end or the connection closed. */
  readonly ended: Promise<{ readonly closedEarly: boolean; readonly afterMillis: number }>;
}

export interface Provider {
  /** `http://127.0.0.1:port`; OpenAI's base URL is this with `/v1`. */
  readonly url: string;
  /** Every request so far, oldest first. */
  readonly requests: ProviderRequest[];
  /** Cuts what is still open and stops listening. */
  close(): Promise<void>;
}

/**
 * @param options.port 0 takes any free port
 * @param options.now milliseconds since the epoch, for the times in answers
 */
export function startProvider(options?: { port?: number; host?: string; now?: () => number }): Promise<Provider>;
