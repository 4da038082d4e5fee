// Every span, metric, event and attribute name this package reads or writes, with its unit and source. No such string stands elsewhere,
// but for the spellings of other instrumentations, which stand each in its file under `processing/dialects/`, and the lists of what holds content, in `processing/content-names.ts`.
// Source, unless said otherwise: OpenTelemetry semantic conventions 1.45 (incubating), `gen_ai.*`. Written out rather than imported:
// the incubating module holds some 1,600 names and would be paid for at every process start.

import { type Attributes, createContextKey } from '@opentelemetry/api';

/** Instrumentation scope of all we make. */
export const SCOPE_NAME = 'agent-vitals';

/** Where an OpenTelemetry context carries what the user set for all spans below it: a {@link VitalsContext}. */
export const VITALS_CONTEXT_KEY = /* @__PURE__ */ createContextKey('agent-vitals.context');

/** Set (to `true`) in the context in which a vendor's client sends a request: the trace context is kept from what goes out there. */
export const TO_VENDOR_CONTEXT_KEY = /* @__PURE__ */ createContextKey('agent-vitals.to-vendor');

/** Where an OpenTelemetry context carries the innermost run (of an agent, a prompt, a workflow) whose totals take in what is below: a {@link RunAbove}. */
export const RUN_CONTEXT_KEY = /* @__PURE__ */ createContextKey('agent-vitals.run');

/** A run, as the span processor tells it what happens below it. It tells those above in its turn. */
export interface RunAbove {
  readonly above: RunAbove | undefined;
  /** A model or tool call began below. */
  started(kind: CountedCall['kind']): void;
  /** One that was told as started is over: counted before, by {@link counted}, or by nobody. */
  ended(kind: CountedCall['kind']): void;
  /** A call ended below, and is what it says. Told once for each call, even of one that was not told as started. */
  counted(call: CountedCall): void;
}

/** What the totals of a run are made of. */
export interface CountedCall {
  readonly kind: 'inference' | 'tool';
  readonly outcome: Outcome;
  /** Of one that failed. */
  readonly errorType?: string | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  /** US dollars; `undefined` is unknown, or nothing to pay for. */
  readonly costUsd?: number | undefined;
  /** There is something to pay for, and nobody knows how much. */
  readonly unpriced?: boolean;
  /** Answered by a cache of the app. */
  readonly cacheHit?: boolean;
  /** As it was asked for. */
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
}

