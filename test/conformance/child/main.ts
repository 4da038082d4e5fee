// The app under test: runs every shape of one SDK one after the other, as plain code that knows nothing of us, and sends its parent what it saw.
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe } from './describe.ts';
import { loadSdk } from './sdk.ts';
import { shapesOf, tagOf } from './shapes/index.ts';
import { type Connection, NotInThisVersion, Trial, type TrialRecord } from './trial.ts';

const [alias = '', format = '', url = '', only = ''] = process.argv.slice(2);

const PATIENCE_MILLIS = 1500;
let accidents: unknown[] = [];
let timer: NodeJS.Timeout | undefined;
process.on('unhandledRejection', (reason) => accidents.push({ unhandledRejection: describe(reason) }));
process.on('uncaughtException', (error) => accidents.push({ uncaughtException: describe(error) }));
process.on('warning', (warning) => accidents.push({ warning: warning.name, message: warning.message }));

/** Tells the parent something and waits for its answer, so that what the server saw can be laid beside what the shape did. */
async function tell<T>(message: object): Promise<T> {
  const answered = once(process, 'message');
  process.send?.(message);
  const [answer] = await answered;
  return answer as T;
}

/** Old SDK versions leave some promises open for ever. That is to be the same with us, and not the end of the run. */
function timedOut(): Promise<boolean> {
  return new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MILLIS, false);
  });
}

/** Lets rejections nobody handles be reported, and where that matters, what nobody holds be collected. */
async function settle(collect: boolean): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    if (collect) globalThis.gc?.();
    await nextTurn();
  }
}

const sdk = await loadSdk(alias, format === 'cjs' ? 'cjs' : 'esm');
for (const shape of shapesOf(sdk.vendor)) {
  if (only !== '' && !only.split(',').includes(shape.name)) continue;
  await tell({ begin: shape.name });
  const connection = () => tell<Connection>({ connection: true });
  const trial = new Trial(sdk, url, tagOf(shape.name), connection);
  accidents = trial.record.accidents;
  try {
    trial.record.settled = await Promise.race([shape.run(trial).then(() => true), timedOut()]);
  } catch (error) {
    if (error instanceof NotInThisVersion) trial.record.status = 'not in this version';
    else trial.record.failure = String(error);
  }
  clearTimeout(timer);
  await settle(shape.name.includes('never'));
  await tell<TrialRecord>({ end: shape.name, record: trial.record });
}
await settle(true);
process.disconnect();
