// Waiting for what another process does and gives no event for: a server that becomes ready, a file that grows.
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The first value of `probe` that is neither `undefined` nor `false`. A probe that throws has not succeeded yet.
 * @param what is awaited, for the message when `timeoutMillis` are over.
 */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMillis = 15_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMillis;
  let last = '';
  while (Date.now() < deadline) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = ` (${String(error)})`;
    }
    await sleep(50);
  }
  throw new Error(`${what}: not within ${timeoutMillis} ms${last}`);
}
