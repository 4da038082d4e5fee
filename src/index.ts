// The public API: named exports, no logic.
export type { RuleInput } from './alerting/rule.ts';
export type { Backend, BackendState, BackendStatus, Batch, Signal } from './backends/backend.ts';
export { ConfigError } from './config/config-error.ts';
export type { Options, PriceOverride, Tiers } from './config/option-table.ts';
export type { AgentState } from './coordination/agents/agent-state.ts';
export { agents } from './coordination/agents/agents.ts';
export type { KnownAgent } from './coordination/agents/known-agents.ts';
export type { Approval, ApprovalOutcome, ApprovalStatus } from './coordination/approvals/approval.ts';
export {
  type Answered,
  type AnswerOptions,
  type ApprovalWait,
  type ListOptions as ApprovalListOptions,
  type RequestOptions as ApprovalRequestOptions,
  type ResumeOptions as ApprovalResumeOptions,
} from './coordination/approvals/approvals.ts';
export {
  type ActionDetails,
  type Authorize,
  authorizeWith,
  type CoordinationAction,
} from './coordination/authorize.ts';
export type { AgentIdentity } from './coordination/current-agent.ts';
export { InvalidInputError, NotAuthorizedError, StoreUnavailableError } from './coordination/errors.ts';
export {
  type DeleteOptions,
  type EventGap,
  events,
  type FollowOptions,
  type PublishOptions,
  type ReadOptions,
  type TrimOptions,
  type VitalsEvent,
} from './coordination/events.ts';
export {
  type FeedbackFilter,
  type FeedbackGroup,
  type FeedbackOptions,
  feedback,
  type HistoryOptions,
  type RecommendOptions,
  type Underperformer,
  type UnderperformingOptions,
} from './coordination/feedback/feedback.ts';
export type { Feedback } from './coordination/feedback/feedback-record.ts';
export type { FeedbackStats, Trend } from './coordination/feedback/feedback-stats.ts';
export type { TierAdvice } from './coordination/feedback/recommend-tier.ts';
export type { AgentReference } from './coordination/input.ts';
export type { ReceivedSignal } from './coordination/received-signal.ts';
export {
  type BroadcastOptions,
  type CheckOptions,
  type PendingOptions,
  type PendingSignal,
  type SendOptions,
  type SentSignal,
  signals,
  type WaitOptions,
} from './coordination/signals.ts';
export type { EventStream, JsonValue } from './coordination/store/store.ts';
export type { Agent, FinalStatus } from './instrumentation/agent/agent.ts';
export type { AgentOptions, AgentUpdate } from './instrumentation/agent/agent-options.ts';
export type { HookedModule } from './instrumentation/hook/hooked-modules.ts';
export type { RequestContent, TokenUsage } from './instrumentation/inference/vendor-adapter.ts';
export type { InferenceAnswer, InferenceDescription } from './instrumentation/manual/described-inference.ts';
export { instrument } from './instrumentation/manual/instrument.ts';
export { type InferenceRecord, recordInference } from './instrumentation/manual/record-inference.ts';
export { type InferenceCall, withInference } from './instrumentation/manual/with-inference.ts';
export { type PromptDescription, type PromptRun, withPrompt } from './instrumentation/prompt/with-prompt.ts';
export { type WorkflowContext, type WorkflowRun, withWorkflow } from './instrumentation/prompt/with-workflow.ts';
export type { Fallback } from './instrumentation/run/run-notes.ts';
export type { Problem } from './internal/log.ts';
export type { CacheStatistics } from './query/cache.ts';
export type { Comparison } from './query/compare.ts';
export type { Exported, ExportFormat, ExportParts, ExportSubject } from './query/export/export-format.ts';
export type {
  Answer,
  CompareQuestion,
  ExportQuestion,
  Journal,
  Reset,
  ResetOptions,
  SavingsQuestion,
  StatsQuestion,
  TimelineQuestion,
  TopQuestion,
} from './query/journal.ts';
export type { ModelStatistics } from './query/models.ts';
export type { JournalSummary, Moment, Question } from './query/question.ts';
export type { AgentStatistics, PromptStatistics, WorkflowStatistics } from './query/run-statistics.ts';
export type { PremiumModel, Savings } from './query/savings.ts';
export type { Statistics, Totals } from './query/statistics.ts';
export type { Timeline, TimelinePeriod } from './query/timeline.ts';
export type { Top, TopBy, TopCall } from './query/top.ts';
export type { UserStatistics } from './query/users.ts';
export { startAgent, withAgent } from './runtime/agents.ts';
export { approvals } from './runtime/approvals.ts';
export { createAlertReader, createMetricReader, createSpanProcessor } from './runtime/join.ts';
export type { LiveMetric, LivePoint } from './runtime/live-metrics.ts';
export { type JournalOptions, openJournal } from './runtime/open-journal.ts';
export type { ProcessStatus } from './runtime/process-status.ts';
export { collect, type StartOptions, shutdown, start, status } from './runtime/start.ts';
export type { AgentStatus, InferenceOperation, Outcome } from './semconv.ts';
