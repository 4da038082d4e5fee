// Which calls a question is about.
import { type Call } from './call.ts';
import { type Run, type RunWords } from './run.ts';
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

/** What of a call a filter looks at, beside its time. */
export type Filtered = Pick<
  Call,
  | 'outcome'
  | 'workflow'
  | 'provider'
  | 'agent'
  | 'prompt'
  | 'promptVersion'
  | 'promptVariant'
  | 'requestModel'
  | 'responseModel'
>;

export function matches(call: Call, filter: CallFilter): boolean {
  return isInPeriod(call, filter) && matchesApartFromTime(call, filter);
}

export function matchesRun(run: Run, filter: CallFilter): boolean {
  return isInPeriod(run, filter) && matchesRunApartFromTime(run, filter);
}

export function matchesApartFromTime(call: Filtered, filter: CallFilter): boolean {
  const { workflows, models, providers, agents, prompts } = filter;
  return (
    (!filter.onlyErrors || call.outcome === 'error') &&
    isAmong(workflows, call.workflow) &&
    isAmong(providers, call.provider) &&
    isAmong(agents, call.agent) &&
    isAmong(prompts, call.prompt) &&
    isAmong(filter.promptVersions, call.promptVersion) &&
    isAmong(filter.promptVariants, call.promptVariant) &&
    (isAmong(models, call.requestModel) || isAmong(models, call.responseModel))
  );
}

/** A run is of the models and providers of any of its calls. */
export function matchesRunApartFromTime(run: RunWords, filter: CallFilter): boolean {
  const { workflows, models = [], providers = [], agents, prompts } = filter;
  return (
    (!filter.onlyErrors || run.outcome === 'error') &&
    isAmong(workflows, run.workflow) &&
    isAmong(agents, run.agent) &&
    isAmong(prompts, run.prompt) &&
    isAmong(filter.promptVersions, run.version) &&
    isAmong(filter.promptVariants, run.variant) &&
    (models.length === 0 || models.some((model) => run.models.includes(model))) &&
    (providers.length === 0 || providers.some((provider) => run.providers.includes(provider)))
  );
}

function isInPeriod(
  { timeMillis }: Pick<Call, 'timeMillis'>,
  { sinceMillis = -Infinity, untilMillis = Infinity }: Period,
): boolean {
  return timeMillis >= sinceMillis && timeMillis < untilMillis;
}

function isAmong(wanted: readonly string[] | undefined, value: string | null): boolean {
  return wanted === undefined || wanted.length === 0 || (value !== null && wanted.includes(value));
}
