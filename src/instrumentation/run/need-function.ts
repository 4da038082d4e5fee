// What is called without its function has nothing to run and nothing to return: an error of the caller's, thrown where it was made.

/**
 * @param call how it is called, for example `withPrompt({ name: "extract" }, async (run) => ...)`.
 * @throws {TypeError} when `fn` is no function.
 */
export function needFunction(fn: unknown, call: string): void {
  if (typeof fn === 'function') return;
  const given = fn === undefined ? 'nothing' : fn === null ? 'null' : `a value of type ${typeof fn}`;
  throw new TypeError(`${call.slice(0, call.indexOf('('))}() needs the function to run, not ${given}: ${call}`);
}
