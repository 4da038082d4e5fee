// The metrics of workflows and prompt runs, recorded from their ended spans, ours or another's, sampled or not. No free text is ever a label.
import { type Attributes, type Counter, type Histogram, type MeterProvider, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { createLabels, OTHER } from '../internal/bounded-labels.ts';
import { withInstruments } from '../internal/instruments.ts';
import { VERSION } from '../internal/version.ts';
import * as names from '../semconv.ts';

/** Takes each ended span that is work but no inference. @param meterProvider the global one when absent. */
export function createMeasureRuns(maxSeries: number, meterProvider?: MeterProvider): (span: ReadableSpan) => void {
  return withInstruments((provider) => createRecorder(provider, maxSeries), meterProvider);
}

function createRecorder(provider: MeterProvider, maxSeries: number): (span: ReadableSpan) => void {
  const meter = provider.getMeter(names.SCOPE_NAME, VERSION);
  const counter = (name: string, unit: string, description: string): Counter =>
    meter.createCounter(name, { unit, description });
  const histogram = (name: string, description: string, explicitBucketBoundaries: number[]): Histogram =>
    // Boundaries as advice: a View would keep what one reader does not collect for ever.
    meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries } });

  const workflowDuration = histogram(
    names.METRIC_WORKFLOW_DURATION,
    'GenAI workflow duration.',
    names.WORKFLOW_DURATION_BOUNDARIES,
  );
  const workflowRetries = counter(names.METRIC_WORKFLOW_RETRIES, '{retry}', 'Times a workflow tried something again.');
  const promptRuns = counter(names.METRIC_PROMPT_RUNS, '{run}', 'Runs of prompts, by outcome.');
  const promptDuration = histogram(names.METRIC_PROMPT_DURATION, 'Duration of prompt runs.', names.DURATION_BOUNDARIES);
  const promptRetries = counter(names.METRIC_PROMPT_RETRIES, '{retry}', 'Times a prompt run was tried again.');
  const fallbacks = counter(names.METRIC_FALLBACKS, '{fallback}', 'Times a run went on with another model.');
  const folded = meter.createCounter(names.METRIC_SERIES_FOLDED, names.SERIES_FOLDED_OPTIONS);

  const labels = (instrument: string, label: string): ReturnType<typeof createLabels> =>
    createLabels(maxSeries, Object.freeze({ [label]: OTHER }), () =>
      folded.add(1, { [names.AGENT_VITALS_INSTRUMENT]: instrument }),
    );
  const labelsOfWorkflow = labels(names.METRIC_WORKFLOW_DURATION, names.GEN_AI_WORKFLOW_NAME);
  const labelsOfPrompt = labels(names.METRIC_PROMPT_RUNS, names.GEN_AI_PROMPT_NAME);
  const labelsOfFallback = labels(names.METRIC_FALLBACKS, names.AGENT_VITALS_RUN_FALLBACK_FROM);

  function recordWorkflow({ attributes, status }: ReadableSpan, seconds: number): void {
    const workflow = text(attributes, names.GEN_AI_WORKFLOW_NAME);
    const failed = status.code === SpanStatusCode.ERROR;
    const errorType = text(attributes, names.ERROR_TYPE) ?? (failed ? names.ERROR_TYPE_OTHER : undefined);
    workflowDuration.record(
      seconds,
      labelsOfWorkflow({ [names.GEN_AI_WORKFLOW_NAME]: workflow, [names.ERROR_TYPE]: errorType }),
    );
    const retries = amount(attributes, names.AGENT_VITALS_RUN_RETRIES);
    if (retries === 0) return;
    workflowRetries.add(retries, labelsOfWorkflow({ [names.GEN_AI_WORKFLOW_NAME]: workflow }));
  }

  function recordPrompt({ attributes }: ReadableSpan, seconds: number): void {
    const prompt = {
      [names.GEN_AI_PROMPT_NAME]: text(attributes, names.GEN_AI_PROMPT_NAME),
      [names.AGENT_VITALS_PROMPT_VERSION]: text(attributes, names.AGENT_VITALS_PROMPT_VERSION),
      [names.AGENT_VITALS_PROMPT_VARIANT]: text(attributes, names.AGENT_VITALS_PROMPT_VARIANT),
    };
    const outcome = text(attributes, names.AGENT_VITALS_PROMPT_OUTCOME);
    const ofOutcome = labelsOfPrompt({
      ...prompt,
      [names.AGENT_VITALS_PROMPT_OUTCOME]: outcome,
      // The same in the words of all other spans, where whatever failed is an error.
      [names.AGENT_VITALS_OUTCOME]: text(attributes, names.AGENT_VITALS_OUTCOME),
    });
    promptRuns.add(1, ofOutcome);
    promptDuration.record(seconds, ofOutcome);
    // 0 too: a series that is there before its first event has a rate.
    promptRetries.add(amount(attributes, names.AGENT_VITALS_RUN_RETRIES), labelsOfPrompt(prompt));
  }

  function recordFallbacks({ attributes }: ReadableSpan): void {
    const to = list(attributes, names.AGENT_VITALS_RUN_FALLBACK_TO);
    for (const [index, from] of list(attributes, names.AGENT_VITALS_RUN_FALLBACK_FROM).entries()) {
      fallbacks.add(
        1,
        labelsOfFallback({
          [names.AGENT_VITALS_RUN_FALLBACK_FROM]: from,
          [names.AGENT_VITALS_RUN_FALLBACK_TO]: to[index],
        }),
      );
    }
  }

  return (span) => {
    const seconds = span.duration[0] + span.duration[1] / 1e9;
    const operation = span.attributes[names.GEN_AI_OPERATION_NAME];
    if (operation === names.OPERATION_INVOKE_WORKFLOW) recordWorkflow(span, seconds);
    else if (operation === names.OPERATION_RUN_PROMPT) recordPrompt(span, seconds);
    else return;
    recordFallbacks(span);
  };
}

function text(attributes: Attributes, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function amount(attributes: Attributes, name: string): number {
  const value = attributes[name];
  return typeof value === 'number' && value > 0 ? value : 0;
}

function list(attributes: Attributes, name: string): string[] {
  const value: unknown = attributes[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
