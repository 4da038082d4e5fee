// The only place that meets the end of the process. Whatever ends it, its exit code, signal and output stay what they would be without us.
// Signals are not listened to: a listener keeps the process from dying of them, and libraries such as signal-exit count the listeners to
// decide who ends it. The journal needs none, it is written at each turn's end.

export interface EndOfProcess {
  /** Whether there is something to send. */
  readonly hasPending: () => boolean;
  /** Sends it; bounded by a deadline of its own and never rejects. Called again when the app goes on after it and ends again. */
  readonly flush: () => Promise<void>;
  /** Writes what waits, at once: nothing asynchronous runs after it. */
  readonly flushSync: () => void;
}

/** @returns a function that takes all of it away again. */
export function onEndOfProcess({ hasPending, flush, flushSync }: EndOfProcess): () => void {
  let stopped = false;
  const before = Object.getOwnPropertyDescriptor(process, 'emit');
  // Sending in a listener would make Node emit `beforeExit` once more, and the app's own listeners would act twice. So the event is kept
  // from them while something is sent: Node emits it again afterwards.
  const emit = new Proxy(process.emit.bind(process), {
    apply(target, self, args: [event: string, ...unknown[]]): unknown {
      if (args[0] === 'exit' && !stopped) {
        try {
          return Reflect.apply(target, self, args);
        } finally {
          // What the app's own listeners have made: nothing else writes it.
          flushSync();
        }
      }
      if (args[0] !== 'beforeExit' || stopped || !hasPending()) return Reflect.apply(target, self, args);
      void flush().finally(() => setImmediate(() => undefined));
      return true;
    },
  });
  process.emit = emit;
  // process.exit() and an uncaught error come through here. Before the app's listeners, for one of them may end the process for good.
  process.on('exit', flushSync);
  return () => {
    stopped = true;
    process.off('exit', flushSync);
    // Who has wrapped it after us keeps ours below, which then does nothing.
    if (process.emit !== emit) return;
    if (before) Object.defineProperty(process, 'emit', before);
    else Reflect.deleteProperty(process, 'emit');
  };
}
