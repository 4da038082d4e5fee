// `agent-vitals agents`: who runs, who has gone silent, and what each was doing; live with `--watch`.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { AGENT_STATES, type AgentState } from '../../coordination/agents/agent-state.ts';
import { agents } from '../../coordination/agents/agents.ts';
import type { KnownAgent } from '../../coordination/agents/known-agents.ts';
import { lookAfterAgents } from '../../coordination/agents/watch-agents.ts';
import { confirmRemoval } from '../confirm.ts';
import { addStoreOptions, collect, isoTime, type StoreOptions, untilInterrupted, withStore } from '../coordination.ts';
import { Failure, UsageError } from '../failure.ts';
import { formatCountOf, formatMillis, formatPercent, formatTime, printable } from '../format.ts';
import { paint, print, printJson, printPart, type Style, terminalWidth } from '../output.ts';
import { type Pair, renderPairs } from '../pairs.ts';
import { type Column, renderTable } from '../table.ts';
import { addAgentStats } from './agent-stats.ts';

interface ListOptions extends StoreOptions {
  readonly name?: string[];
  readonly state?: AgentState[];
  readonly all?: boolean;
  readonly watch?: boolean;
}

interface ForgetOptions extends StoreOptions {
  readonly lost?: boolean;
  readonly ended?: boolean;
}

const WATCH_MILLIS = 1000;
/** Lines of a screen that are not agents. */
const OTHER_LINES = 4;

export function addAgents(program: Command): void {
  const command = program
    .command('agents')
    .description('agents by their heartbeats: alive, blocked, stale, lost')
    .option('--name <name>', 'only agents of this name (may be given again)', collect)
    .option('--state <state>', `only agents that are ${AGENT_STATES.join(', ')} (may be given again)`, collectState)
    .option('-a, --all', 'those that have ended too')
    .option('-w, --watch', 'live, until Ctrl-C')
    .option('--utc', 'times in UTC instead of the local time zone')
    .action((_, list: Command) => listAgents(list.opts()));
  addStoreOptions(command);
  addAgentStats(command);
  addStoreOptions(command.command('show <id>').description('all that is known of one agent')).action(
    (id: string, _, show: Command) => showAgent(id, show.optsWithGlobals()),
  );
  addStoreOptions(
    command
      .command('forget [ids...]')
      .description('take agents off the list, such as lost ones; asks first')
      .option('--lost', 'all that are lost')
      .option('--ended', 'all that have ended')
      .option('-y, --yes', 'do not ask'),
  ).action((ids: string[], _, forget: Command) => forgetAgents(ids, forget.optsWithGlobals()));
}

function collectState(value: string, values: AgentState[] = []): AgentState[] {
  const state = AGENT_STATES.find((known) => known === value);
  if (state === undefined) throw new InvalidArgumentError(`It must be one of ${AGENT_STATES.join(', ')}.`);
  return [...values, state];
}

function listAgents(options: ListOptions): Promise<void> {
  return withStore(options, async ({ name, isNew }) => {
    if (options.watch) return await watch(options, name);
    const all = isNew ? [] : await agents.list();
    if (options.json) printJson(answer(all, options));
    else print(view(all, options, name));
  });
}

/** On a terminal the screen is drawn anew; elsewhere, and in JSON a line each, when something has changed. */
async function watch(options: ListOptions, name: string): Promise<void> {
  const interrupted = untilInterrupted();
  const isScreen = process.stdout.isTTY && !options.json;
  let shown = '';
  for (let first = true; !interrupted.aborted; first = false) {
    // Whoever watches tells the others too who is lost.
    await lookAfterAgents();
    const all = await agents.list();
    if (isScreen) {
      const text = view(all, options, name, (process.stdout.rows || 24) - OTHER_LINES);
      // From the top, and what is left below goes: nothing flickers.
      await printPart(`${first ? '\u001B[2J' : ''}\u001B[H${text.replaceAll('\n', '\u001B[K\n')}\u001B[K\n\u001B[J`);
    } else {
      const text = options.json ? JSON.stringify(answer(all, options)) : view(all, options, name);
      const known = options.json
        ? text
        : all.map(({ id, state, status, task }) => [id, state, status, task].join()).join('\n');
      if (known !== shown) await printPart(`${text}\n`);
      shown = known;
    }
    await sleep(WATCH_MILLIS, undefined, { signal: interrupted }).catch(() => undefined);
  }
}

function chosen(all: readonly KnownAgent[], { name, state, all: withEnded = false }: ListOptions): KnownAgent[] {
  return all.filter(
    (agent) =>
      (name?.includes(agent.name) ?? true) &&
      (state ? state.includes(agent.state) : withEnded || agent.state !== 'ended'),
  );
}

function view(all: readonly KnownAgent[], options: ListOptions, place: string, rows = Infinity): string {
  const found = chosen(all, options);
  const counts = countsOf(all);
  const summary = AGENT_STATES.filter((state) => counts[state] > 0)
    .map((state) => paint(STYLES[state], `${counts[state]} ${state}`))
    .join(', ');
  if (all.length === 0) return `There are no agents in ${place}.`;
  const hidden = counts.ended > 0 && !options.all && !options.state ? ' (--all shows those that have ended)' : '';
  if (found.length === 0) return `No agent is shown of ${formatCountOf(all.length, 'agent')}: ${summary}${hidden}.`;
  const table = renderTable(found.slice(0, rows), columns(Date.now(), options.utc ?? false), terminalWidth());
  const more = found.length > rows ? `\n… and ${formatCountOf(found.length - rows, 'more agent')}` : '';
  return `${table}${more}\n\n${summary}${hidden}`;
}

