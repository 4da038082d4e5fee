// What of a request is seen: a span that lasts as long as the wait, and metrics by outcome. Names of people are in the store alone; what is to be allowed is content.
import { type Context, context, SpanKind, trace } from '@opentelemetry/api';
import { freeText } from '../../internal/free-text.ts';
import { guard } from '../../internal/guard.ts';
import { withInstruments } from '../../internal/instruments.ts';
import { VERSION } from '../../internal/version.ts';
import * as names from '../../semconv.ts';
import { coordinationSettings } from '../settings.ts';
import { type CarriedTrace, carriedSpan } from '../trace-context.ts';
import type { Approval, ApprovalOutcome } from './approval.ts';

export interface WaitSpan {
  /** What is to be stored with the request. */
  readonly context: Context;
  /** @param answered where the answer was given. */
  end(outcome: ApprovalOutcome, answered?: CarriedTrace): void;
}

/** @param requested where it was asked, by a process that is gone: where no span is around, the wait goes on in its trace. */
export function startWait(id: string, action: string, requested: CarriedTrace = {}): WaitSpan {
  const around = context.active();
  const before = carriedSpan(requested);
  const parent = before && !trace.getSpanContext(around) ? trace.setSpanContext(around, before) : around;
  const span = trace.getTracer(names.SCOPE_NAME, VERSION).startSpan(
    'approval',
    {
      kind: SpanKind.INTERNAL,
      links: before ? [{ context: before }] : [],
      attributes: {
        [names.AGENT_VITALS_APPROVAL_ID]: id,
        ...freeText(coordinationSettings().captureContent, names.AGENT_VITALS_APPROVAL_ACTION, action),
      },
    },
    parent,
  );
  return {
    context: trace.setSpan(parent, span),
    end: (outcome, answered = {}) =>
      guard('ending the span of an approval', () => {
        const answer = carriedSpan(answered);
        if (answer) span.addLink({ context: answer });
        span.setAttribute(names.AGENT_VITALS_APPROVAL_OUTCOME, outcome);
        span.end();
      }),
  };
}

/** Once for each request. */
export const measureApproval = withInstruments<Approval>((provider) => {
  const meter = provider.getMeter(names.SCOPE_NAME, VERSION);
  const duration = meter.createHistogram(names.METRIC_APPROVAL_DURATION, {
    unit: 's',
    description: 'Time from a request for approval to its answer, or to the end of its time.',
    advice: { explicitBucketBoundaries: names.APPROVAL_BOUNDARIES },
  });
  const requests = meter.createCounter(names.METRIC_APPROVAL_REQUESTS, {
    unit: '{request}',
    description: 'Requests for approval that have ended, by outcome.',
  });
  return ({ status, requestedAt, endedAt = requestedAt }) => {
    const labels = { [names.AGENT_VITALS_APPROVAL_OUTCOME]: status };
    duration.record((endedAt - requestedAt) / 1000, labels);
    requests.add(1, labels);
  };
});
