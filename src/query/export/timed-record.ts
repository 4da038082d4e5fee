// A call or a run as programs read it in JSON.

/** The record of `show --json`, `tail --json` and of an export as JSON lines. What is unknown is null; no key is ever left out. */
export function timedRecord({ timeMillis, ...rest }: { readonly timeMillis: number }): object {
  return { time: new Date(timeMillis).toISOString(), ...rest };
}
