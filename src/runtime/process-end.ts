// The only place that listens to the end of the process. Whatever ends it, its exit code, signal and output stay what they would be without us.
// Signals are not listened to: a listener keeps the process from dying of them, and libraries such as signal-exit count the listeners to
// decide who ends it. The journal needs none, it is written at each turn's end.

export interface EndOfProcess {
  /** Sends what waits; bounded by a deadline of its own and never rejects. Called again when the app goes on after it and ends again. */
  flush(): Promise<void>;
  /** Writes what waits, at once: nothing asynchronous runs after it. */
  flushSync(): void;
}

/** @returns a function that takes the listeners away again. */
export function onEndOfProcess({ flush, flushSync }: EndOfProcess): () => void {
  const onBeforeExit = (): void => void flush();
  process.on('beforeExit', onBeforeExit);
  // process.exit() and an uncaught error come through here.
  process.on('exit', flushSync);
  return () => {
    process.off('beforeExit', onBeforeExit);
    process.off('exit', flushSync);
  };
}
