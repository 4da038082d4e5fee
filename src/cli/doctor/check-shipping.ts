// Whether something waits for a collector, and whether it has refused something.
import { join } from 'node:path';
import { waitingIn } from '../../backends/shipping/waiting.ts';
import { REJECTED_DIRECTORY } from '../../internal/data-directory.ts';
import { namesIn } from '../../internal/names-in.ts';
import { formatBytes, formatCountOf, formatTime } from '../format.ts';
import { type Check } from './check.ts';

export function checkShipping(dir: string): Check[] {
  const waiting = waitingIn(dir);
  const rejected = namesIn(join(dir, REJECTED_DIRECTORY)).length;
  const nothing = waiting.bytes === 0;
  const checks: Check[] = [
    {
      check: 'shipping',
      state: nothing ? 'ok' : 'warning',
      message: nothing
        ? 'nothing waits for a collector'
        : `${formatBytes(waiting.bytes)} in ${formatCountOf(waiting.files, 'file')} wait for the collector, since ${formatTime(waiting.since ?? 0, false)}`,
      details: nothing ? [] : ['the next process with a collector ships it, or `agent-vitals ship` does now'],
      data: { ...waiting },
    },
  ];
  if (rejected > 0) {
    checks.push({
      check: 'rejected',
      state: 'warning',
      message: `${formatCountOf(rejected, 'request')} that the collector refused ${rejected === 1 ? 'is' : 'are'} set aside in ${REJECTED_DIRECTORY}`,
      details: ['its reason is in its name; `agent-vitals ship --rejected` sends it again'],
      data: { files: rejected },
    });
  }
  return checks;
}
