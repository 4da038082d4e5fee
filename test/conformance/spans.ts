// Checks the spans of a shape against what the shape says they must be.

import { tagOf } from './child/shapes/index.ts';
import type { ExpectedSpan, Shape } from './child/shapes/shape.ts';
import type { JournalSpan } from './journal.ts';

const operations = new Set<unknown>(['chat', 'text_completion', 'embeddings', 'generate_content']);

/** The spans that count as a call to a model. */
export function isInference(span: JournalSpan): boolean {
  return (
    operations.has(span.attributes['gen_ai.operation.name']) && span.attributes['agent_vitals.counted_by'] === undefined
  );
}

/** The tag of the shape that made a span, which is part of the model it asked for. */
export function tagIn(span: JournalSpan): string | undefined {
  const model = span.attributes['gen_ai.request.model'];
  return typeof model === 'string' ? model.split('+')[1] : undefined;
}

/** What a journal's span says, in an expectation's words. */
function told(span: JournalSpan): ExpectedSpan {
  const { attributes } = span;
  const words = {
    operation: attributes['gen_ai.operation.name'],
    outcome: attributes['agent_vitals.outcome'],
    responseModel: attributes['gen_ai.response.model'],
    finishReasons: attributes['gen_ai.response.finish_reasons'],
    input: attributes['gen_ai.usage.input_tokens'],
    output: attributes['gen_ai.usage.output_tokens'],
    cacheRead: attributes['gen_ai.usage.cache_read.input_tokens'],
    cacheCreation: attributes['gen_ai.usage.cache_creation.input_tokens'],
    reasoning: attributes['gen_ai.usage.reasoning.output_tokens'],
    error: attributes['error.type'],
    resends: attributes['http.request.resend_count'],
  };
  return Object.fromEntries(
    Object.entries(words).filter(([, value]) => value !== undefined),
  ) as unknown as ExpectedSpan;
}

/**
 * The inference spans of a shape, oldest first, beside those expected; `*` stands for any error. Where the SDK itself never comes to an end
 * the calls end as abandoned, with whatever had come by then.
 */
export function spansOf(
  shape: Shape,
  settled: boolean,
  spans: readonly JournalSpan[],
): { told: ExpectedSpan[]; expected: ExpectedSpan[] } {
  const found = spans.filter((span) => isInference(span) && tagIn(span) === tagOf(shape.name)).map(told);
  if (!settled) {
    return {
      told: found.map(({ operation, outcome }) => ({ operation, outcome })),
      expected: shape.spans.map(({ operation }) => ({ operation, outcome: 'abandoned' })),
    };
  }
  const expected = shape.spans.map((span, index) =>
    span.error === '*' ? { ...span, error: found[index]?.error ?? '*' } : span,
  );
  return { told: found, expected };
}
