// What coordination rejects with. Each class says who has to do something: the caller, whoever set the rules, or whoever runs the store.

/** What was given cannot be used: the message says what, and what is allowed. */
export class InvalidInputError extends TypeError {
  override readonly name = 'InvalidInputError';
}

/** `authorize` did not allow it. */
export class NotAuthorizedError extends Error {
  override readonly name = 'NotAuthorizedError';
}

/** The store is broken, full or out of reach, and what was asked for has not been done, or is not known to have been done. It is tried again for later calls. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
