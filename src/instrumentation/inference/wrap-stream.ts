// Watches a vendor's stream from within: the consumer keeps the vendor's own stream and iterators, and sees every chunk, error and early
// end as before. Must never throw into the consumer's loop, nor keep a stream alive that nobody holds.
import { guard } from '../../internal/guard.ts';
import type { Outcome } from '../../semconv.ts';
import { isAbort } from './error-type.ts';
import type { InferenceRecorder } from './recorder.ts';
import { setOwn } from './set-own.ts';
import type { StreamReader } from './vendor-adapter.ts';

type IteratorFactory = (...args: unknown[]) => AsyncIterator<unknown>;

/** What the streams of the Stainless clients have in common. */
export interface VendorStream {
  /** `tee()`, `toReadableStream()` and the helpers all read through it. The first of openai 4 had neither it nor them. */
  readonly iterator?: IteratorFactory;
  readonly controller?: AbortController;
  [Symbol.asyncIterator](): AsyncIterator<unknown>;
}

export interface StreamWatch {
  readonly recorder: InferenceRecorder;
  readonly reader: StreamReader;
  /** Chunks that only came because we asked for them. */
  readonly hide?: ((chunk: unknown) => boolean) | undefined;
}

const unread = new FinalizationRegistry<InferenceRecorder>((recorder) => recorder.abandon());

export function isVendorStream(value: unknown): value is VendorStream {
  return (
    typeof value === 'object' &&
    value !== null &&
    Symbol.asyncIterator in value &&
    typeof value[Symbol.asyncIterator] === 'function'
  );
}

/** Replaces, in place, what makes the stream's iterators. */
export function wrapStream(stream: VendorStream, watch: StreamWatch): void {
  const { recorder, reader } = watch;
  const name = typeof stream.iterator === 'function' ? 'iterator' : Symbol.asyncIterator;
  const makeIterator = stream[name] as IteratorFactory;
  let taken = false;
  setOwn(stream, name, function iterator(this: unknown, ...args: unknown[]) {
    const source = makeIterator.apply(this, args);
    // A second reader gets the vendor's own answer, which is an error.
    if (!taken) guard('watching a stream', () => watchIterator(source, stream, watch));
    taken = true;
    return source;
  });
  // Bound, not an arrow: an arrow made here would hold all this function knows, the stream with it, for as long as the call is open.
  recorder.responseSoFar = reader.response.bind(reader);
  recorder.isComplete = reader.isComplete?.bind(reader);
  recorder.idleSince = performance.now();
  unread.register(stream, recorder);
}

/** Puts our ears on the vendor's own iterator, which stays what it is: a generator. It holds the stream for as long as somebody reads. */
function watchIterator(source: AsyncIterator<unknown>, stream: VendorStream, { recorder, reader, hide }: StreamWatch) {
  const next = source.next.bind(source);
  const close = source.return?.bind(source);
  const fail = source.throw?.bind(source);

  const finish = (outcome: Outcome, error?: unknown): void => {
    recorder.finish(outcome, { response: guard('reading a stream', () => reader.response()), error });
  };
  const hear = (result: IteratorResult<unknown>): IteratorResult<unknown> | Promise<IteratorResult<unknown>> => {
    recorder.idleSince = performance.now();
    if (result.done) {
      // The vendor ends an aborted stream without an error.
      finish(stream.controller?.signal?.aborted ? 'cancelled' : 'completed');
      return result;
    }
    guard('reading a stream chunk', () => reader.chunk(result.value));
    if (hide && guard('hiding a stream chunk', () => hide(result.value), false)) return read([]);
    recorder.chunk();
    return result;
  };
  const read = (args: [] | [unknown]): Promise<IteratorResult<unknown>> => {
    // While the vendor is waited for, nobody is idle.
    recorder.idleSince = undefined;
    return next(...(args as [])).then(hear, (error: unknown) => {
      // Not told by the controller: the vendor aborts that after any error.
      finish(isAbort(error) ? 'cancelled' : 'error', error);
      throw error;
    });
  };
  const methods: Partial<AsyncIterator<unknown>> = { next: (...args) => read(args as []) };
  if (close) {
    methods.return = (value) => {
      finish(reader.isComplete?.() ? 'completed' : 'cancelled');
      return close(value);
    };
  }
  if (fail) {
    methods.throw = (error) => {
      finish('cancelled');
      return fail(error);
    };
  }
  for (const [name, value] of Object.entries(methods)) setOwn(source, name, value);
}
