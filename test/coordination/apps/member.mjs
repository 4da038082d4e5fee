// One of many processes that share a store. The first argument says what it does, the second who it is; what it has seen is its last line.
import { writeSync } from 'node:fs';
import { metrics } from '@opentelemetry/api';
import { events, shutdown, signals, start, status } from 'agent-vitals';

const [task, id = 'm-0', count = '1'] = process.argv.slice(2);
const agent = { id, name: 'crew' };
const say = (value) => writeSync(1, `${typeof value === 'string' ? value : JSON.stringify(value)}\n`);

const tasks = {
  /** Sends, publishes, takes and follows all at once, until all of `count` members have said that they are done. */
  async hammer() {
    const sent = [];
    const taken = [];
    const seen = [];
    const published = [];
    const followed = [];
    const work = async () => {
      for (let round = 0; round < 8; round += 1) {
        const made = await Promise.all([
          signals.send({ agent, type: 'task', to: 'crew', payload: round }),
          events.publish({ agent, type: 'note', payload: `${id} ${round}` }),
          signals.check({ agent, type: 'task', take: true, limit: 2 }),
        ]);
        sent.push(made[0].id);
        published.push(made[1].payload);
        taken.push(...made[2].map((signal) => signal.id));
      }
      await signals.broadcast({ agent, type: 'hello', payload: id });
      await events.publish({ agent, type: 'finished', payload: id });
    };
    const follow = async () => {
      let finished = 0;
      for await (const event of events.follow({ types: ['note', 'finished'], after: '0' })) {
        if (event.type === 'note') followed.push(event.payload);
        else if ((finished += 1) === Number(count)) return;
      }
    };
    await Promise.all([work(), follow()]);
    for (;;) {
      const more = await signals.check({ agent, type: ['task', 'hello'], take: true, limit: 3 });
      if (more.length === 0) break;
      for (const signal of more)
        (signal.type === 'task' ? taken : seen).push(signal.type === 'task' ? signal.id : signal.payload);
    }
    say({ sent, taken, seen, published, followed });
  },

  /** Takes one and never gets done with it. */
  async hold() {
    const signal = await signals.wait({ agent, type: 'task', lease: Number(count) });
    say(`holds ${signal.id}`);
    setInterval(() => {}, 60_000);
  },

  /** Uses everything once and has nothing more to do. */
  async use() {
    await signals.send({ agent, type: 'task', to: 'crew' });
    await events.publish({ type: 'note' });
    const abort = new AbortController();
    const waiting = signals.wait({ agent, type: 'never', signal: abort.signal }).catch(() => undefined);
    const follower = events.follow({ signal: abort.signal }).next();
    abort.abort();
    await Promise.all([waiting, follower]);
    say('used');
  },

  /** Has nothing to do but to wait. */
  async wait() {
    say((await signals.wait({ agent, type: 'never', timeout: Number(count) })) ?? 'waited');
  },

  /** Has a rule that fires. */
  async alert() {
    const rule = { name: 'busy', metric: 'app.requests', statistic: 'sum', window: '1m', op: '>', threshold: 2 };
    start({ prometheus: { enabled: false }, alerts: { rules: [rule], intervalMillis: 1000 } });
    metrics.getMeter('app').createCounter('app.requests').add(3);
    for await (const { type, payload } of events.follow({ types: 'alert.firing', after: '0' })) {
      say({ type, payload });
      break;
    }
    await shutdown();
  },

  async status() {
    start({ prometheus: { enabled: false } });
    await events.publish({ type: 'note' });
    say(status().backends.coordination);
    await shutdown();
  },

  async shutdown() {
    await events.publish({ type: 'note' });
    await shutdown();
    say((await events.read()).length);
    await shutdown();
  },
};

await tasks[task]();
