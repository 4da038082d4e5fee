// What the host says of its agents, read strictly: what cannot be right is an error of the caller's, thrown where it was made.
import { randomUUID } from 'node:crypto';
import { sanitiseAttributes } from '../../internal/sanitise-attributes.ts';
import { AGENT_STATUSES, type AgentStatus } from '../../semconv.ts';

export interface AgentOptions {
  /** One of few: it becomes a label of metrics. */
  readonly name: string;
  /** Which of that name it is. A random one when left out. */
  readonly id?: string | undefined;
  readonly version?: string | undefined;
  /** Shown where agents are listed: texts, finite numbers, booleans and arrays of these. Not written to traces, nor to metrics. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Milliseconds between the beats it makes by itself, 10,000 when left out; 0 for none, where only the agent's own are to count. */
  readonly heartbeatEveryMillis?: number | undefined;
  /** Milliseconds within which a beat is expected: without any for twice as long it is stale. As often as it beats when left out; 60,000 where it does not. */
  readonly expectEveryMillis?: number | undefined;
  /** Has a thread of its own say that the process lives, so that a blocked event loop is told from a dead process. */
  readonly heartbeatThread?: boolean | undefined;
}

/** What changes in the course of a run; what is left out stays as it was. */
export interface AgentUpdate {
  readonly status?: AgentStatus | undefined;
  /** From 0 to 1. */
  readonly progress?: number | undefined;
  /** What it is at, in at most 100 characters. Shown where agents are listed; in traces only when capture of content is on. */
  readonly task?: string | undefined;
  /** Added to what was said before. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** The options with their defaults, as they may be used. */
export interface AgentDescription {
  readonly name: string;
  readonly id: string;
  readonly version: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly heartbeatEveryMillis: number;
  readonly expectEveryMillis: number;
  readonly heartbeatThread: boolean;
}

const MAX_NAME_LENGTH = 256;
const MAX_TASK_LENGTH = 100;
const MAX_METADATA_BYTES = 4096;
const DEFAULT_HEARTBEAT_MILLIS = 10_000;
const DEFAULT_EXPECT_MILLIS = 60_000;
/** The longest a timer of Node can wait. */
const MAX_MILLIS = 2 ** 31 - 1;

/** @throws {TypeError} or {RangeError} that names what is wrong. */
export function readAgentOptions(given: AgentOptions): AgentDescription {
  if (typeof given !== 'object' || given === null)
    throw new TypeError('An agent needs a name: { name: "researcher" }.');
  const { version, heartbeatThread } = given;
  const heartbeatEveryMillis =
    millis('heartbeatEveryMillis', given.heartbeatEveryMillis, 0) ?? DEFAULT_HEARTBEAT_MILLIS;
  return {
    name: text('name', given.name, MAX_NAME_LENGTH),
    id: given.id === undefined ? newId() : text('id', given.id, MAX_NAME_LENGTH),
    version: version === undefined ? undefined : text('version', version, MAX_NAME_LENGTH),
    metadata: readMetadata(given.metadata),
    heartbeatEveryMillis,
    expectEveryMillis:
      millis('expectEveryMillis', given.expectEveryMillis, 1) ?? (heartbeatEveryMillis || DEFAULT_EXPECT_MILLIS),
    heartbeatThread: heartbeatThread === true,
  };
}

/** @throws {TypeError} or {RangeError} that names what is wrong. */
export function readAgentUpdate(given: AgentUpdate): AgentUpdate {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError('A beat takes { status, progress, task, metadata }, any of them or none.');
  }
  const { status, progress, task, metadata } = given;
  if (progress !== undefined && !(typeof progress === 'number' && progress >= 0 && progress <= 1)) {
    throw new RangeError(`"progress" is a number from 0 to 1, not ${shown(progress)}.`);
  }
  if (task !== undefined && typeof task !== 'string') throw new TypeError(`"task" is a text, not ${shown(task)}.`);
  return {
    status: status === undefined ? undefined : readStatus(status),
    progress,
    task: task === undefined ? undefined : cut(task.toWellFormed()),
    metadata: metadata && readMetadata(metadata),
  };
}

/** @throws {RangeError} when there is no such status. */
export function readStatus<S extends AgentStatus>(status: S, allowed: readonly AgentStatus[] = AGENT_STATUSES): S {
  if (allowed.includes(status)) return status;
  throw new RangeError(`"status" is one of ${allowed.join(', ')}, not ${shown(status)}.`);
}

/** @throws {RangeError} when it is too large for what is meant to be a few words beside a name. */
export function readMetadata(given: AgentOptions['metadata']): Readonly<Record<string, unknown>> {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError(`"metadata" is an object of plain values, not ${shown(given)}.`);
  }
  const metadata = sanitiseAttributes(given);
  const bytes = Buffer.byteLength(JSON.stringify(metadata));
  if (bytes <= MAX_METADATA_BYTES) return metadata;
  throw new RangeError(`"metadata" has ${bytes} bytes as JSON, at most ${MAX_METADATA_BYTES} are kept.`);
}

/** A UUID of version 7: those that are made together lie together in the store, which makes their beats cheap to write. */
function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

function text(name: string, value: unknown, maxLength: number): string {
  if (typeof value !== 'string' || value === '') throw new TypeError(`"${name}" is a text, not ${shown(value)}.`);
  if (value.length > maxLength) {
    throw new RangeError(`"${name}" has ${value.length} characters, at most ${maxLength} are allowed.`);
  }
  return value.toWellFormed();
}

function millis(name: string, value: unknown, least: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= least && value <= MAX_MILLIS) return value;
  throw new RangeError(`"${name}" is a number of milliseconds from ${least} to ${MAX_MILLIS}, not ${shown(value)}.`);
}

function cut(task: string): string {
  return task.length <= MAX_TASK_LENGTH ? task : `${task.slice(0, MAX_TASK_LENGTH - 1).toWellFormed()}…`;
}

/** A value as an error may quote it. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 50));
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
