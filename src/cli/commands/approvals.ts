// `agent-vitals approvals`: what agents ask humans, and the answers to it.
import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { APPROVAL_STATUSES, type Approval, type ApprovalStatus } from '../../coordination/approvals/approval.ts';
import { type Answered, approvals } from '../../coordination/approvals/approvals.ts';
import { InvalidInputError } from '../../coordination/errors.ts';
import { events } from '../../coordination/events.ts';
import { addStoreOptions, isoTime, type StoreOptions, untilInterrupted, withStore } from '../coordination.ts';
import { Failure, UsageError } from '../failure.ts';
import { formatMillis, formatTime, printable } from '../format.ts';
import { noteFollowing, paint, print, printJson, printPart, type Style, terminalWidth } from '../output.ts';
import { type Pair, renderPairs } from '../pairs.ts';
import { type Column, renderTable } from '../table.ts';

interface ListOptions extends StoreOptions {
  readonly status?: ApprovalStatus;
  readonly all?: boolean;
}

interface AnswerOptions extends StoreOptions {
  readonly as?: string;
  readonly reason?: string;
}

/** Shortest beginning of an id that is taken for it. */
const LEAST_ID_LENGTH = 4;

export function addApprovals(program: Command): void {
  const command = program
    .command('approvals')
    .description('what agents ask humans: list it, show it, approve it, reject it')
    .option('--utc', 'times in UTC instead of the local time zone');
  const sub = (name: string, description: string, isDefault = false): Command =>
    addStoreOptions(command.command(name, { isDefault }).description(description));
  sub('list', 'requests that wait for an answer', true)
    .option('-a, --all', 'those that have ended too')
    .addOption(new Option('--status <status>', 'only these').choices(APPROVAL_STATUSES))
    .action((_, list: Command) => listApprovals(list.optsWithGlobals()));
  sub('show <id>', 'all that is known of one request').action((id: string, _, show: Command) =>
    showApproval(id, show.optsWithGlobals()),
  );
  for (const [name, description] of [
    ['approve', 'allow it'],
    ['reject', 'forbid it'],
    ['cancel', 'take it back: nobody needs an answer any more'],
  ] as const) {
    sub(`${name} <id>`, `${description}; the beginning of an id will do where it is one request's alone`)
      .option('--as <name>', 'who answers (default: the user of this system)')
      .option('-r, --reason <text>', 'why')
      .action((id: string, _, answer: Command) => answerApproval(name, id, answer.optsWithGlobals()));
  }
  sub('watch', 'requests and answers live, until Ctrl-C').action((_, watch: Command) =>
    watchApprovals(watch.optsWithGlobals()),
  );
}

function listApprovals({ status, all = false, ...options }: ListOptions): Promise<void> {
  return withStore(options, async ({ name, isNew }) => {
    const found = isNew ? [] : await approvals.list({ status: status ?? (all ? undefined : 'pending') });
    if (options.json) printJson({ approvals: found.map(approvalRecord) });
    else if (found.length > 0) print(renderTable(found, columns(options.utc ?? false), terminalWidth()));
    else print(`No request ${all || status ? 'is' : 'waits for an answer'} in ${name}.`);
  });
}

function showApproval(id: string, options: StoreOptions): Promise<void> {
  return withStore(options, async ({ isNew }) => {
    const approval = await findByStart(id, isNew);
    if (options.json) printJson(approvalRecord(approval));
    else print(renderPairs(pairsOf(approval, options.utc ?? false)));
  });
}

function answerApproval(
  answer: 'approve' | 'reject' | 'cancel',
  given: string,
  { as, reason, ...options }: AnswerOptions,
): Promise<void> {
  return withStore(options, async ({ isNew }) => {
    const { id } = await findByStart(given, isNew);
    const answered = await approvals[answer](id, { responder: as ?? systemUser(), reason });
    if (options.json) printJson({ accepted: answered.accepted, approval: approvalRecord(answered.approval) });
    else if (answered.accepted) print(sentenceOf(answered.approval));
    if (answered.accepted) return;
    if (options.json) process.exitCode = 1;
    else throw new Failure(tooLate(answered, options.utc ?? false));
  });
}

