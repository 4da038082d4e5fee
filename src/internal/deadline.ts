// One deadline over work that may never end. Must never let a late failure become an unhandled rejection of the host.

/**
 * Resolves when all of `work` has settled or `millis` have passed, whichever is first. Never rejects.
 *
 * The timer is the one of ours that holds the process open, on purpose and no longer than `millis`: whoever flushes waits for
 * sockets that do not hold it open.
 */
export function withinDeadline(work: readonly Promise<unknown>[], millis: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, millis));
    void Promise.allSettled(work).then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