/** What an agent says of itself. Never changed: a new one is made when something changes, so that the same one means "still so". */
export interface Heartbeat {
  readonly id: string;
  readonly name: string;
  readonly version: string | undefined;
  readonly status: AgentStatus;
  /** Nothing comes after it. */
  readonly isLast: boolean;
  /** 0 to 1. */
  readonly progress: number | undefined;
  readonly task: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly expectEveryMillis: number;
  /** A thread of its own is to say that its process lives. */
  readonly heartbeatThread: boolean;
  /** Of its span; absent where no SDK makes any. */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** Set by `withWorkflow` and its like, put on every span started below by the span processor. */
export interface VitalsContext {
  /** Written as they are. */
  readonly attributes: Attributes;
  /** The raw id; only its hash is ever written. */
  readonly userId?: string | undefined;
}

// --- Span attributes: GenAI conventions ---
export const GEN_AI_OPERATION_NAME = 'gen_ai.operation.name';
export const GEN_AI_PROVIDER_NAME = 'gen_ai.provider.name';
export const GEN_AI_CONVERSATION_ID = 'gen_ai.conversation.id';
export const GEN_AI_OUTPUT_TYPE = 'gen_ai.output.type';
export const GEN_AI_REQUEST_MODEL = 'gen_ai.request.model';
export const GEN_AI_REQUEST_STREAM = 'gen_ai.request.stream';
export const GEN_AI_REQUEST_CHOICE_COUNT = 'gen_ai.request.choice.count';
export const GEN_AI_REQUEST_SEED = 'gen_ai.request.seed';
export const GEN_AI_REQUEST_MAX_TOKENS = 'gen_ai.request.max_tokens';
export const GEN_AI_REQUEST_TEMPERATURE = 'gen_ai.request.temperature';
export const GEN_AI_REQUEST_TOP_P = 'gen_ai.request.top_p';
export const GEN_AI_REQUEST_TOP_K = 'gen_ai.request.top_k';
export const GEN_AI_REQUEST_FREQUENCY_PENALTY = 'gen_ai.request.frequency_penalty';
export const GEN_AI_REQUEST_PRESENCE_PENALTY = 'gen_ai.request.presence_penalty';
export const GEN_AI_REQUEST_STOP_SEQUENCES = 'gen_ai.request.stop_sequences';
export const GEN_AI_REQUEST_ENCODING_FORMATS = 'gen_ai.request.encoding_formats';
/** How hard the model is asked to think: `low`, `high`, ... */
export const GEN_AI_REQUEST_REASONING_LEVEL = 'gen_ai.request.reasoning.level';
export const GEN_AI_EMBEDDINGS_DIMENSION_COUNT = 'gen_ai.embeddings.dimension.count';
export const GEN_AI_RESPONSE_ID = 'gen_ai.response.id';
export const GEN_AI_RESPONSE_MODEL = 'gen_ai.response.model';
export const GEN_AI_RESPONSE_FINISH_REASONS = 'gen_ai.response.finish_reasons';
/** Seconds from the request to the first chunk of a stream. */
export const GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK = 'gen_ai.response.time_to_first_chunk';
/** Tokens of the whole prompt, with those read from and written to the provider's cache. */
export const GEN_AI_USAGE_INPUT_TOKENS = 'gen_ai.usage.input_tokens';
export const GEN_AI_USAGE_OUTPUT_TOKENS = 'gen_ai.usage.output_tokens';
/** Part of the input tokens. */
export const GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS = 'gen_ai.usage.cache_read.input_tokens';
/** Part of the input tokens. */
export const GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS = 'gen_ai.usage.cache_creation.input_tokens';
/** Part of the output tokens. */
export const GEN_AI_USAGE_REASONING_OUTPUT_TOKENS = 'gen_ai.usage.reasoning.output_tokens';
export const GEN_AI_AGENT_ID = 'gen_ai.agent.id';
export const GEN_AI_AGENT_NAME = 'gen_ai.agent.name';
export const GEN_AI_AGENT_VERSION = 'gen_ai.agent.version';
export const GEN_AI_EVALUATION_NAME = 'gen_ai.evaluation.name';
export const GEN_AI_EVALUATION_SCORE_VALUE = 'gen_ai.evaluation.score.value';
export const GEN_AI_EVALUATION_SCORE_LABEL = 'gen_ai.evaluation.score.label';
/** Content: written only when asked for. */
export const GEN_AI_EVALUATION_EXPLANATION = 'gen_ai.evaluation.explanation';
export const GEN_AI_WORKFLOW_NAME = 'gen_ai.workflow.name';
export const GEN_AI_PROMPT_NAME = 'gen_ai.prompt.name';
/** On metric points only: `input` or `output`. */
export const GEN_AI_TOKEN_TYPE = 'gen_ai.token.type';
export const OPENAI_REQUEST_SERVICE_TIER = 'openai.request.service_tier';
export const OPENAI_RESPONSE_SERVICE_TIER = 'openai.response.service_tier';
export const OPENAI_RESPONSE_SYSTEM_FINGERPRINT = 'openai.response.system_fingerprint';
export const OPENAI_API_TYPE = 'openai.api.type';

// --- Anthropic's own, as the native spans of `@anthropic-ai/sdk` name them ---
export const ANTHROPIC_REQUEST_SERVICE_TIER = 'anthropic.request.service_tier';
export const ANTHROPIC_RESPONSE_SERVICE_TIER = 'anthropic.response.service_tier';
export const ANTHROPIC_THINKING_TYPE = 'anthropic.thinking.type';
export const ANTHROPIC_THINKING_BUDGET_TOKENS = 'anthropic.thinking.budget_tokens';
/** Part of the cache creation tokens that is kept for five minutes. */
export const ANTHROPIC_USAGE_CACHE_CREATION_5M = 'anthropic.usage.cache_creation.ephemeral_5m_input_tokens';
/** Part of the cache creation tokens that is kept for an hour, at a higher price. */
export const ANTHROPIC_USAGE_CACHE_CREATION_1H = 'anthropic.usage.cache_creation.ephemeral_1h_input_tokens';
/** Part of the input tokens that the server used to compact the context. */
export const ANTHROPIC_USAGE_COMPACTION_INPUT_TOKENS = 'anthropic.usage.compaction.input_tokens';
/** Part of the output tokens that the server used to compact the context. */
export const ANTHROPIC_USAGE_COMPACTION_OUTPUT_TOKENS = 'anthropic.usage.compaction.output_tokens';

// --- Content: written only when asked for ---
export const GEN_AI_INPUT_MESSAGES = 'gen_ai.input.messages';
export const GEN_AI_OUTPUT_MESSAGES = 'gen_ai.output.messages';
export const GEN_AI_SYSTEM_INSTRUCTIONS = 'gen_ai.system_instructions';
export const GEN_AI_TOOL_DEFINITIONS = 'gen_ai.tool.definitions';

// --- General conventions ---
export const ERROR_TYPE = 'error.type';
/** Its value where there was an error of which nothing more is known. */
export const ERROR_TYPE_OTHER = '_OTHER';
/** The class of what was thrown; on events only. */
export const EXCEPTION_TYPE = 'exception.type';
export const SERVER_ADDRESS = 'server.address';
export const SERVER_PORT = 'server.port';
export const HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code';
/** Times the vendor's client sent the request again; absent when it was sent once. */
export const HTTP_REQUEST_RESEND_COUNT = 'http.request.resend_count';

// --- Messaging conventions: signals from agent to agent ---
export const MESSAGING_SYSTEM = 'messaging.system';
/** `send` or `receive`. */
export const MESSAGING_OPERATION_NAME = 'messaging.operation.name';
/** `send` or `receive`. */
export const MESSAGING_OPERATION_TYPE = 'messaging.operation.type';
/** Whom a signal is for; absent when it is to all. */
export const MESSAGING_DESTINATION_NAME = 'messaging.destination.name';
export const MESSAGING_MESSAGE_ID = 'messaging.message.id';
/** Bytes of the payload as JSON. */
export const MESSAGING_MESSAGE_BODY_SIZE = 'messaging.message.body.size';

// --- Ours: what the conventions lack ---
/** What a signal says, as its sender named it. */
export const AGENT_VITALS_SIGNAL_TYPE = 'agent_vitals.signal.type';
/** How the call ended: `completed`, `cancelled`, `abandoned` or `error`. */
export const AGENT_VITALS_OUTCOME = 'agent_vitals.outcome';
/** Chunks the consumer received from a stream. */
export const AGENT_VITALS_STREAM_CHUNKS = 'agent_vitals.stream.chunks';
/** US dollars of the whole call; absent where the price is unknown. */
export const AGENT_VITALS_COST_USD = 'agent_vitals.cost.usd';
export const AGENT_VITALS_COST_USD_INPUT = 'agent_vitals.cost.usd.input';
export const AGENT_VITALS_COST_USD_CACHE_READ = 'agent_vitals.cost.usd.cache_read';
export const AGENT_VITALS_COST_USD_CACHE_WRITE = 'agent_vitals.cost.usd.cache_write';
export const AGENT_VITALS_COST_USD_OUTPUT = 'agent_vitals.cost.usd.output';
/** Where the call stands within its workflow, as the user named it. */
export const AGENT_VITALS_WORKFLOW_STAGE = 'agent_vitals.workflow.stage';
/** Class of model the user asked for, for example `cheap` or `premium`. */
export const AGENT_VITALS_TIER = 'agent_vitals.tier';
/** HMAC-SHA-256 of the user id under the local key, first 16 hex digits. Never the id itself. */
export const AGENT_VITALS_USER_HASH = 'agent_vitals.user.hash';
/** Totals of what happened below a run (of an agent, a prompt, a workflow), on its span at its end. Model calls, each counted once. */
export const AGENT_VITALS_RUN_CALLS = 'agent_vitals.run.calls';
/** Part of the calls: answered by a cache of the app. */
export const AGENT_VITALS_RUN_CACHE_HITS = 'agent_vitals.run.cache_hits';
export const AGENT_VITALS_RUN_TOOL_CALLS = 'agent_vitals.run.tool_calls';
/** Model and tool calls that failed. */
export const AGENT_VITALS_RUN_ERRORS = 'agent_vitals.run.errors';
export const AGENT_VITALS_RUN_INPUT_TOKENS = 'agent_vitals.run.input_tokens';
export const AGENT_VITALS_RUN_OUTPUT_TOKENS = 'agent_vitals.run.output_tokens';
/** US dollars of the priced calls; absent where there was something to pay for and none of it is priced. */
export const AGENT_VITALS_RUN_COST_USD = 'agent_vitals.run.cost.usd';
/** Calls that are missing in the cost. */
export const AGENT_VITALS_RUN_UNPRICED_CALLS = 'agent_vitals.run.unpriced_calls';
/** Calls that were still open when the span could wait no longer, and are missing in the totals; absent when there were none. */
export const AGENT_VITALS_RUN_UNFINISHED_CALLS = 'agent_vitals.run.unfinished_calls';
/** Models and providers of the calls below, each once. */
export const AGENT_VITALS_RUN_MODELS = 'agent_vitals.run.models';
export const AGENT_VITALS_RUN_PROVIDERS = 'agent_vitals.run.providers';
/** Times the run was tried again, as its code says. */
export const AGENT_VITALS_RUN_RETRIES = 'agent_vitals.run.retries';
/** Models the run fell back from, in their order; {@link AGENT_VITALS_RUN_FALLBACK_TO} has what it went on with instead. */
export const AGENT_VITALS_RUN_FALLBACK_FROM = 'agent_vitals.run.fallback.from';
export const AGENT_VITALS_RUN_FALLBACK_TO = 'agent_vitals.run.fallback.to';
export const AGENT_VITALS_PROMPT_VERSION = 'agent_vitals.prompt.version';
/** One of several ways to ask for the same, for example `xml` or `plain`. */
export const AGENT_VITALS_PROMPT_VARIANT = 'agent_vitals.prompt.variant';
/** How a prompt run ended: a {@link PromptOutcome}. */
export const AGENT_VITALS_PROMPT_OUTCOME = 'agent_vitals.prompt.outcome';
/** Whether the answer could be read, and whether it was what was wanted: what the run's code said last; absent when it said nothing. */
export const AGENT_VITALS_PROMPT_PARSED = 'agent_vitals.prompt.parsed';
export const AGENT_VITALS_PROMPT_VALIDATED = 'agent_vitals.prompt.validated';
export const AGENT_VITALS_PROMPT_AGENT_ROLE = 'agent_vitals.prompt.agent_role';
/** Content: at most 100 characters, only when capture of content is on. */
export const AGENT_VITALS_PROMPT_TASK = 'agent_vitals.prompt.task';
/** Content: at most 100 characters, only when capture of content is on. */
export const AGENT_VITALS_PROMPT_ERROR_MESSAGE = 'agent_vitals.prompt.error_message';
/** Stages a workflow has run, in the order in which each began first. */
export const AGENT_VITALS_WORKFLOW_STAGES = 'agent_vitals.workflow.stages';
/** Stages a workflow has left out, as its code says. */
export const AGENT_VITALS_WORKFLOW_SKIPPED_STAGES = 'agent_vitals.workflow.skipped_stages';
/** `true` on a call that a cache of the app has answered. It used no tokens and cost nothing. */
export const AGENT_VITALS_CACHE_HIT = 'agent_vitals.cache.hit';
/** Kind of that cache, as the user named it, for example `exact` or `semantic`. */
export const AGENT_VITALS_CACHE_TYPE = 'agent_vitals.cache.type';
/** Tokens the call would have used without the cache. */
export const AGENT_VITALS_CACHE_SAVED_INPUT_TOKENS = 'agent_vitals.cache.saved.input_tokens';
export const AGENT_VITALS_CACHE_SAVED_OUTPUT_TOKENS = 'agent_vitals.cache.saved.output_tokens';
/** Parts of those input tokens: what the provider would have read from its own cache, and written to it. */
export const AGENT_VITALS_CACHE_SAVED_CACHE_READ_TOKENS = 'agent_vitals.cache.saved.cache_read.input_tokens';
export const AGENT_VITALS_CACHE_SAVED_CACHE_CREATION_TOKENS = 'agent_vitals.cache.saved.cache_creation.input_tokens';
/** US dollars those tokens would have cost; absent where that is not known. */
export const AGENT_VITALS_CACHE_SAVED_USD = 'agent_vitals.cache.saved.usd';
/** On a span that repeats a call another span already counts: the span id that counts. */
export const AGENT_VITALS_COUNTED_BY = 'agent_vitals.counted_by';

/** What an agent says it does: an {@link AgentStatus}. */
export const AGENT_VITALS_AGENT_STATUS = 'agent_vitals.agent.status';
/** From 0 to 1, as the agent says. */
export const AGENT_VITALS_AGENT_PROGRESS = 'agent_vitals.agent.progress';
/** What the agent is at, in its own words. Content: at most 100 characters, only when capture of content is on. */
export const AGENT_VITALS_AGENT_TASK = 'agent_vitals.agent.task';
/** On points of {@link METRIC_AGENTS} and events of agents: `alive`, `blocked`, `stale` or `lost`. */
export const AGENT_VITALS_AGENT_STATE = 'agent_vitals.agent.state';
export const AGENT_VITALS_APPROVAL_ID = 'agent_vitals.approval.id';
/** What is to be allowed. Content: at most 100 characters, only when capture of content is on. */
export const AGENT_VITALS_APPROVAL_ACTION = 'agent_vitals.approval.action';
/** `approved`, `rejected`, `timed_out` or `cancelled`. */
export const AGENT_VITALS_APPROVAL_OUTCOME = 'agent_vitals.approval.outcome';
/** Name of an alert rule. */
export const AGENT_VITALS_ALERT_RULE = 'agent_vitals.alert.rule';
/** `info`, `warning` or `critical`. */
export const AGENT_VITALS_ALERT_SEVERITY = 'agent_vitals.alert.severity';
/** Of an alert's rule and labels, 16 hex digits. */
export const AGENT_VITALS_ALERT_FINGERPRINT = 'agent_vitals.alert.fingerprint';
/** What a series of a rule is now: `inactive`, `pending`, `firing` or `resolved`. */
export const AGENT_VITALS_ALERT_STATE = 'agent_vitals.alert.state';
/** What it was before. */
export const AGENT_VITALS_ALERT_PREVIOUS_STATE = 'agent_vitals.alert.previous_state';
/** In the rule's unit; absent where there is no data. */
export const AGENT_VITALS_ALERT_VALUE = 'agent_vitals.alert.value';
/** In the rule's unit. */
export const AGENT_VITALS_ALERT_THRESHOLD = 'agent_vitals.alert.threshold';
/** The labels of an alert's series, with this before their names. */
export const AGENT_VITALS_ALERT_LABEL_PREFIX = 'agent_vitals.alert.label.';
/** On points of {@link METRIC_ALERT_NOTIFICATIONS} only: `webhook`, `email`, `stdout` or `command`. */
export const AGENT_VITALS_ALERT_CHANNEL_TYPE = 'agent_vitals.alert.channel.type';
/** On points of {@link METRIC_ALERT_NOTIFICATIONS} only: `delivered`, `failed` (to be tried again), `given_up` or `interrupted`. */
export const AGENT_VITALS_ALERT_OUTCOME = 'agent_vitals.alert.outcome';
/** On points of the unpriced calls only: `unknown_price` or `unknown_usage`. */
export const AGENT_VITALS_UNPRICED_REASON = 'agent_vitals.unpriced.reason';
/** On points of the folded series only: the instrument whose points were folded. */
export const AGENT_VITALS_INSTRUMENT = 'agent_vitals.instrument';

// --- Metrics ---
/** Histogram, `{token}`. */
export const METRIC_TOKEN_USAGE = 'gen_ai.client.token.usage';
/** Histogram, `s`. */
export const METRIC_OPERATION_DURATION = 'gen_ai.client.operation.duration';
/** Histogram, `s`. */
export const METRIC_TIME_TO_FIRST_CHUNK = 'gen_ai.client.operation.time_to_first_chunk';
/** Histogram, `s`. */
export const METRIC_TIME_PER_OUTPUT_CHUNK = 'gen_ai.client.operation.time_per_output_chunk';
/** Counter, `{USD}`: an annotation, so that Prometheus names it `agent_vitals_cost_usd_total`. */
export const METRIC_COST_USD = 'agent_vitals.cost.usd';
/** Counter, `{call}`, by model. */
export const METRIC_UNPRICED_CALLS = 'agent_vitals.unpriced_calls';
/** Histogram, `s`: as long as the span. GenAI conventions repository. */
export const METRIC_INVOKE_AGENT_DURATION = 'gen_ai.invoke_agent.duration';
/** Histogram, `{inference_call}`: model calls of one run, by agent name. GenAI conventions repository. */
export const METRIC_INVOKE_AGENT_INFERENCE_CALLS = 'gen_ai.invoke_agent.inference_calls';
/** Histogram, `{tool_call}`: uses of tools in one run, by agent name. GenAI conventions repository. */
export const METRIC_INVOKE_AGENT_TOOL_CALLS = 'gen_ai.invoke_agent.tool_calls';
/** Gauge, `{call}`: model calls so far of the run that has most, among those of an agent name that run or have ended within the last minute or two; 0 when none has. */
export const METRIC_AGENT_RUN_CALLS = 'agent_vitals.agent.run.calls';
/** Gauge, `{USD}`: the same of the known cost. */
export const METRIC_AGENT_RUN_COST = 'agent_vitals.agent.run.cost';
/** Counter, `{heartbeat}`, by agent name. */
export const METRIC_AGENT_HEARTBEATS = 'agent_vitals.agent.heartbeats';
/** Gauge, `1`: from 0 to 1, the least among the agents of a name that say theirs and have not ended. */
export const METRIC_AGENT_PROGRESS = 'agent_vitals.agent.progress';
/** Counter, `{token}`: input tokens read from the provider's cache, part of the input tokens of {@link METRIC_TOKEN_USAGE}. */
export const METRIC_CACHE_READ_TOKENS = 'agent_vitals.cache_read_tokens';
/** Gauge, `s`, by agent name: time since the last beat of the one that has been silent longest; 0 without any. The lost are left out. */
export const METRIC_AGENT_LAST_HEARTBEAT_AGE = 'agent_vitals.agent.last_heartbeat_age';
/** Gauge, `{agent}`, by agent name and state: of all that share a store, the same in each of their processes. */
export const METRIC_AGENTS = 'agent_vitals.agent.agents';
/** Histogram, `s`, by outcome: from the request to the answer, or to the end of its time. */
export const METRIC_APPROVAL_DURATION = 'agent_vitals.approval.duration';
/** Counter, `{request}`, by outcome. */
export const METRIC_APPROVAL_REQUESTS = 'agent_vitals.approval.requests';
/** Gauge, `{alert}`: alerts that fire, by rule and severity; of the one process that evaluates. */
export const METRIC_ALERT_FIRING = 'agent_vitals.alert.firing';
/** Histogram, `s`: as long as the span. GenAI conventions repository. */
export const METRIC_WORKFLOW_DURATION = 'gen_ai.workflow.duration';
/** Counter, `{run}`, by outcome, name, version and variant. */
export const METRIC_PROMPT_RUNS = 'agent_vitals.prompt.runs';
/** Histogram, `s`, by outcome, name, version and variant. */
export const METRIC_PROMPT_DURATION = 'agent_vitals.prompt.duration';
/** Counter, `{retry}`, by name, version and variant. */
export const METRIC_PROMPT_RETRIES = 'agent_vitals.prompt.retries';
/** Counter, `{retry}`, by workflow. */
export const METRIC_WORKFLOW_RETRIES = 'agent_vitals.workflow.retries';
/** Counter, `{fallback}`, of workflows and prompt runs, by the models {@link AGENT_VITALS_RUN_FALLBACK_FROM} and {@link AGENT_VITALS_RUN_FALLBACK_TO}. */
export const METRIC_FALLBACKS = 'agent_vitals.run.fallbacks';
/** Counter, `{call}`: calls a cache of the app has answered, by its type and the labels of a call. */
export const METRIC_CACHE_HITS = 'agent_vitals.cache.hits';
/** Counter, `{USD}`: what they would have cost, as far as that is known. */
export const METRIC_CACHE_SAVED_USD = 'agent_vitals.cache.saved.usd';
/** Counter, `{notification}`: attempts to tell people, by type of the channel and outcome. */
export const METRIC_ALERT_NOTIFICATIONS = 'agent_vitals.alert.notifications';
/** Metrics about ourselves begin with it. */
export const BACKEND_METRIC_PREFIX = 'agent_vitals.backend.';
/** Counter, `{record}`, by backend. */
export const METRIC_BACKEND_ACCEPTED = 'agent_vitals.backend.accepted';
/** Counter, `{record}`, by backend and reason. */
export const METRIC_BACKEND_DROPPED = 'agent_vitals.backend.dropped';
/** Gauge without unit, `0` when the backend is degraded or stopped and `1` when not, by backend. */
export const METRIC_BACKEND_UP = 'agent_vitals.backend.up';
/** Gauge, `s`: age of the oldest record a backend has not delivered, 0 when it has all; by backend. */
export const METRIC_BACKEND_LAG = 'agent_vitals.backend.lag';
/** Gauge, `By`: size of what a backend has not delivered, by backend. */
export const METRIC_BACKEND_LAG_BYTES = 'agent_vitals.backend.lag_bytes';
/** On the metrics above: `journal`, `prometheus`, `otlp`, or what a user called their own. */
export const BACKEND_NAME = 'agent_vitals.backend.name';
/** On drops: `queue_full`, `disk_full`, `http_400`, ... */
export const BACKEND_DROP_REASON = 'agent_vitals.backend.drop_reason';
/** Counter, `{series}`: points folded into `other` because an instrument had its full number of series, by instrument. */
export const METRIC_SERIES_FOLDED = 'agent_vitals.series.folded';
/** As the instrument of that name is made wherever series are bounded. */
export const SERIES_FOLDED_OPTIONS = {
  unit: '{series}',
  description: 'Points folded into "other" because an instrument had its full number of series.',
};

/** Conventions' bucket boundaries for `gen_ai.client.token.usage`. */
export const TOKEN_USAGE_BOUNDARIES = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
];
/** Conventions' bucket boundaries for `gen_ai.invoke_agent.duration`, in seconds. */
export const INVOKE_AGENT_BOUNDARIES = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6];
/** People answer within seconds or days, in seconds. */
export const APPROVAL_BOUNDARIES = [1, 5, 15, 30, 60, 300, 900, 3600, 14_400, 86_400];
/** Conventions' bucket boundaries for the calls of one run of an agent. */
export const CALLS_PER_RUN_BOUNDARIES = [1, 2, 4, 8, 16, 32, 64, 128];
/** Conventions' bucket boundaries for `gen_ai.workflow.duration`, in seconds. */
export const WORKFLOW_DURATION_BOUNDARIES = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200];
/** Conventions' bucket boundaries for the operation's duration and time to first chunk, in seconds. */
export const DURATION_BOUNDARIES = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
/** Conventions' bucket boundaries for the time per output chunk, in seconds. */
export const TIME_PER_CHUNK_BOUNDARIES = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];

