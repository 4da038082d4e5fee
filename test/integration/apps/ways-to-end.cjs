// What the host apps do: three calls, each printed, and then the end that the argument names. They know nothing of agent-vitals.
const cluster = require('node:cluster');
const { Worker } = require('node:worker_threads');

const CALLS = 3;

async function calls(OpenAI, name) {
  const client = new OpenAI({ apiKey: 'none', maxRetries: 0 });
  const messages = [{ role: 'user', content: 'The capital of France?' }];
  const answer = await client.chat.completions.create({ model: 'gpt-4.1-mini', messages });
  console.log(`${name} answer: ${answer.choices[0].message.content}`);
  let text = '';
  for await (const chunk of await client.chat.completions.create({ model: 'gpt-4.1', stream: true, messages })) {
    text += chunk.choices[0]?.delta.content ?? '';
  }
  console.log(`${name} stream: ${text}`);
  const { data } = await client.embeddings.create({ model: 'text-embedding-3-small', input: 'Paris' });
  console.error(`${name} embedding of ${data.length}`);
  return client;
}

const forEver = () => setInterval(() => {}, 60_000);

const ways = {
  natural: () => process.on('exit', (code) => console.log(`exit ${code}`)),
  'exit-code': () => {
    process.exitCode = 5;
  },
  'before-exit': () => process.on('beforeExit', () => console.log('before exit')),
  'work-in-before-exit': () => process.once('beforeExit', () => setTimeout(() => console.log('one more thing'), 10)),
  exit: () => process.exit(3),
  'exit-in-flight': (client) => {
    client.chat.completions.create({ model: 'gpt-4.1+hang', messages: [] }).catch(() => {});
    setTimeout(() => process.exit(4), 100);
  },
  throw: () => {
    setImmediate(() => {
      throw new TypeError('the host is broken');
    });
  },
  'throw-handled': () => {
    process.on('uncaughtException', (error, origin) => {
      console.log(`${origin}: ${error.message}`);
      process.exit(6);
    });
    setImmediate(() => {
      throw new TypeError('the host is broken');
    });
  },
  // With a top-level await, Node warns and ends with code 13.
  unsettled: () => new Promise(() => {}),
  reject: () => void Promise.reject(new RangeError('nobody listens')),
  'reject-vendor-error': (client) => void client.chat.completions.create({ model: 'gpt-4.1+404', messages: [] }),
  // A turn after the last call: what the current turn made may be lost in a crash.
  abort: () => setImmediate(() => process.abort()),
  stay: () => {
    forEver();
    setImmediate(() => console.log('ready'));
  },
  'own-handler': () => {
    const timer = forEver();
    process.on('SIGTERM', (signal) => {
      console.log(`closing after ${signal}`);
      setTimeout(() => {
        clearInterval(timer);
        console.log('closed');
      }, 50);
    });
    console.log('ready');
  },
  'own-handler-once': () => {
    forEver();
    process.once('SIGTERM', (signal) => {
      console.log(`closing after ${signal}`);
      process.kill(process.pid, signal);
    });
    console.log('ready');
  },
  'ignored-signal': () => {
    const timer = setInterval(() => {}, 60_000);
    process.on('SIGTERM', () => console.log('not now'));
    process.on('SIGINT', () => clearInterval(timer));
    console.log('ready');
  },
};

/** @param file the app itself, which a worker or a cluster runs again */
async function run(OpenAI, file) {
  const [, , way = 'natural', name = 'main'] = process.argv;
  if (way === 'worker' || way === 'worker-terminated') {
    await calls(OpenAI, name);
    const worker = new Worker(file, { argv: [way === 'worker' ? 'natural' : 'stay', 'worker'], stdout: true });
    let printed = '';
    worker.stdout.setEncoding('utf8').on('data', (text) => {
      printed += text;
      if (printed.includes('ready')) void worker.terminate();
    });
    worker.on('exit', (code) => console.log(`${printed}worker exit ${code}`));
  } else if (way === 'cluster' && cluster.isPrimary) {
    for (const each of ['1', '2']) cluster.fork({ WORKER: each });
    cluster.on('exit', (_worker, code, signal) => console.log(`worker exit ${code} ${signal}`));
  } else if (way === 'cluster') {
    await calls(OpenAI, `worker ${process.env.WORKER}`);
    process.exit(Number(process.env.WORKER));
  } else {
    const client = await calls(OpenAI, name);
    await ways[way](client);
  }
}

module.exports = { CALLS, run };
