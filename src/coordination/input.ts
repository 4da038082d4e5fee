// Reads what users give to coordination: what cannot be used is an error that says what is allowed.
import { type AgentIdentity, currentAgent } from './current-agent.ts';
import { InvalidInputError } from './errors.ts';

/** An agent by its id, which is its name then, or by both. */
export type AgentReference = string | AgentIdentity;

const MAX_NAME_LENGTH = 256;

/** @throws {InvalidInputError} */
export function readName(what: string, given: unknown): string {
  if (typeof given === 'string' && given !== '' && given.length <= MAX_NAME_LENGTH && given.isWellFormed())
    return given;
  throw new InvalidInputError(`${what} must be a text of 1 to ${MAX_NAME_LENGTH} characters${shown(given)}.`);
}

/** @throws {InvalidInputError} */
export function readOptionalName(what: string, given: unknown): string | undefined {
  return given === undefined ? undefined : readName(what, given);
}

/** One name or several; `undefined` for all. @throws {InvalidInputError} */
export function readNames(what: string, given: unknown): readonly string[] | undefined {
  if (given === undefined) return undefined;
  return Array.isArray(given)
    ? given.map((name, index) => readName(`${what}[${index}]`, name))
    : [readName(what, given)];
}

/** @throws {InvalidInputError} */
export function readWhole(what: string, given: unknown, { min = 1, max }: { min?: number; max: number }): number {
  if (typeof given === 'number' && Number.isInteger(given) && given >= min && given <= max) return given;
  throw new InvalidInputError(`${what} must be a whole number from ${min} to ${max}${shown(given)}.`);
}

/** Milliseconds that may be fractions and 0. `undefined` for as long as it takes. @throws {InvalidInputError} */
export function readTimeout(what: string, given: unknown): number | undefined {
  if (given === undefined || (typeof given === 'number' && given >= 0)) return given;
  throw new InvalidInputError(`${what} must be milliseconds, 0 or more${shown(given)}.`);
}

/** Of an event or a signal. @throws {InvalidInputError} */
export function readId(what: string, given: unknown): string {
  if (typeof given === 'string' && /^\d{1,16}$/.test(given)) return given;
  throw new InvalidInputError(`${what} must be the id of an event, as it was given: digits${shown(given)}.`);
}

/** Who acts: as given, or the one that the running code belongs to. @throws {InvalidInputError} */
export function readAgent(given: AgentReference | undefined): AgentIdentity | undefined {
  if (given === undefined) return currentAgent();
  if (typeof given === 'object' && given !== null) {
    return { id: readName('agent.id', given.id), name: readName('agent.name', given.name) };
  }
  const name = readName('agent', given);
  return { id: name, name };
}

function shown(given: unknown): string {
  if (typeof given === 'string')
    return given.length > MAX_NAME_LENGTH ? `; it has ${given.length}` : `, not ${JSON.stringify(given)}`;
  return typeof given === 'number'
    ? `, not ${given}`
    : `, not ${given === null ? 'null' : `a value of type ${typeof given}`}`;
}
