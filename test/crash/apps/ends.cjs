// Ends spans in every phase of the event loop, then itself as the first argument says; the second is its name. It says with a synchronous
// write how many spans had ended, so that they can be counted whatever kills it. It knows nothing of agent-vitals.
const { fork } = require('node:child_process');
const cluster = require('node:cluster');
const { once } = require('node:events');
const fs = require('node:fs');
const { isMainThread, Worker, workerData } = require('node:worker_threads');
const { trace } = require('@opentelemetry/api');

const [way, who = 'main', ...more] = isMainThread ? process.argv.slice(2) : workerData;
/** So that the command line shows the spans too. */
const CALL = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4.1' };
let ended = 0;

const say = (text) => fs.writeSync(1, `${text}\n`);
const forEver = () => setInterval(() => {}, 60_000);

function endSpan() {
  trace.getTracer('app').startSpan(`${who} ${ended}`, { attributes: CALL }).end();
  ended += 1;
}

function sayEnded() {
  say(`ended ${who} ${ended}`);
}

const phases = {
  timer: (callback) => setTimeout(() => callback(), 1),
  immediate: (callback) => setImmediate(() => callback()),
  io: (callback) => fs.stat(__filename, callback),
  tick: (callback) => process.nextTick(callback),
  microtask: (callback) => queueMicrotask(callback),
};

async function work() {
  for (let round = 0; round < 3; round++) {
    for (const [name, phase] of Object.entries(phases)) {
      await new Promise((resolve) =>
        phase(() => {
          for (let count = name === 'io' ? 20 : 1; count > 0; count--) endSpan();
          resolve();
        }),
      );
    }
  }
}

/** Runs `death` in a later turn than the last span, which it leaves to be in the journal. */
async function later(death) {
  await work();
  setTimeout(() => {
    sayEnded();
    death();
  }, 1);
}

function run(...args) {
  const worker = new Worker(__filename, {
    workerData: args,
    stdout: true,
    resourceLimits: { maxOldGenerationSizeMb: 32 },
  });
  worker.on('error', (error) => say(`worker error ${error.message}`));
  worker.on('exit', (code) => say(`worker exit ${code}`));
  return worker;
}

const kill = () => process.kill(process.pid, 'SIGKILL');

const ways = {
  // From one phase of the event loop to another, with nothing in between.
  phases: () => {
    const [from, to] = more;
    phases[from](() => {
      endSpan();
      phases[to](() => {
        sayEnded();
        kill();
      });
    });
  },
  kill: () => later(kill),
  // Stays; what wakes the event loop up comes much later.
  asleep: () => {
    forEver();
    setTimeout(() => {
      endSpan();
      sayEnded();
    }, 1);
  },
  'on-go': () => {
    say('ready');
    process.stdin.once('data', () => void later(kill));
  },
  heap: () =>
    later(() => {
      for (const kept = []; ; ) kept.push({ kept });
    }),
  memory: () =>
    later(() => {
      for (const kept = []; ; ) kept.push(Buffer.alloc(10_000_000, 1));
    }),
  abort: () => later(() => process.abort()),
  exit: async () => {
    await work();
    endSpan();
    sayEnded();
    process.exit(3);
  },
  throw: async () => {
    await work();
    setTimeout(() => {
      endSpan();
      sayEnded();
      throw new TypeError('the host is broken');
    });
  },
  reject: async () => {
    await work();
    endSpan();
    sayEnded();
    throw new RangeError('nobody listens');
  },
  'reject-handled': async () => {
    process.on('unhandledRejection', (error) => {
      endSpan();
      sayEnded();
      say(`unhandled ${error.message}`);
      process.exit(4);
    });
    await work();
    throw new RangeError('somebody listens');
  },
  'own-handler': async () => {
    const timer = forEver();
    process.once('SIGTERM', () => {
      endSpan();
      clearInterval(timer);
      setTimeout(() => {
        endSpan();
        sayEnded();
      }, 20);
    });
    await work();
    sayEnded();
  },
  'own-handler-exits': async () => {
    forEver();
    process.on('SIGTERM', (signal) => {
      endSpan();
      sayEnded();
      process.exit(signal === 'SIGTERM' ? 7 : 8);
    });
    await work();
    sayEnded();
  },
  // A span that ends here must not make Node emit the event again.
  'before-exit': async () => {
    process.on('beforeExit', async () => {
      say('before exit');
      endSpan();
      await Promise.resolve();
      endSpan();
      sayEnded();
    });
    await work();
  },
  // It goes on twice.
  'before-exit-rounds': async () => {
    let rounds = 0;
    process.on('beforeExit', () => {
      if (rounds++ < 2) setTimeout(endSpan, 1);
      else sayEnded();
    });
    await work();
  },
  // The last moment there is.
  'exit-listener': async () => {
    await work();
    process.on('exit', () => {
      endSpan();
      sayEnded();
    });
  },
  'exit-listener-throws': async () => {
    await work();
    process.on('exit', () => {
      endSpan();
      sayEnded();
      throw new TypeError('the host is broken to the end');
    });
    process.exit(5);
  },
  worker: () => {
    run('natural', 'worker');
    void later(() => {});
  },
  'workers-in-turn': async () => {
    for (const name of ['first', 'second', 'third']) await once(run('natural', name), 'exit');
    void later(() => {});
  },
  'worker-throws': () => void run('throw', 'worker'),
  'worker-exits': () => void run('exit', 'worker'),
  'worker-heap': () => void run('heap', 'worker'),
  'worker-terminated': () => {
    const worker = run('until-told', 'worker');
    worker.stdout.once('data', () => void worker.terminate());
  },
  'killed-with-worker': () => void run('until-told', 'worker').stdout.once('data', kill),
  'until-told': () => {
    forEver();
    void later(() => process.stdout.write('worked'));
  },
  natural: () => later(() => {}),
  fork: () => {
    for (const [itsWay, name] of [
      ['kill', 'killed'],
      ['exit', 'exited'],
    ]) {
      const child = fork(__filename, [itsWay, name]);
      child.on('exit', (code, signal) => say(`${name} ${code} ${signal}`));
    }
    void later(() => {});
  },
  cluster: () => {
    for (const args of [
      ['kill', 'killed'],
      ['exit', 'exited'],
    ]) {
      cluster.setupPrimary({ args });
      cluster.fork();
    }
    cluster.on('exit', (_worker, code, signal) => say(`worker ${code} ${signal}`));
    void later(() => {});
  },
};

void ways[way]();
