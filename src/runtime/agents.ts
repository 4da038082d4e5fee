// Agents as the public API has them: their beats go to the store, whether anything was started or not.
import { takeHeartbeat } from '../coordination/agents/heartbeats.ts';
import { sendBeatsTo } from '../instrumentation/agent/beat-sink.ts';

sendBeatsTo(takeHeartbeat);

export { startAgent, withAgent } from '../instrumentation/agent/with-agent.ts';
