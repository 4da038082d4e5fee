// Does what it is told, a command a line, and says so when it is done. What it says of its telemetry begins with `~`; the rest is its output.
// It knows nothing of agent-vitals but how to ask for its status.
const fs = require('node:fs');
const { createInterface } = require('node:readline');
const { trace } = require('@opentelemetry/api');
const { status } = require('agent-vitals');

const realNow = Date.now;
const open = [];
let who = 'main';
let ended = 0;

const say = (text) => fs.writeSync(1, `${text}\n`);

const commands = {
  spans: (count) => {
    for (let left = Number(count); left > 0; left--) trace.getTracer('app').startSpan(`${who} ${ended++}`).end();
  },
  name: (name) => {
    who = name;
  },
  status: (backend = 'journal') => say(`~status ${JSON.stringify(status()?.backends[backend])}`),
  /** One that the test repeats until something has happened. */
  probe: () => {
    commands.spans(1);
    // A later turn, when the span is where it goes.
    setImmediate(commands.status);
  },
  /** The clock of the day, not the one that times are measured by: as when a machine was suspended, or its clock was set. */
  clock: (millis) => {
    Date.now = () => realNow() + Number(millis);
  },
  user: (id) => {
    process.setgid(Number(id));
    process.setuid(Number(id));
  },
  'take-files': () => {
    try {
      for (;;) open.push(fs.openSync('/dev/null'));
    } catch (error) {
      say(error.code);
    }
  },
  'give-files': () => {
    for (const fd of open.splice(0)) fs.closeSync(fd);
  },
};

let done = 0;
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [name, ...args] = line.split(' ');
    commands[name](...args);
    setImmediate(() => {
      if (name !== 'probe' && name !== 'status') say(line);
      say(`~did ${(done += 1)}.`);
    });
  })
  .on('close', () => {
    say(`~ended ${who} ${ended}`);
    say('closed');
  });
