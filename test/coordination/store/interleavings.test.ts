// Random steps at the same time over several connections: whatever the engine answers must be what some order of them would give, one after the other.
import { openRedisStore } from '../../../src/coordination/store/redis/redis-store.ts';
import { openSqliteStore } from '../../../src/coordination/store/sqlite/sqlite-store.ts';
import type { CoordinationStore, StoredSignal, TakenSignal } from '../../../src/coordination/store/store.ts';
import { FUZZ_SEED, FUZZ_TIMES, seedOfRound } from '../../crash/fuzz-seed.ts';
import { Random } from '../../support/random.ts';
import { hasRedis, type RedisServer, startRedis } from '../../support/redis.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';
import { emptyState, randomStep, type State, type Step } from './steps.ts';

const ROUNDS = 6 * FUZZ_TIMES;
const BATCHES = 60;
const CONNECTIONS = 3;

interface Done {
  readonly step: Step;
  readonly answer: unknown;
}

/** The states there may be after all of `done`, in every order that explains the answers. */
function statesAfter(states: readonly State[], done: readonly Done[]): State[] {
  if (done.length === 0) return [...states];
  return done.flatMap((first) => {
    const rest = done.filter((other) => other !== first);
    const after = states
      .map((state) => structuredClone(state))
      .filter((state) => first.step.explains(state, first.answer));
    return after.length === 0 ? [] : statesAfter(after, rest);
  });
}

function distinct(states: readonly State[]): State[] {
  return [...new Map(states.map((state) => [JSON.stringify(state), state])).values()];
}

async function explore(round: number, connect: () => Promise<CoordinationStore>): Promise<void> {
  const random = new Random(seedOfRound(round));
  const stores = await Promise.all(Array.from({ length: CONNECTIONS }, connect));
  const known = { ids: [] as string[], leases: [] as { id: string; lease: string }[] };
  let states = [emptyState()];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const steps = random.several(CONNECTIONS, () => randomStep(random, known), 1 + random.below(CONNECTIONS));
    const done = await Promise.all(
      steps.map(async (step, index): Promise<Done> => ({ step, answer: await step.run(stores[index]!) })),
    );
    const before = states;
    states = distinct(statesAfter(states, done));
    if (states.length === 0) {
      const said = done.map(({ step, answer }) => `${step.text}: ${JSON.stringify(answer)}`).join('\n');
      throw new Error(`round ${round}, batch ${batch}: no order explains\n${said}\nin ${JSON.stringify(before)}`);
    }
    for (const { answer } of done) {
      for (const one of Array.isArray(answer) ? (answer as TakenSignal[]) : [answer as StoredSignal | undefined]) {
        if (typeof one?.id !== 'string') continue;
        known.ids = [...known.ids.slice(-5), one.id];
        const { id, lease } = one as TakenSignal;
        if (lease !== undefined) known.leases = [...known.leases.slice(-5), { id, lease }];
      }
    }
  }
  await Promise.all(stores.map((store) => store.close()));
}

describe(`interleavings of steps (seed ${FUZZ_SEED})`, () => {
  let redis: RedisServer | undefined;
  after(async () => {
    await redis?.stop();
    removeTempDirs();
  });

  it('in SQLite are those of one step after the other', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const dir = tempDir();
      await explore(round, () => openSqliteStore(dir));
    }
  });

  it('in Redis are those of one step after the other', async function () {
    if (!hasRedis()) this.skip();
    const server = (redis = await startRedis());
    for (let round = 0; round < ROUNDS; round += 1) {
      await server.command('FLUSHALL');
      await explore(round, () => openRedisStore(server.url, () => {}));
    }
  });
});
