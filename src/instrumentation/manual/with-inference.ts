// Records an inference that the host makes in a function of its own. What the function returns or throws passes through untouched.
import { context, trace } from '@opentelemetry/api';
import { guard } from '../../internal/guard.ts';
import { isAbort } from '../inference/error-type.ts';
import { type InferenceRecorder, startInference } from '../inference/recorder.ts';
import type { InferenceResponse } from '../inference/vendor-adapter.ts';
import { needFunction } from '../run/need-function.ts';
import { type InferenceAnswer, type InferenceDescription, readAnswer, readDescription } from './described-inference.ts';

/** What the function tells of its inference, as it learns it. */
export interface InferenceCall {
  /** What the answer says. Told again, it adds to what was told before. */
  response(answer: InferenceAnswer): void;
  /** A chunk of a stream has come. The first sets the time to first chunk. */
  chunk(): void;
}

/**
 * Runs `fn` as one inference: a span from now until it returns or its promise settles, active within it.
 * @returns what `fn` returns. It throws what `fn` throws, the same object, and nothing else.
 * @throws {TypeError} when `fn` is no function.
 */
export function withInference<T>(description: InferenceDescription, fn: (call: InferenceCall) => T): T {
  needFunction(fn, 'withInference({ operation: "chat", provider: "openai" }, async (call) => ...)');
  const request = readDescription('withInference()', description);
  const recorder = request && startInference(request);
  if (!recorder) return fn({ response() {}, chunk() {} });
  const call = recordingCall(recorder);
  const fail = (error: unknown): void =>
    recorder.finish(isAbort(error) ? 'cancelled' : 'error', { response: call.soFar(), error });
  let result: T;
  try {
    result = context.with(trace.setSpan(context.active(), recorder.span), fn, undefined, call);
  } catch (error) {
    fail(error);
    throw error;
  }
  // A promise of another class may do more than promise, and mind being read: it goes back as it is, and the inference ends here.
  if (!(result instanceof Promise) || result.constructor !== Promise) {
    recorder.finish('completed', { response: call.soFar() });
    return result;
  }
  return result.then(
    (value: unknown) => {
      recorder.finish('completed', { response: call.soFar() });
      return value;
    },
    (error: unknown) => {
      fail(error);
      throw error;
    },
  ) as T;
}

function recordingCall(recorder: InferenceRecorder): InferenceCall & { soFar(): InferenceResponse } {
  let known: InferenceResponse = {};
  const soFar = (): InferenceResponse => known;
  recorder.responseSoFar = soFar;
  return {
    soFar,
    chunk: () => guard('counting a chunk', () => recorder.chunk()),
    response(answer) {
      const { usage, attributes, ...rest } = readAnswer('withInference()', answer);
      known = {
        ...known,
        ...rest,
        usage: usage ? { ...known.usage, ...usage } : known.usage,
        attributes: { ...known.attributes, ...attributes },
      };
    },
  };
}
