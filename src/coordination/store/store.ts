// The contract of the store that agents, signals, events, approvals and feedback stand on. One engine for one machine, one for many; what is
// built on it must not know which it has. All times are milliseconds since the epoch by the store's own clock, the same for all processes.

/** A value that JSON can carry; see `toJsonValue()`. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Something to add to the events, in the same step as that which it tells of: both are there, or neither. */
export interface NewEvent {
  readonly type: string;
  readonly value: JsonValue;
  /** Events that are kept of this type; the oldest go. */
  readonly maxLength: number;
  /** Milliseconds an event is kept at most. */
  readonly ttlMillis: number;
}

export interface StoredEvent {
  /** Decimal digits. Grows over all types in the order in which events become visible, also when the clock is set back or the store was emptied. */
  readonly id: string;
  readonly type: string;
  readonly time: number;
  readonly value: JsonValue;
}

export interface EventQuery {
  /** Of these types; of all when absent. */
  readonly types?: readonly string[] | undefined;
  /** Newer than this id, the oldest of them first. Without it the newest are read; the oldest of those comes first again. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface EventStream {
  readonly type: string;
  readonly length: number;
  readonly firstId: string;
  readonly lastId: string;
  readonly firstTime: number;
  readonly lastTime: number;
}

/** A small thing with a name, which is gone after its time: an agent and its last beat, a request, an answer, a score. */
export interface NewRecord {
  readonly collection: string;
  /** Unique in its collection. Keys are ordered by their bytes in UTF-8. */
  readonly key: string;
  readonly value: JsonValue;
  /** Milliseconds from now until it is gone. */
  readonly ttlMillis: number;
  /** Added when the record is written. */
  readonly event?: NewEvent | undefined;
}

export interface StoredRecord {
  readonly key: string;
  readonly value: JsonValue;
  /** When it was first written since it was last absent. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt: number;
}

export interface RecordQuery {
  /** Keys that begin with it. */
  readonly prefix?: string | undefined;
  /** Keys behind it: the last of the page before. */
  readonly after?: string | undefined;
  /** 1000 by default. */
  readonly limit?: number | undefined;
}

export interface RecordList {
  /** When they were read: what their ages are meant against. */
  readonly now: number;
  /** By key. */
  readonly records: readonly StoredRecord[];
}

export interface Claim {
  /** Whether this claim is the one that holds, now and until the record's time is over. */
  readonly won: boolean;
  /** What holds: this claim, or an earlier one. `undefined` when there is none and it was too late to make one. */
  readonly record: StoredRecord | undefined;
  readonly now: number;
}

export interface NewSignal {
  readonly type: string;
  /** Name or id of the agent it is for; a broadcast has none. */
  readonly to?: string | undefined;
  /** Name of the agent that sends it. */
  readonly from?: string | undefined;
  readonly fromId?: string | undefined;
  readonly value: JsonValue;
  readonly ttlMillis: number;
  readonly event?: NewEvent | undefined;
}

export interface StoredSignal {
  /** Ordered and made as the ids of events. */
  readonly id: string;
  readonly type: string;
  readonly to: string | undefined;
  readonly from: string | undefined;
  readonly fromId: string | undefined;
  readonly value: JsonValue;
  readonly sentAt: number;
  readonly expiresAt: number;
  /** How often it has been taken before: above 0 it comes again, its lease having run out. */
  readonly deliveries: number;
}

export interface TakenSignal extends StoredSignal {
  /** What `finish` and `release` are done with; absent on what was taken for good or only looked at. */
  readonly lease?: string | undefined;
}

export interface SignalQuery {
  /** Who asks: a broadcast is seen once by each of these. */
  readonly agent: string;
  /** Names signals for it may bear; `agent` is one of them or not. */
  readonly addresses: readonly string[];
  readonly types?: readonly string[] | undefined;
  /** Name or id of the sender. */
  readonly from?: string | undefined;
  readonly limit: number;
}

export interface PendingQuery {
  readonly to?: string | undefined;
  readonly types?: readonly string[] | undefined;
  readonly from?: string | undefined;
}

/**
 * Every method is one atomic step: it is seen by others as a whole or not at all, and not undone by the death of who called it. They reject
 * with what the engine throws; `coordinationStore()` gives the store that says it plainly.
 */
export interface CoordinationStore {
  readonly engine: 'sqlite' | 'redis';