function answer(all: readonly KnownAgent[], options: ListOptions): object {
  return { agents: chosen(all, options).map(agentRecord), counts: countsOf(all) };
}

function showAgent(id: string, options: StoreOptions): Promise<void> {
  return withStore(options, async ({ isNew }) => {
    const agent = isNew ? undefined : await agents.get(id);
    if (!agent) throw new Failure(`There is no agent ${JSON.stringify(id)}. agent-vitals agents --all lists them.`);
    if (options.json) printJson(agentRecord(agent));
    else print(renderPairs(pairsOf(agent, options.utc ?? false)));
  });
}

function forgetAgents(ids: readonly string[], options: ForgetOptions): Promise<void> {
  if (ids.length === 0 && !options.lost && !options.ended) {
    throw new UsageError('Give the ids of agents, --lost or --ended.');
  }
  return withStore(options, async ({ name, isNew }) => {
    const all = isNew ? [] : await agents.list();
    const wanted = all.filter(
      ({ id, state }) => ids.includes(id) || (options.lost && state === 'lost') || (options.ended && state === 'ended'),
    );
    if (wanted.length > 0) await confirmRemoval(formatCountOf(wanted.length, 'agent'), name, options.yes);
    let forgotten = 0;
    for (let i = 0; i < wanted.length; i += 500) {
      forgotten += await agents.forget(...wanted.slice(i, i + 500).map(({ id }) => id));
    }
    if (options.json) printJson({ forgotten });
    else print(`Forgot ${formatCountOf(forgotten, 'agent')}.`);
  });
}

const STYLES: Readonly<Record<AgentState, Style>> = {
  alive: 'green',
  blocked: 'yellow',
  stale: 'yellow',
  lost: 'red',
  ended: 'dim',
};

function columns(now: number, utc: boolean): Column<KnownAgent>[] {
  return [
    { header: 'NAME', cell: ({ name }) => name, flexible: true },
    { header: 'ID', cell: ({ id }) => id, flexible: true, dropOrder: 5 },
    { header: 'STATE', cell: ({ state }) => state, style: ({ state }) => STYLES[state] },
    { header: 'STATUS', cell: ({ status }) => status },
    {
      header: 'DONE',
      cell: ({ progress }) => (progress === undefined ? '' : formatPercent(progress)),
      align: 'right',
      dropOrder: 2,
    },
    { header: 'LAST BEAT', cell: ({ lastBeatAt }) => `${ageOf(lastBeatAt, now)} ago`, align: 'right' },
    { header: 'STARTED', cell: ({ startedAt }) => formatTime(startedAt, utc).slice(5), dropOrder: 3 },
    { header: 'PROCESS', cell: ({ host, pid }) => `${host}:${pid}`, dropOrder: 4 },
    { header: 'TASK', cell: taskOf, flexible: true },
  ];
}

/** What it is at, or was, and since when its loop does not turn. */
function taskOf({ task = '', state, since }: KnownAgent): string {
  return state === 'blocked' ? `[event loop blocked for ${ageOf(since, Date.now())}] ${task}`.trim() : task;
}

/** The clocks of machines differ a little: nothing lies ahead. */
function ageOf(time: number, now: number): string {
  return formatMillis(Math.max(0, now - time));
}

function pairsOf(agent: KnownAgent, utc: boolean): Pair[] {
  const { name, version, id, state, status, progress, task, traceId, host, pid, metadata } = agent;
  const time = (millis: number): string => formatTime(millis, utc);
  return [
    ['agent', printable(version === undefined ? name : `${name}, version ${version}`)],
    ['id', printable(id)],
    ['state', `${paint(STYLES[state], state)} since ${time(agent.since)}`],
    ['status', progress === undefined ? status : `${status}, ${formatPercent(progress)} done`],
    ['task', task && printable(task)],
    ['started', time(agent.startedAt)],
    ['last beat', `${time(agent.lastBeatAt)}, expected every ${formatMillis(agent.expectEveryMillis)}`],
    ['process', printable(`${host}:${pid}`)],
    ['trace', traceId],
    ...Object.entries(metadata).map(([key, value]): Pair => [key, printable(String(value))]),
  ];
}

function countsOf(all: readonly KnownAgent[]): Record<AgentState, number> {
  const counts = { alive: 0, blocked: 0, stale: 0, lost: 0, ended: 0 };
  for (const { state } of all) counts[state] += 1;
  return counts;
}

function agentRecord(agent: KnownAgent): object {
  const { version = null, progress = null, task = null, traceId = null, spanId = null } = agent;
  return {
    ...agent,
    version,
    progress,
    task,
    since: isoTime(agent.since),
    startedAt: isoTime(agent.startedAt),
    lastBeatAt: isoTime(agent.lastBeatAt),
    traceId,
    spanId,
  };
}
