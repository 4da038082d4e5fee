// Where the beats of agents go beside the telemetry. The runtime says where; without a word from it they go nowhere.
import type { AgentStatus } from '../../semconv.ts';

/** What an agent says of itself. Never changed: a new one is made when something changes, so that the same one means "still so". */
export interface Beat {
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
  /** Milliseconds. */
  readonly expectEveryMillis: number;
  /** See `AgentOptions.heartbeatThread`. */
  readonly heartbeatThread: boolean;
  /** Of its span; absent where no SDK makes any. */
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** Must not throw, and must return at once. */
export type BeatSink = (beat: Beat) => void;

let sink: BeatSink | undefined;

export function sendBeatsTo(given: BeatSink | undefined): void {
  sink = given;
}

export function sendBeat(beat: Beat): void {
  sink?.(beat);
}