  /** The store's clock. Never goes back. */
  now(): Promise<number>;

  /** Writes all of them, whatever was there. For many at once one call is much cheaper than many. */
  put(records: readonly NewRecord[]): Promise<readonly StoredRecord[]>;

  /**
   * Writes the record if there is none of its key: of any number that try at once, one wins. Rings {@link recordTopic}.
   * @param before by the store's clock; from then on nobody wins any more.
   */
  claim(record: NewRecord, before?: number): Promise<Claim>;

  get(collection: string, key: string): Promise<StoredRecord | undefined>;

  list(collection: string, query?: RecordQuery): Promise<RecordList>;

  /** @returns how many there were of them. */
  remove(collection: string, keys: readonly string[]): Promise<number>;

  /** Rings {@link eventTopic} and {@link ALL_EVENTS}, as everything that brings an event with it. */
  append(event: NewEvent): Promise<StoredEvent>;

  read(query: EventQuery): Promise<readonly StoredEvent[]>;

  /** Id of the newest event or signal there has ever been, `0` without any: what comes after it is new. */
  latestId(): Promise<string>;

  /** By type. */
  streams(): Promise<readonly EventStream[]>;

  /** Keeps the newest `maxLength` of a type. @returns how many went. */
  trim(type: string, maxLength: number): Promise<number>;

  /** Removes single events of a type, or all of it. @returns how many went. */
  deleteEvents(type: string, ids?: readonly string[]): Promise<number>;

  /** Rings {@link signalTopic} of who it is for. */
  send(signal: NewSignal): Promise<StoredSignal>;

  /**
   * Takes the oldest that wait: of any number that try at once, one gets a signal, or of each agent one a broadcast.
   * @param leaseMillis without it they are taken for good. With it they come again to others when they are not finished within it.
   */
  take(query: SignalQuery, leaseMillis?: number): Promise<readonly TakenSignal[]>;

  /** What `take` would take. */
  peek(query: SignalQuery): Promise<readonly StoredSignal[]>;

  /** @returns false when the lease had run out and another took the signal, or its time was over: what was done with it may be done twice. */
  finish(id: string, lease: string): Promise<boolean>;

  /** Gives the signal back before its lease runs out; rings its topic. @returns as `finish`. */
  release(id: string, lease: string): Promise<boolean>;

  /** What waits, or is leased, for anyone. Broadcasts wait until their time is over. Oldest first. */
  pending(query: PendingQuery, limit: number): Promise<readonly StoredSignal[]>;

  /** Removes what waits or is leased. @returns how many went. */
  clear(query: PendingQuery): Promise<number>;

  /**
   * Calls `onRing` after each change under one of the topics, in whichever process it was made, mostly within milliseconds. Also when it may have missed one,
   * and now and then: look whether there is something, and do not count the rings.
   * @returns a function that ends it. Nothing changes unheard once the promise is resolved.
   */
  subscribe(topics: readonly string[], onRing: () => void): Promise<() => void>;

  /** What is under way may fail. */
  close(): Promise<void>;
}

export const ALL_EVENTS = 'events';
export const eventTopic = (type: string): string => `events:${type}`;
/** Of broadcasts when it is to nobody in particular. */
export const signalTopic = (to: string | undefined): string => (to === undefined ? 'signals' : `signals:${to}`);
export const recordTopic = (collection: string, key: string): string => `records:${collection}:${key}`;
