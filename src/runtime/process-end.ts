// The only place that listens to the end of the process. Whatever ends it, its exit code, signal and output stay what they would be without us.
// Signals are not listened to: a listener keeps the process from dying of them, and libraries such as signal-exit count the listeners to
// decide who ends it. The journal needs none, it is written at each turn's end.

export interface EndOfProcess {
  /** Writes what waits, at once: nothing asynchronous runs after it. */
  flushSync(): void;
  /** Whether a flush has anything to wait for. */
  hasPending(): boolean;
  /** Sends what waits; bounded by a deadline of its own and never rejects. */
  flush(): Promise<void>;
}

/** @returns a function that takes the listeners away again. */
export function onEndOfProcess({ flushSync, hasPending, flush }: EndOfProcess): () => void {
  const onBeforeExit = (): void => {
    flushSync();
    // Asynchronous work makes Node emit `beforeExit` again, to everyone: only where there is something to wait for.
    if (hasPending()) void flush();
  };
  process.on('beforeExit', onBeforeExit);
  // process.exit() and an uncaught error come through here.
  process.on('exit', flushSync);
  return () => {
    process.off('beforeExit', onBeforeExit);
    process.off('exit', flushSync);
  };
}
