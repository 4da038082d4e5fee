// `error.type` of a failed call. Only classes and codes: a message may hold a prompt or a key.

/** The HTTP status where the vendor answered, otherwise the error's class. */
export function errorType(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number') {
    return String(error.status);
  }
  return exceptionType(error);
}

/** The error's class. */
export function exceptionType(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return error.constructor?.name || error.name || 'Error';
}

/** The host itself ended the call: an aborted signal, or the vendors' error for it. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || exceptionType(error) === 'APIUserAbortError');
}
