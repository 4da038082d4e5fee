// Turns one inference into one CLIENT span and its events. It ends once and only once and says why; the hot path, so it must stay lean.
import {
  type Attributes,
  type Context,
  context,
  logs,
  SeverityNumber,
  type Span,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { guard } from '../../internal/guard.ts';
import { VERSION } from '../../internal/version.ts';
import * as names from '../../semconv.ts';
import { fitContent } from './content.ts';
import { errorType, exceptionType } from './error-type.ts';
import { trackInference, untrackInference } from './open-inferences.ts';
import { settings } from './settings.ts';
import { type OurEnd, shareSpan } from './shared-span.ts';
import type { InferenceRequest, InferenceResponse } from './vendor-adapter.ts';
import { string } from './wire.ts';

export interface StartInferenceOptions {
  /** When the request was made: `performance.now()`, or milliseconds since the epoch. Now when left out. */
  readonly startTime?: number | undefined;
  /** The active context when left out. */
  readonly parent?: Context | undefined;
  /** A span somebody else has started for this very call: it is completed instead of a second one made. */
  readonly span?: Span | undefined;
}

export interface InferenceEnd {
  readonly response?: InferenceResponse | undefined;
  /** What was thrown. */
  readonly error?: unknown;
  /** `error.type` where nothing was thrown. */
  readonly errorType?: string | undefined;
  /** Milliseconds since the epoch; now when left out. */
  readonly endTime?: number | undefined;
  /** Nothing comes after this: the process ends, or the stream is gone. */
  readonly now?: boolean;
}

type Content = Record<string, string>;

export class InferenceRecorder {
  readonly span: Span;
  readonly request: InferenceRequest;
  /** Times the vendor's client sent the request again. */
  resendCount = 0;
  /** Seconds from the request to the first chunk, and the chunks the consumer got. Set by {@link chunk}. */
  timeToFirstChunk: number | undefined;
  chunks: number | undefined;
  idleSince: number | undefined;
  place = 0;
  /** What is known so far, for when it must end early. */
  responseSoFar: (() => InferenceResponse) | undefined;
  /** Whether that is all there is. */
  isComplete: (() => boolean) | undefined;
  readonly #parent: Context;
  readonly #startTime: number;
  readonly #requestAttributes: Attributes;
  readonly #eventContent: Content | undefined;
  readonly #endSpan: (ours: OurEnd) => void;
  #ended = false;

  constructor(request: InferenceRequest, options: StartInferenceOptions) {
    const { startTime = performance.now(), parent = context.active(), span } = options;
    this.request = request;
    this.#parent = parent;
    this.#startTime = startTime;
    const attributes = requestAttributes(request);
    this.#requestAttributes = attributes;
    if (span) {
      this.span = span;
      this.#endSpan = shareSpan(span, () => this.#ownerEnded(span));
      span.updateName(spanName(request));
      span.setAttributes(attributes);
    } else {
      this.span = tracer().startSpan(spanName(request), { kind: SpanKind.CLIENT, startTime, attributes }, parent);
      this.#endSpan = ({ endTime = performance.now() }) => this.span.end(endTime);
    }
    if (settings.captureContent !== 'none') this.#eventContent = this.#captureRequest();
    trackInference(this);
  }

  /** The consumer got a chunk of a stream. */
  chunk(): void {
    this.chunks = (this.chunks ?? 0) + 1;
    this.timeToFirstChunk ??= (performance.now() - this.#startTime) / 1000;
  }

  /** Nobody waits for the rest any more. */
  abandon(): void {
    const response = guard('reading a stream', () => this.responseSoFar?.());
    if (this.isComplete?.()) this.finish('completed', { response, endTime: this.idleSince, now: true });
    else this.finish('abandoned', { response, now: true });
  }

  /** Some helpers of the vendor's read an answer past us. Then we take the word of its own span, which is done with the call. */
  #ownerEnded({ status, attributes }: Span & { status?: SpanStatus; attributes?: Attributes }): void {
    if (this.responseSoFar) return;
    // As a rule we hear of the end a few microtasks later.
    setImmediate(() => {
      if (status?.code === SpanStatusCode.OK) this.finish('completed');
      else if (status?.code !== SpanStatusCode.ERROR) this.finish('cancelled');
      else this.finish('error', { errorType: string(attributes?.[names.ERROR_TYPE]) });
    });
  }

  /** Ends the span. Only the first call counts. */
  finish(outcome: names.Outcome, end: InferenceEnd = {}): void {
    if (this.#ended) return;
    this.#ended = true;
    untrackInference(this);
    const attributes = guard('recording an inference', () => this.#record(outcome, end));
    guard('ending a span', () => this.#endSpan({ endTime: end.endTime, attributes, now: end.now }));
  }

  #record(outcome: names.Outcome, { response, error, errorType: given }: InferenceEnd): Attributes {
    const type = error === undefined ? (given ?? response?.errorType) : (given ?? errorType(error));
    const failed = outcome === 'error' || (outcome === 'completed' && type !== undefined);
    const attributes: Attributes = { [names.AGENT_VITALS_OUTCOME]: failed ? 'error' : outcome };
    if (failed) attributes[names.ERROR_TYPE] = type ?? names.ERROR_TYPE_OTHER;
    if (this.timeToFirstChunk !== undefined)
      attributes[names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK] = this.timeToFirstChunk;
    if (this.chunks !== undefined) attributes[names.AGENT_VITALS_STREAM_CHUNKS] = this.chunks;
    if (this.resendCount > 0) attributes[names.HTTP_REQUEST_RESEND_COUNT] = this.resendCount;
    if (response) addResponse(attributes, response);
    this.span.setAttributes(attributes);
    // No message: the vendor's may quote the prompt.
    if (failed) this.span.setStatus({ code: SpanStatusCode.ERROR });
    if (settings.captureContent !== 'none') this.#recordContent(attributes, response);
    if (failed && error !== undefined) {
      // "Instrumentations SHOULD set the severity to WARN (severity number 13) when recording this event."
      this.#emit(
        names.EVENT_OPERATION_EXCEPTION,
        { [names.EXCEPTION_TYPE]: exceptionType(error) },
        SeverityNumber.WARN,
      );
    }
    return attributes;
  }

  /** Writes it onto the span at once, for the host may change its messages later; returns it where an event is wanted too. */
  #captureRequest(): Content | undefined {
    const given = guard('reading content', () => this.request.content?.());
    const content = fitAll({
      [names.GEN_AI_INPUT_MESSAGES]: given?.inputMessages,
      [names.GEN_AI_SYSTEM_INSTRUCTIONS]: given?.systemInstructions,
      [names.GEN_AI_TOOL_DEFINITIONS]: given?.toolDefinitions,
    });
    if (settings.captureContent !== 'event') this.span.setAttributes(content);
    return settings.captureContent === 'span' ? undefined : content;
  }

  #recordContent(attributes: Attributes, response: InferenceResponse | undefined): void {
    const output = guard('reading content', () => response?.outputMessages?.());
    const content = fitAll({ [names.GEN_AI_OUTPUT_MESSAGES]: output });
    if (settings.captureContent !== 'event') this.span.setAttributes(content);
    if (!this.#eventContent) return;
    const structured = Object.entries({ ...this.#eventContent, ...content }).map(
      // "recorded in structured form" on events; on spans as a JSON string.
      ([name, json]) => [name, JSON.parse(json) as Attributes[string]] as const,
    );
    this.#emit(names.EVENT_INFERENCE_DETAILS, {
      ...this.#requestAttributes,
      ...attributes,
      ...Object.fromEntries(structured),
    });
  }

  #emit(eventName: string, attributes: Attributes, severityNumber: SeverityNumber = SeverityNumber.INFO): void {
    const record = { eventName, attributes, severityNumber, context: trace.setSpan(this.#parent, this.span) };
    guard('emitting an event', () => logs.getLogger(names.SCOPE_NAME, VERSION).emit(record));
  }
}

/** Begins the span of an inference. Never throws. */
export function startInference(
  request: InferenceRequest,
  options: StartInferenceOptions = {},
): InferenceRecorder | undefined {
  return guard('starting an inference', () => new InferenceRecorder(request, options));
}

let known: { readonly provider: TracerProvider; readonly tracer: Tracer } | undefined;

function tracer(): Tracer {
  const provider = trace.getTracerProvider();
  if (known?.provider !== provider) known = { provider, tracer: provider.getTracer(names.SCOPE_NAME, VERSION) };
  return known.tracer;
}

// "The span name SHOULD be `{gen_ai.operation.name} {gen_ai.request.model}`."
function spanName({ operation, model }: InferenceRequest): string {
  return model ? `${operation} ${model}` : operation;
}

function requestAttributes(request: InferenceRequest): Attributes {
  const attributes: Attributes = {
    [names.GEN_AI_OPERATION_NAME]: request.operation,
    [names.GEN_AI_PROVIDER_NAME]: request.provider,
  };
  if (request.model) attributes[names.GEN_AI_REQUEST_MODEL] = request.model;
  if (request.serverAddress) attributes[names.SERVER_ADDRESS] = request.serverAddress;
  if (request.serverPort) attributes[names.SERVER_PORT] = request.serverPort;
  // "gen_ai.request.stream: if and only if the request is streaming".
  if (request.stream) attributes[names.GEN_AI_REQUEST_STREAM] = true;
  return Object.assign(attributes, request.attributes);
}

function addResponse(
  attributes: Attributes,
  { id, model, finishReasons, usage, attributes: own }: InferenceResponse,
): void {
  if (id) attributes[names.GEN_AI_RESPONSE_ID] = id;
  if (model) attributes[names.GEN_AI_RESPONSE_MODEL] = model;
  if (finishReasons?.length) attributes[names.GEN_AI_RESPONSE_FINISH_REASONS] = [...finishReasons];
  if (usage) {
    attributes[names.GEN_AI_USAGE_INPUT_TOKENS] = usage.input;
    attributes[names.GEN_AI_USAGE_OUTPUT_TOKENS] = usage.output;
    attributes[names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS] = usage.cacheRead;
    attributes[names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS] = usage.cacheCreation;
    attributes[names.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS] = usage.reasoning;
  }
  Object.assign(attributes, own);
}

function fitAll(content: Record<string, unknown>): Content {
  const fitted: Content = {};
  for (const [name, value] of Object.entries(content)) {
    const json = guard('writing content', () => fitContent(value, settings.contentMaxBytes));
    if (json !== undefined) fitted[name] = json;
  }
  return fitted;
}