// --- Events (log records with an event name) ---
export const EVENT_INFERENCE_DETAILS = 'gen_ai.client.inference.operation.details';
export const EVENT_EVALUATION_RESULT = 'gen_ai.evaluation.result';
export const EVENT_OPERATION_EXCEPTION = 'gen_ai.client.operation.exception';

/** On the span of an agent. */
export const EVENT_AGENT_STATUS = 'agent_vitals.agent.status';
/** An agent is blocked, stale or lost: told by whichever process notices it, once. */
export const EVENT_AGENT_STATE = 'agent_vitals.agent.state';
/** A series of an alert rule has gone from one state to another. */
export const EVENT_ALERT_TRANSITION = 'agent_vitals.alert.transition';

// --- Resource ---
export const SERVICE_NAME = 'service.name';
export const SERVICE_VERSION = 'service.version';
export const SERVICE_NAMESPACE = 'service.namespace';
export const SERVICE_INSTANCE_ID = 'service.instance.id';

/** `gen_ai.provider.name` as we write it, whatever a host or another instrumentation calls it: the conventions' well-known values, then others in their style. */
export type ProviderName =
  | 'anthropic'
  | 'aws.bedrock'
  | 'azure.ai.inference'
  | 'azure.ai.openai'
  | 'cohere'
  | 'deepseek'
  | 'gcp.gemini'
  | 'gcp.gen_ai'
  | 'gcp.vertex_ai'
  | 'groq'
  | 'ibm.watsonx.ai'
  | 'mistral_ai'
  | 'moonshot_ai'
  | 'openai'
  | 'perplexity'
  | 'x_ai'
  | 'cerebras'
  | 'deepinfra'
  | 'fireworks'
  | 'github_copilot'
  | 'huggingface'
  | 'minimax'
  | 'novita'
  | 'nvidia'
  | 'ollama'
  | 'openrouter'
  | 'sambanova'
  | 'together_ai'
  | 'voyage_ai'
  | 'z_ai';
