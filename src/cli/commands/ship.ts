// `agent-vitals ship`: sends a journal to the collector, for apps that are dead, that ship nothing themselves, or whose collector was away.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command } from 'commander';
import type { BackendStatus } from '../../backends/backend.ts';
import { Shipper } from '../../backends/otlp/shipper.ts';
import { waitingIn } from '../../backends/shipping/waiting.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { Failure, UsageError } from '../failure.ts';
import { formatBytes, formatCountOf } from '../format.ts';
import { addDirOption, addJsonOption, type DirOptions, parseBytes } from '../journal-options.ts';
import { shortPath } from '../journal-report.ts';
import { note, print, printJson } from '../output.ts';
import { progressOf } from '../progress.ts';

interface ShipOptions extends DirOptions {
  readonly follow?: boolean;
  readonly rejected?: boolean;
  readonly maxBytesPerSecond?: number;
}

/** Between two looks for what is new. */
const LOOK_MILLIS = 500;
/** Between two looks at how far it is. */
const WATCH_MILLIS = 50;
/** A collector that takes nothing for so long ends a run that does not follow. */
const PATIENCE_MILLIS = 5000;

export function addShip(program: Command): void {
  const command = program
    .command('ship')
    .description('send what the collector has not got: OTEL_EXPORTER_OTLP_ENDPOINT names it')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C: for apps that ship nothing themselves')
    .option('--rejected', 'also send again what the collector had refused and is set aside')
    .option('--max-bytes-per-second <bytes>', 'pace (default: otlp.catchUpBytesPerSecond)', parseBytes)
    .action(ship);
  addJsonOption(addDirOption(command));
}

async function ship(options: ShipOptions): Promise<void> {
  const { config, warnings } = resolveConfig({ flags: options.dir === undefined ? undefined : { dir: options.dir } });
  for (const warning of warnings) note(warning);
  const { dir } = config;
  const shipper = Shipper.create(process.env, {
    disk: { dir, maxTotalBytes: config.journal.maxTotalBytes },
    catchUpBytesPerSecond: options.maxBytesPerSecond ?? config.otlp.catchUpBytesPerSecond,
  });
  if (!shipper) {
    throw new UsageError(
      'No collector is named. Set OTEL_EXPORTER_OTLP_ENDPOINT, for example to http://localhost:4318.',
    );
  }
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort());
  shipper.look();
  if (options.rejected) shipper.shipRejected();
  const outcome = await watch(shipper, options.follow ?? false, interrupted.signal).finally(() => shipper.close());
  report(outcome, dir, options.json ?? false);
}

/** Until nothing waits, or nothing goes through any more; with `follow` until it is interrupted. @returns what was done. */
async function watch(shipper: Shipper, follow: boolean, interrupted: AbortSignal): Promise<BackendStatus> {
  let most = 0;
  let last = Number.POSITIVE_INFINITY;
  let movedAt = performance.now();
  let lookedAt = movedAt;
  let hasToldOfSilent = false;
  const progress = progressOf('shipping', () => most);
  try {
    for (;;) {
      const status = shipper.status();
      const { lag: { bytes } = { bytes: 0 }, reason } = status;
      const { silent } = shipper;
      if (interrupted.aborted || (!follow && !shipper.isBusy && silent === 0)) return status;
      if (silent > 0 && !hasToldOfSilent) {
        hasToldOfSilent = true;
        note(
          `${formatCountOf(silent, 'process', 'processes')} in other containers or threads, or on other machines, may be dead: what they left is sent once they have given no sign of life for a minute`,
        );
      }
      if (bytes < last || !shipper.isBackingOff) movedAt = performance.now();
      last = bytes;
      most = bytes === 0 ? 0 : Math.max(most, bytes);
      if (bytes === 0) progress.end();
      else progress.update(most - bytes);
      if (!follow && performance.now() - movedAt > PATIENCE_MILLIS) {
        throw new Failure(`${reason}. ${formatBytes(bytes)} wait in the journal and can be shipped later.`);
      }
      await sleep(follow ? LOOK_MILLIS : WATCH_MILLIS, undefined, { signal: interrupted }).catch(() => undefined);
      if ((follow || silent > 0) && performance.now() - lookedAt >= LOOK_MILLIS) {
        lookedAt = performance.now();
        shipper.look();
      }
    }
  } finally {
    progress.end();
  }
}

function report({ accepted, dropped, lag }: BackendStatus, dir: string, json: boolean): void {
  const { corrupt: _, ...refused } = dropped;
  const shipped = Object.values(refused).reduce((rest, count) => rest - count, accepted);
  if (json) {
    printJson({ dir, shipped, dropped, waitingBytes: lag?.bytes ?? 0 });
    return;
  }
  const lost = Object.entries(dropped);
  const waiting = lag?.bytes ?? 0;
  const { heldBytes } = waitingIn(dir);
  const nothing = shipped === 0 && lost.length === 0 && waiting === 0;
  print(
    nothing
      ? 'Nothing waits for the collector.'
      : `Shipped ${formatCountOf(shipped, 'record')} from ${shortPath(dir)}.`,
  );
  if (waiting > 0) note(`${formatBytes(waiting)} still wait in the journal`);
  if (heldBytes > 0)
    note(`${formatBytes(heldBytes)} are left to processes that ship them themselves, and live or have lived just now`);
  for (const [reason, count] of lost) note(`${formatCountOf(count, 'record')} not taken: ${reason}`);
}
