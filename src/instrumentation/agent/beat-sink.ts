// Where the beats of agents go beside the telemetry. The runtime says where; without a word from it they go nowhere.
import type { Heartbeat } from '../../semconv.ts';

/** Must not throw, and must return at once. */
export type BeatSink = (beat: Heartbeat) => void;

let sink: BeatSink | undefined;

export function sendBeatsTo(given: BeatSink | undefined): void {
  sink = given;
}

export function sendBeat(beat: Heartbeat): void {
  sink?.(beat);
}
