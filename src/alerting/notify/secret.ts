// A text that must be seen by nobody but the receiver it is for: printed, inspected or made JSON, it is a mask.
import { inspect } from 'node:util';

/** What stands in the place of a secret wherever people look. */
export const MASK = '[masked]';

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** For the wire alone. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
