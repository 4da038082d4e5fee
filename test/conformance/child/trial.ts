// What a shape gets to work with: a client, tools to look at what comes back, and the record of what was seen.
import { describe, describeKind } from './describe.ts';
import type { Sdk } from './sdk.ts';

/** Thrown by `need`: the SDK has no such thing, so there is nothing to compare. */
export class NotInThisVersion extends Error {}

export interface Connection {
  readonly closedEarly: boolean;
  /** The client closed within the time a caller would call "at once". */
  readonly soon: boolean;
}

export interface TrialRecord {
  status: 'ran' | 'not in this version';
  /** It waited longer than the suite does. */
  settled: boolean;
  /** The shape's own code went wrong, which is a fault of the suite, not of anybody under test. */
  failure?: string;
  readonly seen: [label: string, what: unknown][];
  /** Unhandled rejections, uncaught exceptions and process warnings while the shape ran. */
  readonly accidents: unknown[];
}

export class Trial {
  readonly record: TrialRecord = { status: 'ran', settled: true, seen: [], accidents: [] };
  readonly sdk: Sdk;
  readonly url: string;
  /** Asks the server how the connection of the latest request ended. */
  readonly connection: () => Promise<Connection>;
  readonly #tag: string;

  constructor(sdk: Sdk, url: string, tag: string, connection: () => Promise<Connection>) {
    this.sdk = sdk;
    this.url = url;
    this.#tag = tag;
    this.connection = connection;
  }

  /** A model name that tells the provider how to behave, and the journal whose span it is. */
  model(...words: string[]): string {
    return [this.sdk.model, this.#tag, ...words].join('+');
  }

  client(options: object = {}, Client: any = this.sdk.Client): any {
    return new Client({ ...this.clientOptions(), ...options });
  }

  clientOptions(): { apiKey: string; baseURL: string } {
    return { apiKey: 'sk-canary-key', baseURL: this.sdk.vendor === 'openai' ? `${this.url}/v1` : this.url };
  }

  /** Ends the shape here unless this SDK version has what it is about: `given` is truthy then. */
  need<T>(given: T): Exclude<NonNullable<T>, false> {
    if (!given) throw new NotInThisVersion();
    return given as Exclude<NonNullable<T>, false>;
  }

  /** Keeps a value as the caller has it, deeply. */
  see(label: string, value: unknown): void {
    this.record.seen.push([label, describe(value)]);
  }

  /** Keeps what kind of object it is, and of which exported classes it is an instance. */
  look(label: string, value: unknown): void {
    this.record.seen.push([label, { ...(describeKind(value) as object), instanceOf: this.#instanceOf(value) }]);
  }

  /** Keeps what `act` returns or throws; says whether it threw at once or rejected. */
  async attempt(label: string, act: () => unknown): Promise<unknown> {
    let result: unknown;
    try {
      result = act();
    } catch (error) {
      if (error instanceof NotInThisVersion) throw error;
      return this.#seeError(`${label} threw at once`, error);
    }
    try {
      const value = await result;
      this.see(label, value);
      return value;
    } catch (error) {
      if (error instanceof NotInThisVersion) throw error;
      return this.#seeError(`${label} rejected`, error);
    }
  }

  #seeError(label: string, error: unknown): unknown {
    const message = error instanceof Error ? error.message : undefined;
    this.see(label, { message, error, instanceOf: this.#instanceOf(error) });
    return error;
  }

  #instanceOf(value: unknown): string[] {
    return [...this.sdk.classes].filter(([, Class]) => value instanceof Class).map(([name]) => name);
  }
}

/** The same object, frozen as deep as plain data goes: whoever writes to a caller's parameters throws. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype) return value;
  for (const item of Object.values(value)) frozen(item);
  return Object.freeze(value);
}
