// An inference as the host describes it by hand. Its words are taken by type and never trusted: what cannot be written is left out.
import { guard } from '../../internal/guard.ts';
import { warnOnce } from '../../internal/log.ts';
import { sanitiseAttributes } from '../../internal/sanitise-attributes.ts';
import type { InferenceOperation } from '../../semconv.ts';
import type { InferenceRequest, InferenceResponse, RequestContent, TokenUsage } from '../inference/vendor-adapter.ts';
import { array, fields, number, string } from '../inference/wire.ts';

export interface InferenceDescription {
  /** `gen_ai.operation.name`: one of the conventions', or your own word. */
  readonly operation: InferenceOperation | (string & {});
  /** `gen_ai.provider.name`, for example `openai`, `aws.bedrock` or a name of your own; prices are found by it. */
  readonly provider: string;
  readonly model?: string | undefined;
  readonly stream?: boolean | undefined;
  readonly serverAddress?: string | undefined;
  readonly serverPort?: number | undefined;
  /** Further span attributes: texts, finite numbers, booleans and arrays of these. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** Prompts in the conventions' JSON shapes. Written only when capture of content is on. */
  readonly content?: RequestContent | undefined;
}

export interface InferenceAnswer {
  readonly id?: string | undefined;
  /** The model that answered, where it is another than was asked for. */
  readonly model?: string | undefined;
  readonly finishReasons?: readonly string[] | undefined;
  readonly usage?: TokenUsage | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** Answers in the conventions' JSON shape. Written only when capture of content is on. */
  readonly outputMessages?: unknown;
}

/** @returns `undefined` when it cannot be recorded, which is said once. */
export function readDescription(from: string, given: unknown): InferenceRequest | undefined {
  return guard(`reading the argument of ${from}`, () => {
    const { operation, provider, model, stream, serverAddress, serverPort, attributes, content } = fields(given);
    if (!string(operation) || !string(provider)) {
      warnOnce(
        `manual:${from}`,
        `${from} needs texts as "operation" (such as "chat") and "provider" (such as "openai"); this call is not recorded.`,
      );
      return undefined;
    }
    return {
      operation: operation as InferenceOperation,
      provider: provider as string,
      model: string(model),
      stream: stream === true,
      serverAddress: string(serverAddress),
      serverPort: number(serverPort),
      attributes: sanitiseAttributes(attributes),
      content: () => fields(content),
    };
  });
}

export function readAnswer(from: string, given: unknown): InferenceResponse {
  return guard(
    `reading what ${from} was told`,
    (): InferenceResponse => {
      const { id, model, finishReasons, usage, attributes, outputMessages } = fields(given);
      const tokens = (field: keyof TokenUsage): number | undefined => tokensIn(from, field, fields(usage)[field]);
      const reasons = array(finishReasons).filter((reason) => typeof reason === 'string');
      return {
        ...definedOnly({
          id: string(id),
          model: string(model),
          finishReasons: reasons.length > 0 ? reasons : undefined,
        }),
        ...(usage === undefined
          ? {}
          : {
              usage: definedOnly({
                input: tokens('input'),
                output: tokens('output'),
                cacheRead: tokens('cacheRead'),
                cacheCreation: tokens('cacheCreation'),
                reasoning: tokens('reasoning'),
              }),
            }),
        ...(attributes === undefined ? {} : { attributes: sanitiseAttributes(attributes) }),
        ...(outputMessages === undefined ? {} : { outputMessages: () => outputMessages }),
      };
    },
    {},
  );
}

/** A number of tokens; `undefined` where there is none, or something else, which is said once. */
function tokensIn(from: string, field: string, value: unknown): number | undefined {
  const count = number(value);
  if (count !== undefined && count >= 0) return count;
  // SDKs answer null where they do not know.
  if (value !== undefined && value !== null) {
    warnOnce(
      `manual:${from}:usage.${field}`,
      `${from} takes "usage.${field}" as a number of tokens; another value is ignored.`,
    );
  }
  return undefined;
}

/** So that what is told later adds to what was told before. */
function definedOnly<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}
