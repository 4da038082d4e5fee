// Checks of what the processes say of themselves, and whether the scrape endpoint answers.
import { formatBytes, formatCount, formatMillis, formatTime } from '../format.ts';
import { type KnownProcess } from '../processes.ts';
import { type Check } from './check.ts';

/** Ended processes worth telling of: what they hooked and why they failed is often the question. */
const ENDED_SHOWN = 3;
const SCRAPE_TIMEOUT_MILLIS = 1000;

export function checkProcesses(processes: readonly KnownProcess[]): Check[] {
  const live = processes.filter(({ alive }) => alive);
  const shown = [...live, ...processes.filter(({ alive }) => !alive).slice(0, ENDED_SHOWN)];
  if (shown.length === 0) {
    return [{ check: 'processes', state: 'info', message: 'no process has run with agent-vitals here yet', data: [] }];
  }
  return shown.map((one): Check => {
    const backends = Object.entries(one.backends);
    // Of an ended process everything is stopped; that is no problem.
    const bad = one.alive && backends.some(([, { state }]) => state === 'degraded' || state === 'recovering');
    const dropped = backends.some(([, status]) => Object.values(status.dropped ?? {}).some((count) => count > 0));
    const skipped = one.modules.some(({ state }) => state === 'skipped');
    return {
      check: 'process',
      state: bad || dropped || skipped || one.problems.length > 0 ? 'warning' : 'ok',
      message: titleOf(one),
      details: [
        ...backends.map(([name, status]) => `${name}: ${describeBackend(status)}`),
        ...one.modules.map(
          (module) =>
            `${module.state ?? 'seen'} ${module.package ?? '?'} ${module.version ?? ''} (${module.format ?? '?'})${module.reason ? `: ${module.reason}` : ''}`,
        ),
        ...(one.modules.length === 0 ? ['no SDK was loaded'] : []),
        ...one.problems.map(
          ({ message, times = 1 }) => `problem: ${message}${times > 1 ? ` (${formatCount(times)} times)` : ''}`,
        ),
      ],
      data: one,
    };
  });
}

function titleOf({ pid, alive, program, node, startedAt, writtenAt }: KnownProcess): string {
  const what = [program, node === null ? null : `Node ${node}`].filter((part) => part !== null).join(', ');
  const when = alive
    ? `running since ${formatTime(startedAt ?? writtenAt, false)}`
    : `ended, last heard of ${formatTime(writtenAt, false)}`;
  return `process ${pid}${what === '' ? '' : ` (${what})`} ${when}`;
}

function describeBackend({
  state,
  reason,
  accepted = 0,
  dropped = {},
  lag,
  details = {},
}: KnownProcess['backends'][string]): string {
  const drops = Object.entries(dropped).filter(([, count]) => count > 0);
  return [
    reason === undefined ? (state ?? 'unknown') : `${state}, ${reason}`,
    `${formatCount(accepted)} accepted`,
    ...(lag && lag.bytes > 0 ? [`${formatMillis(lag.seconds * 1000)} and ${formatBytes(lag.bytes)} behind`] : []),
    ...drops.map(([why, count]) => `${formatCount(count)} dropped (${why})`),
    ...Object.entries(details).map(([name, value]) => `${name} ${value}`),
  ].join(' · ');
}

export async function checkScrape(processes: readonly KnownProcess[]): Promise<Check> {
  const live = processes.filter(({ alive }) => alive);
  const urls = new Set(live.flatMap((one) => scrapeUrl(one) ?? []));
  if (urls.size === 0) {
    return { check: 'scrape', state: 'info', message: 'no live process serves metrics', data: [] };
  }
  const answers = await Promise.all([...urls].map(async (url) => ({ url, answer: await scrape(url) })));
  const failed = answers.filter(({ answer }) => answer !== 200);
  return {
    check: 'scrape',
    state: failed.length === 0 ? 'ok' : 'problem',
    message:
      failed.length === 0
        ? `metrics are served on ${answers.map(({ url }) => url).join(', ')}`
        : failed.map(({ url, answer }) => `${url} does not serve metrics: ${answer}`).join('; '),
    data: answers,
  };
}

/** Where a process serves, whatever its backend's state: one that cannot collect all still answers, and one that does not listen has no address. */
function scrapeUrl({ backends }: KnownProcess): string | undefined {
  const address = backends.prometheus?.details?.address;
  return typeof address === 'string' && URL.canParse(address) ? address : undefined;
}

async function scrape(url: string): Promise<number | string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(SCRAPE_TIMEOUT_MILLIS), redirect: 'manual' });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    const { name, cause } = error as Error;
    return (cause as NodeJS.ErrnoException | undefined)?.code ?? name;
  }
}
