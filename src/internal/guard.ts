// After start() nothing of ours throws into the host: every way in from the host goes through here.
import { warnOnce } from './log.ts';

/**
 * Runs `fn` and returns its value; if it throws, counts it, says it once and returns `fallback`.
 * @param name what was tried, for the message: `processing span`, `openai stream chunk`.
 */
export function guard<T, F = undefined>(name: string, fn: () => T, fallback?: F): T | F {
  try {
    return fn();
  } catch (error) {
    warnOnce(`guard:${name}`, `${name} failed, the app goes on without it: ${errorName(error)}`);
    return fallback as F;
  }
}

/** The class of an error, or what SQLite calls it. Never its message: that may hold a prompt, a key or a path. */
export function errorName(error: unknown): string {
  try {
    if (error instanceof Error) {
      const { code, errstr } = error as NodeJS.ErrnoException & { errstr?: unknown };
      if (code === 'ERR_SQLITE_ERROR' && typeof errstr === 'string') return errstr;
      const given: unknown = error.constructor?.name || error.name;
      const name = typeof given === 'string' && given !== '' ? given : 'Error';
      return typeof code === 'string' ? `${name} ${code}` : name;
    }
  } catch {
    return 'an error that cannot be read';
  }
  return typeof error;
}
