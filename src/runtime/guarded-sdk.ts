// The OpenTelemetry API does not throw while no SDK is behind it; the SDK does, for attributes that cannot be read or spelled out (BigInt,
// circles, throwing getters, endless depth). The host did not ask for that SDK, so a guard stands before every method the host can reach.
import { INVALID_SPAN_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { errorName } from '../internal/guard.ts';
import { warnOnce } from '../internal/log.ts';
import { sanitiseAttributes } from '../internal/sanitise-attributes.ts';

type Method = (this: unknown, a: never, b: never, c: never) => unknown;
type Methods = Record<string, Method | undefined>;

let guarded = false;

/** Once a process: the classes are shared by all providers of the bundle. */
export function guardSdk(): void {
  if (guarded) return;
  guarded = true;
  const tracer = new TracerProvider({ spanProcessors: [] }).getTracer('');
  const span = prototypeOf(tracer.startSpan(''));
  const instrument = prototypeOf(prototypeOf(new MeterProvider().getMeter('').createCounter('x')));
  const logger = prototypeOf(new LoggerProvider().getLogger(''));

  guard(prototypeOf(tracer), 'startSpan', {
    again: ([name, options, context]) => [
      String(name),
      { kind: kindOf(options), attributes: clean(options, 'attributes') },
      context,
    ],
    otherwise: (): Span => trace.wrapSpanContext(INVALID_SPAN_CONTEXT),
  });
  guard(span, 'setAttributes', { again: ([attributes]) => [sanitiseAttributes(attributes)], otherwise: itself });
  for (const name of [
    'setAttribute',
    'addEvent',
    'addLink',
    'addLinks',
    'setStatus',
    'updateName',
    'recordException',
    'end',
  ]) {
    guard(span, name, { otherwise: itself });
  }
  guard(instrument, '_record', {
    again: ([value, attributes, context]) => [value, sanitiseAttributes(attributes), context],
  });
  leaveOutWhatIsNoNumber(instrument);
  guard(logger, 'emit', {
    again: ([record]) => [{ eventName: clean(record, 'eventName'), attributes: clean(record, 'attributes') }],
  });
}

interface Fallback {
  /** What to try once more with: without what made it throw. */
  readonly again?: (args: unknown[]) => unknown[];
  readonly otherwise?: (target: unknown) => unknown;
}

function guard(prototype: Methods, name: string, { again, otherwise }: Fallback): void {
  const original = prototype[name];
  if (!original) return;
  // Three parameters, as many as any of them has: a list of arguments would be made for each attribute that is set.
  prototype[name] = function guardedMethod(a, b, c) {
    try {
      return original.call(this, a, b, c);
    } catch (error) {
      warnOnce(`sdk:${name}`, `telemetry of the app that cannot be recorded is left out: ${name}: ${errorName(error)}`);
    }
    try {
      if (again) return Reflect.apply(original, this, again([a, b, c]));
    } catch {
      // Said above.
    }
    return otherwise?.(this);
  };
}

/** One NaN would make a sum NaN for ever. */
function leaveOutWhatIsNoNumber(instrument: Methods): void {
  const record = instrument._record;
  if (!record) return;
  instrument._record = function recordNumber(value: unknown, attributes, context) {
    if (typeof value === 'number' && !Number.isFinite(value)) return undefined;
    return record.call(this, value as never, attributes, context);
  };
}

function prototypeOf(value: unknown): Methods {
  return Object.getPrototypeOf(value) as Methods;
}

function itself(target: unknown): unknown {
  return target;
}

function kindOf(options: unknown): unknown {
  const kind = clean(options, 'kind');
  return typeof kind === 'number' ? kind : undefined;
}

/** A property of a value that may throw when it is read; attributes are made harmless. */
function clean(given: unknown, name: 'attributes' | 'eventName' | 'kind'): unknown {
  try {
    const value = (given as Record<string, unknown> | undefined)?.[name];
    return name === 'attributes' ? sanitiseAttributes(value) : value;
  } catch {
    return undefined;
  }
}
