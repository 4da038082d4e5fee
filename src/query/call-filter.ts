// Which calls and runs a question is about. In halves, as the index keeps their words: what is asked of one half is asked once for many rows.
import { type Call } from './call.ts';
import { type Run } from './run.ts';
import { type Where } from './where.ts';

export interface Period {
  /** Milliseconds since the epoch: calls made at or after it. */
  readonly sinceMillis?: number | undefined;
  /** Milliseconds since the epoch: calls made before it. */
  readonly untilMillis?: number | undefined;
}

export interface CallFilter extends Period {
  /** Any of them; the same for those below. None: all. */
  readonly workflows?: readonly string[] | undefined;
  /** As asked for or as answered. */
  readonly models?: readonly string[] | undefined;
  readonly providers?: readonly string[] | undefined;
  readonly agents?: readonly string[] | undefined;
  readonly prompts?: readonly string[] | undefined;
  readonly promptVersions?: readonly string[] | undefined;
  readonly promptVariants?: readonly string[] | undefined;
  readonly onlyErrors?: boolean | undefined;
  /** Attributes of any name. Not looked at by the functions below, which see calls and runs: whoever reads the lines does. */
  readonly where?: Where | undefined;
}

type Words<Name extends string> = Readonly<Record<Name, string | null>>;
type CallSeries = Words<'outcome' | 'workflow' | 'provider' | 'requestModel' | 'responseModel'>;
type CallDetails = Words<'agent' | 'prompt' | 'promptVersion' | 'promptVariant'>;
type RunSeries = Words<'version' | 'variant'>;
type RunDetails = Words<'outcome' | 'workflow' | 'agent' | 'prompt'> & Pick<Run, 'models' | 'providers'>;

export function matches(call: Call, filter: CallFilter): boolean {
  return isInPeriod(call, filter) && callSeriesMatch(call, filter) && callDetailsMatch(call, filter);
}

export function matchesRun(run: Run, filter: CallFilter): boolean {
  return isInPeriod(run, filter) && runSeriesMatch(run, filter) && runDetailsMatch(run, filter);
}

export function callSeriesMatch(call: CallSeries, { onlyErrors, workflows, models, providers }: CallFilter): boolean {
  return (
    (!onlyErrors || call.outcome === 'error') &&
    isAmong(workflows, call.workflow) &&
    isAmong(providers, call.provider) &&
    (isAmong(models, call.requestModel) || isAmong(models, call.responseModel))
  );
}

export function callDetailsMatch(call: CallDetails, filter: CallFilter): boolean {
  return (
    isAmong(filter.agents, call.agent) &&
    isAmong(filter.prompts, call.prompt) &&
    isAmong(filter.promptVersions, call.promptVersion) &&
    isAmong(filter.promptVariants, call.promptVariant)
  );
}

/** Whether {@link callDetailsMatch} may say no. */
export function asksForCallDetails({ agents, prompts, promptVersions, promptVariants }: CallFilter): boolean {
  return [agents, prompts, promptVersions, promptVariants].some(isAsked);
}

export function runSeriesMatch(run: RunSeries, { promptVersions, promptVariants }: CallFilter): boolean {
  return isAmong(promptVersions, run.version) && isAmong(promptVariants, run.variant);
}

/** A run is of the models and providers of any of its calls. */
export function runDetailsMatch(run: RunDetails, filter: CallFilter): boolean {
  const { workflows, models, providers, agents, prompts } = filter;
  return (
    (!filter.onlyErrors || run.outcome === 'error') &&
    isAmong(workflows, run.workflow) &&
    isAmong(agents, run.agent) &&
    isAmong(prompts, run.prompt) &&
    (!isAsked(models) || run.models.some((model) => models.includes(model))) &&
    (!isAsked(providers) || run.providers.some((provider) => providers.includes(provider)))
  );
}

/** Whether {@link runDetailsMatch} may say no. */
export function asksForRunDetails({ onlyErrors, workflows, models, providers, agents, prompts }: CallFilter): boolean {
  return onlyErrors === true || [workflows, models, providers, agents, prompts].some(isAsked);
}

function isInPeriod(
  { timeMillis }: Pick<Call, 'timeMillis'>,
  { sinceMillis = -Infinity, untilMillis = Infinity }: Period,
): boolean {
  return timeMillis >= sinceMillis && timeMillis < untilMillis;
}

function isAmong(wanted: readonly string[] | undefined, value: string | null): boolean {
  return !isAsked(wanted) || (value !== null && wanted.includes(value));
}

function isAsked(wanted: readonly string[] | undefined): wanted is readonly string[] {
  return wanted !== undefined && wanted.length > 0;
}
