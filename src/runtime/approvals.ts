// Approvals as the public API has them: a request is told through the channels that the option `coordination.approvalChannels` names. What telling needs is
// loaded when there is something to tell.
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import type { Approval } from '../coordination/approvals/approval.ts';
import { announceWith } from '../coordination/approvals/approvals.ts';
import { coordinationSettings } from '../coordination/settings.ts';
import { errorName } from '../internal/guard.ts';
import { warnOnce } from '../internal/log.ts';

const load = createRequire(import.meta.url);

announceWith((approval) => {
  const { approvalChannels } = coordinationSettings().coordination;
  if (approvalChannels.length > 0) void announce(approval, approvalChannels);
});

async function announce(approval: Approval, channels: readonly string[]): Promise<void> {
  try {
    const path = `./approval-notice${extname(import.meta.filename)}`;
    const { tellOfApproval } = load(path) as typeof import('./approval-notice.ts');
    await tellOfApproval(approval, channels, coordinationSettings(), warnOnce);
  } catch (error) {
    warnOnce('approval:announce', `nobody was told of a request for approval: ${errorName(error)}`);
  }
}

export { approvals } from '../coordination/approvals/approvals.ts';
