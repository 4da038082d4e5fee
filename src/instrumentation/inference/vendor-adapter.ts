// What a vendor's folder tells of its API, and nothing else: pure reading of requests, responses and stream chunks.
// It never patches, never touches a span, and never changes or keeps what it is shown.
import type { Attributes } from '@opentelemetry/api';
import type { InferenceOperation } from '../../semconv.ts';

/** A request as the vendor's client is about to send it. */
export interface VendorCall {
  readonly method: string;
  /** Path as given to the client, without the base URL: `/chat/completions`. */
  readonly path: string;
  readonly body: unknown;
  readonly baseURL: string | undefined;
  /** Name of the client's class: `AzureOpenAI`, `AnthropicBedrock`, or one of the host's own. */
  readonly clientClass?: string | undefined;
  /** The client asked for a stream. */
  readonly stream: boolean;
}

/** What is known of an inference before it leaves. */
export interface InferenceRequest {
  readonly operation: InferenceOperation;
  /** `gen_ai.provider.name`. */
  readonly provider: string;
  readonly model?: string | undefined;
  readonly stream?: boolean | undefined;
  readonly serverAddress?: string | undefined;
  readonly serverPort?: number | undefined;
  /** Request parameters under their names of the conventions; zeros are values. */
  readonly attributes?: Attributes;
  /** Content in the conventions' JSON shapes; read only when capture of content is on. */
  readonly content?: () => RequestContent;
}

export interface RequestContent {
  readonly inputMessages?: unknown;
  readonly systemInstructions?: unknown;
  readonly toolDefinitions?: unknown;
}

/** Tokens as billed. `input` is the whole prompt with cached tokens, `output` with reasoning tokens. Absent is unknown, 0 is none. */
export interface TokenUsage {
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  /** Part of `input`. */
  readonly cacheRead?: number | undefined;
  /** Part of `input`. */
  readonly cacheCreation?: number | undefined;
  /** Part of `output`. */
  readonly reasoning?: number | undefined;
}

/** What is known of an inference once it answered; of a stream, what is known so far. */
export interface InferenceResponse {
  readonly id?: string | undefined;
  readonly model?: string | undefined;
  /** One for each choice, in order. */
  readonly finishReasons?: readonly string[] | undefined;
  readonly usage?: TokenUsage | undefined;
  readonly attributes?: Attributes;
  /** The body itself says that the call failed (`response.failed`): `error.type`. */
  readonly errorType?: string | undefined;
  /** Content in the conventions' JSON shape; read only when capture of content is on. */
  readonly outputMessages?: () => unknown;
}

/** Reads a stream as it passes. One for each stream. */
export interface StreamReader {
  /** Takes one chunk as the consumer will see it. */
  chunk(value: unknown): void;
  /** Whether the vendor has said that nothing more comes: some read no further, and need not. */
  isComplete?(): boolean;
  /** What the chunks so far amount to. */
  response(): InferenceResponse;
}

export interface VendorAdapter {
  /** Whether a request is an inference, from what is known at once: its body may still be a promise. What is none is left alone. */
  matches(method: string, path: string): boolean;
  /** What a call is, or `undefined` when it is no inference and must be left alone; its path may not be known before. */
  describe(call: VendorCall): InferenceRequest | undefined;
  /** Reads a whole response body. */
  readResponse(request: InferenceRequest, body: unknown): InferenceResponse;
  /** @param keepContent whether chunks' content is to be put together for `outputMessages`. */
  createStreamReader(request: InferenceRequest, keepContent: boolean): StreamReader;
  /** A copy of the body that asks for the usage of a stream too; `undefined` where the vendor sends it anyway or was asked for it. */
  withStreamUsage?(call: VendorCall): unknown;
  /** Whether a chunk came only because of `withStreamUsage`. */
  isUsageChunk?(chunk: unknown): boolean;
}
