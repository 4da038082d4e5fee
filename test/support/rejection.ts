/** What a promise rejects with, as a text; `resolved` when it does not. */
export function rejection(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => String(error),
  );
}
