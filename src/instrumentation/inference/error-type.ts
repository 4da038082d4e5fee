// `error.type` of a failed call. Only classes and codes: a message may hold a prompt or a key. Nothing here throws, whatever was thrown:
// an error may be a proxy, or have a getter that throws.
import { types } from 'node:util';
import { ERROR_TYPE_OTHER } from '../../semconv.ts';
import { string } from './wire.ts';

/** The HTTP status where the vendor answered, otherwise the error's class; `_OTHER` where it cannot be read. */
export function errorType(error: unknown): string {
  try {
    if (typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number') {
      return String(error.status);
    }
  } catch {
    return ERROR_TYPE_OTHER;
  }
  return exceptionType(error);
}

/** The error's class; `_OTHER` where it cannot be read. */
export function exceptionType(error: unknown): string {
  try {
    if (!isError(error)) return typeof error;
    return string(error.constructor?.name) || string(error.name) || 'Error';
  } catch {
    return ERROR_TYPE_OTHER;
  }
}

/** The host itself ended the call: an aborted signal, or the vendors' error for it. */
export function isAbort(error: unknown): boolean {
  try {
    return isError(error) && (error.name === 'AbortError' || exceptionType(error) === 'APIUserAbortError');
  } catch {
    return false;
  }
}

/** Those of another realm too, as test runners and `node:vm` have them. */
function isError(error: unknown): error is Error {
  return error instanceof Error || types.isNativeError(error);
}