/** `gen_ai.operation.name` of one model call. Agents, tools and workflows are operations too, but not inference. */
export const INFERENCE_OPERATIONS = ['chat', 'text_completion', 'embeddings', 'generate_content'] as const;
export type InferenceOperation = (typeof INFERENCE_OPERATIONS)[number];
/** `gen_ai.operation.name` of one use of a tool. */
export const OPERATION_EXECUTE_TOOL = 'execute_tool';
/** `gen_ai.operation.name` of an agent's run. */
export const OPERATION_INVOKE_AGENT = 'invoke_agent';
/** Values of {@link AGENT_VITALS_AGENT_STATUS}. The last three are final. */
export const AGENT_STATUSES = ['starting', 'running', 'waiting', 'completed', 'failed', 'cancelled'] as const;
export type AgentStatus = (typeof AGENT_STATUSES)[number];
/** `gen_ai.operation.name` of a run of a workflow. */
export const OPERATION_INVOKE_WORKFLOW = 'invoke_workflow';
/** `gen_ai.operation.name` of a prompt run. Ours: the conventions have none. */
export const OPERATION_RUN_PROMPT = 'run_prompt';
/** Values of {@link AGENT_VITALS_PROMPT_OUTCOME}. */
export type PromptOutcome = 'success' | 'parse_failed' | 'validation_failed' | 'error' | 'cancelled' | 'abandoned';
/** Values of {@link AGENT_VITALS_OUTCOME}. */
export const OUTCOMES = ['completed', 'cancelled', 'abandoned', 'error'] as const;
export type Outcome = (typeof OUTCOMES)[number];
/** Values of {@link AGENT_VITALS_UNPRICED_REASON}. */
export type UnpricedReason = 'unknown_price' | 'unknown_usage';
