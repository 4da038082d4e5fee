// Starts agent-vitals from code and shuts it down, and says what of its timers, sockets and handles is alive then, those too that would not hold
// the process open.
const { createHook } = require('node:async_hooks');
require('node:dns');
const { once } = require('node:events');
const fs = require('node:fs');
const { setImmediate: nextTurn } = require('node:timers/promises');
const { metrics, trace } = require('@opentelemetry/api');
const { shutdown, start, status } = require('agent-vitals');

Error.stackTraceLimit = 30;
const [way = 'none', end = 'await'] = process.argv.slice(2);
/** Not alive, or until they are collected as garbage: whether files are closed, their descriptors tell, and TLS runs over a TCP socket. */
const NO_HANDLES = /^(PROMISE|TickObject|Microtask|FSREQ|FILEHANDLE|TLSWRAP)/;
/** Node's own timer for the `date` of its answers. */
const isOfNode = () => new Error().stack.includes('at utcDate (node:');

let failNow = () => {};
const never = () => new Promise(() => {});
const backend = (methods) => ({
  name: 'mine',
  start: () => {},
  accept: () => {},
  flush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
  status: () => ({ state: 'healthy', since: 0, accepted: 0, dropped: {} }),
  ...methods,
});
const backends = {
  none: [],
  'never flushes': [backend({ flush: never })],
  'never shuts down': [backend({ flush: never, shutdown: never })],
  throws: [
    backend({
      flush: () => {
        throw new Error('no');
      },
      shutdown: () => Promise.reject(new Error('no')),
    }),
  ],
  'fails late': [backend({ shutdown: () => new Promise((_, reject) => (failNow = reject)) })],
};

function openFiles() {
  return fs.readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The one of this listing.
      return [];
    }
  });
}

async function told() {
  const stay = setInterval(() => {}, 60_000);
  await once(process, 'SIGUSR2');
  clearInterval(stay);
}

async function main() {
  // Made when they are first asked for, by whoever warns or pipes first.
  void [process.stdout, process.stderr];
  const before = process.getActiveResourcesInfo();
  const alive = new Map();
  let isRunning = true;
  const hook = createHook({
    init: (id, type) => {
      if (isRunning && !NO_HANDLES.test(type) && !isOfNode()) alive.set(id, type);
    },
    destroy: (id) => alive.delete(id),
  }).enable();

  start({ backends: backends[way] });
  // The endpoint listens.
  await nextTurn();
  for (let count = 0; count < 3; count++) trace.getTracer('app').startSpan(`main ${count}`).end();
  metrics.getMeter('app').createCounter('calls').add(1);
  fs.writeSync(1, 'ended main 3\n');

  if (end === 'when told') await told();

  const begunAt = performance.now();
  if (end === 'exit') {
    void shutdown();
    process.exit(0);
  }
  if (end === 'no await') {
    void shutdown();
    return;
  }
  await shutdown();
  const took = performance.now() - begunAt;
  isRunning = false;
  failNow(new Error('too late'));
  // What was closed is gone a few turns later.
  for (let turn = 0; turn < 10; turn++) await fs.promises.stat(__filename).then(() => nextTurn());
  hook.disable();
  const held = process.getActiveResourcesInfo();
  for (const type of before) if (held.includes(type)) held.splice(held.indexOf(type), 1);
  const open = openFiles().filter((path) => path.startsWith(process.env.AGENT_VITALS_DIR));
  const report = { took, held, alive: [...alive.values()], open, isRunning: status() !== undefined };
  fs.writeSync(1, `~${JSON.stringify(report)}\n`);
}

void main();
