// One run of an agent: a span from its start to its end, its beats, and its name on all that is done below. Must never throw into the host but
// for what its caller says wrongly.
import { type Attributes, trace } from '@opentelemetry/api';
import { runIn } from '../../internal/carried-context.ts';
import { freeText } from '../../internal/free-text.ts';
import { guard } from '../../internal/guard.ts';
import { warnOnce } from '../../internal/log.ts';
import * as names from '../../semconv.ts';
import { errorType } from '../inference/error-type.ts';
import { settings } from '../inference/settings.ts';
import { needFunction } from '../run/need-function.ts';
import { Run, type RunEnd, within } from '../run/run.ts';
import { extendVitals } from '../run/vitals.ts';
import { type AgentMetrics, type AgentOfMetrics, agentMetrics } from './agent-metrics.ts';
import {
  type AgentDescription,
  type AgentOptions,
  type AgentUpdate,
  readAgentOptions,
  readAgentUpdate,
  readMetadata,
  readStatus,
} from './agent-options.ts';
import { sendBeat } from './beat-sink.ts';

export type FinalStatus = 'completed' | 'failed' | 'cancelled';

/** An agent that runs, as its own code sees it. Its functions may be taken out of it: `({ beat }) => ...`. */
export interface Agent {
  readonly name: string;
  readonly id: string;
  readonly status: names.AgentStatus;
  /**
   * Says that it lives, and what has changed. A final status ends the run as `stop()` does; within `withAgent` it is how the run will end.
   * @throws {RangeError} or {TypeError} when there is no such status, progress is not from 0 to 1, or something is of another kind.
   */
  beat(this: void, update?: AgentUpdate): void;
  /** Runs `fn` as part of this agent: the calls made below carry its name. @returns what `fn` returns. */
  run<T>(this: void, fn: () => T): T;
  /**
   * Ends the run. Only the first call counts.
   * @param error what was thrown, where it failed. Only its class is written.
   * @throws {RangeError} when there is no such status.
   */
  stop(this: void, status?: FinalStatus, error?: unknown): void;
}

const OUTCOME_OF = { completed: 'completed', failed: 'error', cancelled: 'cancelled' } as const;
const STATUS_OF = { completed: 'completed', error: 'failed', cancelled: 'cancelled', abandoned: undefined } as const;
const FINAL = Object.keys(OUTCOME_OF) as FinalStatus[];

/** Agents that run. */
const open = new Set<RunningAgent>();

export class RunningAgent implements Agent, AgentOfMetrics {
  readonly name: string;
  readonly id: string;
  readonly #run: Run;
  readonly #endsWithFunction: boolean;
  readonly #timer: NodeJS.Timeout | undefined;
  #beat: names.Heartbeat;
  /** `error.type`, where it failed. */
  #failure: string | undefined;

