// A call as programs read it in JSON.
import { type Call } from '../call.ts';

/** The record of `show --json`, `tail --json` and of an export as JSON lines. What is unknown is null; no key is ever left out. */
export function callRecord(call: Call): object {
  const { timeMillis, ...rest } = call;
  return { time: new Date(timeMillis).toISOString(), ...rest };
}