/** @throws {UsageError} when this system does not know its user, as in some containers. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw new UsageError('Give --as: this system does not know who you are.');
  }
}

function tooLate({ approval }: Answered, utc: boolean): string {
  const at = approval.endedAt === undefined ? '' : ` at ${formatTime(approval.endedAt, utc)}`;
  return approval.status === 'timed_out'
    ? `It is too late: the time was over${at}.`
    : `It is too late: ${sentenceOf(approval).replace(/\.$/, '')}${at}.`;
}

async function watchApprovals({ json, utc = false, ...options }: StoreOptions): Promise<void> {
  await withStore({ json, ...options }, async ({ name }) => {
    const signal = untilInterrupted();
    const write = async (approval: Approval): Promise<void> => {
      const { id, status, requestedAt, endedAt = requestedAt } = approval;
      const hint = status === 'pending' ? `  ${paint('dim', `agent-vitals approvals approve ${printable(id)}`)}` : '';
      const line = `${formatTime(endedAt, utc).slice(5)}  ${paint(STYLES[status], sentenceOf(approval))}${hint}`;
      await printPart(`${json ? JSON.stringify(approvalRecord(approval)) : line}\n`);
    };
    // From now on, then those that wait already: none falls between the two.
    const types = ['requested', 'approved', 'rejected', 'cancelled', 'timed_out'].map((what) => `approval.${what}`);
    const following = events.follow({ types, signal });
    const waiting = (await approvals.list({ status: 'pending' })).toReversed();
    const shown = new Set(waiting.map(({ id }) => id));
    for (const approval of waiting) await write(approval);
    if (!json) noteFollowing(name);
    for await (const { type, payload } of following) {
      // Events of these types may also be published by hand.
      const id = (payload as { readonly id?: unknown } | null)?.id;
      if (typeof id !== 'string') continue;
      const approval = await approvals.get(id).catch(ifNoId);
      if (!approval || (type === 'approval.requested' && shown.has(id))) continue;
      await write(type === 'approval.requested' ? { ...approval, status: 'pending', endedAt: undefined } : approval);
    }
  });
}

/** @throws {Failure} when there is none, {UsageError} when there are several. */
async function findByStart(start: string, isNew: boolean): Promise<Approval> {
  const exact = isNew ? undefined : await approvals.get(start);
  if (exact) return exact;
  const found = isNew || start.length < LEAST_ID_LENGTH ? [] : await approvals.list();
  const [one, ...others] = found.filter(({ id }) => id.startsWith(start));
  if (one === undefined) throw new Failure(`There is no request ${JSON.stringify(start)}.`);
  if (others.length > 0)
    throw new UsageError(`${others.length + 1} requests begin with ${JSON.stringify(start)}. Give more of the id.`);
  return one;
}

const STYLES: Readonly<Record<ApprovalStatus, Style>> = {
  pending: 'yellow',
  approved: 'green',
  rejected: 'red',
  timed_out: 'dim',
  cancelled: 'dim',
};

function columns(utc: boolean): Column<Approval>[] {
  const now = Date.now();
  return [
    { header: 'ASKED', cell: ({ requestedAt }) => formatTime(requestedAt, utc).slice(5), dropOrder: 2 },
    { header: 'ID', cell: ({ id }) => id, flexible: true },
    { header: 'STATUS', cell: ({ status }) => status, style: ({ status }) => STYLES[status] },
    {
      header: 'LEFT',
      cell: ({ status, expiresAt }) => (status === 'pending' ? formatMillis(Math.max(0, expiresAt - now)) : ''),
      align: 'right',
    },
    { header: 'AGENT', cell: ({ agent }) => agent?.name ?? '', flexible: true, dropOrder: 1 },
    { header: 'BY', cell: ({ responder = '' }) => responder, flexible: true, dropOrder: 3 },
    { header: 'ACTION', cell: ({ action }) => action, flexible: true },
  ];
}

function pairsOf(approval: Approval, utc: boolean): Pair[] {
  const { id, action, status, agent, requestedAt, expiresAt, endedAt, responder, reason, traceId, context } = approval;
  return [
    ['action', printable(action)],
    ['id', printable(id)],
    ['status', paint(STYLES[status], status)],
    ['agent', agent && printable(agent.name === agent.id ? agent.name : `${agent.name} (${agent.id})`)],
    ['asked', formatTime(requestedAt, utc)],
    ['until', `${formatTime(expiresAt, utc)}, ${formatMillis(expiresAt - requestedAt)} in all`],
    ['ended', endedAt === undefined ? undefined : formatTime(endedAt, utc)],
    ['by', responder && printable(responder)],
    ['reason', reason && printable(reason)],
    ['trace', traceId],
    ['context', context === null ? undefined : linesOf(context)],
  ];
}

function linesOf(context: Approval['context']): string {
  return JSON.stringify(context, undefined, 2).split('\n').map(printable).join('\n');
}

/** `ann approved "deploy": looks good.` */
/** A text that cannot be an id names no request. */
function ifNoId(error: unknown): undefined {
  if (!(error instanceof InvalidInputError)) throw error;
}

function sentenceOf({ status, action, responder, reason, agent }: Approval): string {
  const what = JSON.stringify(action);
  const why = reason === undefined ? '' : `: ${reason}`;
  if (status === 'pending') return printable(`${agent?.name ?? 'Somebody'} asks for ${what}.`);
  if (status === 'timed_out') return printable(`Nobody answered ${what} in time.`);
  return printable(`${responder ?? 'Somebody'} ${status} ${what}${why}.`);
}

function approvalRecord(approval: Approval): object {
  const { agent, requestedAt, expiresAt, endedAt, responder, reason, traceId, spanId } = approval;
  return {
    ...approval,
    agent: agent ?? null,
    requestedAt: isoTime(requestedAt),
    expiresAt: isoTime(expiresAt),
    endedAt: endedAt === undefined ? null : isoTime(endedAt),
    responder: responder ?? null,
    reason: reason ?? null,
    traceId: traceId ?? null,
    spanId: spanId ?? null,
  };
}