  /**
   * @param endsWithFunction what the agent says of its end before {@link runToEnd} is over is kept until then.
   * @throws {TypeError} or {RangeError} when an option cannot be right.
   */
  constructor(options: AgentOptions, endsWithFunction: boolean) {
    const description = readAgentOptions(options);
    const { name, id, version, metadata, expectEveryMillis, heartbeatThread, heartbeatEveryMillis } = description;
    this.name = name;
    this.id = id;
    this.#endsWithFunction = endsWithFunction;
    this.#run = new Run({
      // "Span name SHOULD be `invoke_agent {gen_ai.agent.name}`", "Span kind SHOULD be `INTERNAL`"
      operation: names.OPERATION_INVOKE_AGENT,
      name,
      vitals: vitalsOf(description),
      describeEnd: (end) => this.#over(end),
      onClose: () => this.#metrics().ended(this, this.#run.seconds, this.#failure),
    });
    const spanContext = this.#run.span.spanContext();
    const { traceId, spanId } = trace.isSpanContextValid(spanContext) ? spanContext : {};
    this.#beat = {
      id,
      name,
      version,
      status: 'starting',
      isLast: false,
      progress: undefined,
      task: undefined,
      metadata,
      expectEveryMillis,
      heartbeatThread,
      traceId,
      spanId,
    };
    open.add(this);
    this.#tellStatus();
    this.#send();
    if (heartbeatEveryMillis > 0) this.#timer = setInterval(() => this.#send(), heartbeatEveryMillis).unref();
  }

  get status(): names.AgentStatus {
    return this.#beat.status;
  }

  get progress(): number | undefined {
    return this.#beat.progress;
  }

  get totals(): AgentOfMetrics['totals'] {
    return this.#run.totals;
  }

  // Functions of their own: the host may take them out of the agent.
  readonly beat = (given: AgentUpdate = {}): void => {
    const { status, progress, task, metadata } = readAgentUpdate(given);
    if (this.#run.isOver) {
      warnOnce('agent:ended', `an agent ("${this.name}") that has ended beats on: it is not heard.`);
      return;
    }
    const before = this.#beat;
    if (status !== undefined || progress !== undefined || task !== undefined || metadata !== undefined) {
      this.#beat = {
        ...before,
        status: status ?? before.status,
        progress: progress ?? before.progress,
        task: task ?? before.task,
        metadata: metadata ? readMetadata({ ...before.metadata, ...metadata }) : before.metadata,
      };
    }
    if (this.status !== before.status) this.#tellStatus();
    if (isFinal(this.status) && !this.#endsWithFunction) return this.stop(this.status);
    this.#send();
    this.#timer?.refresh();
  };

  readonly run = <T>(fn: () => T): T => {
    needFunction(fn, 'run(() => ...)');
    return runIn(this.#run.context, fn);
  };

  readonly stop = (status: FinalStatus = 'completed', error?: unknown): void => {
    readStatus(status, FINAL);
    if (this.#run.isOver) return;
    this.#setStatus(status);
    this.#run.finish({ outcome: OUTCOME_OF[status], error });
  };

  /** Runs `fn` and ends with it. @returns what `fn` returns. It throws what `fn` throws. */
  runToEnd<T>(fn: (agent: Agent) => T): T {
    this.beat({ status: 'running' });
    return within(this.#run, () => fn(this));
  }

  /** What the agent has said of its end itself counts more than how its function ended. */
  #over(end: RunEnd): RunEnd {
    clearInterval(this.#timer);
    open.delete(this);
    // Where the process ends before the agent does, it stays listed as it was.
    const status = isFinal(this.status) ? this.status : STATUS_OF[end.outcome];
    if (status !== undefined) {
      this.#setStatus(status);
      this.#beat = { ...this.#beat, isLast: true };
      this.#send();
    }
    if (status === 'failed') {
      this.#failure = end.errorType ?? (end.error === undefined ? names.ERROR_TYPE_OTHER : errorType(end.error));
    }
    const { progress } = this.#beat;
    return {
      outcome: status === undefined ? end.outcome : OUTCOME_OF[status],
      errorType: this.#failure,
      ...(progress !== undefined && { attributes: { [names.AGENT_VITALS_AGENT_PROGRESS]: progress } }),
    };
  }

  #setStatus(status: FinalStatus): void {
    if (this.status === status) return;
    this.#beat = { ...this.#beat, status };
    this.#tellStatus();
  }

  #tellStatus(): void {
    guard('noting the status of an agent', () => {
      const { status, progress, task } = this.#beat;
      const attributes: Attributes = { [names.AGENT_VITALS_AGENT_STATUS]: status };
      if (progress !== undefined) attributes[names.AGENT_VITALS_AGENT_PROGRESS] = progress;
      Object.assign(attributes, freeText(settings.captureContent, names.AGENT_VITALS_AGENT_TASK, task));
      this.#run.span.addEvent(names.EVENT_AGENT_STATUS, attributes);
    });
  }

  #send(): void {
    guard('an agent beats', () => {
      this.#metrics().beat(this.name);
      sendBeat(this.#beat);
    });
  }

  #metrics(): AgentMetrics {
    return agentMetrics(open);
  }
}

function isFinal(status: names.AgentStatus): status is FinalStatus {
  return Object.hasOwn(OUTCOME_OF, status);
}

/** What is active, with the agent in the place of an outer one. */
function vitalsOf({ id, name, version }: AgentDescription): names.VitalsContext {
  return extendVitals({
    [names.GEN_AI_AGENT_ID]: id,
    [names.GEN_AI_AGENT_NAME]: name,
    [names.GEN_AI_AGENT_VERSION]: version,
  });
}
