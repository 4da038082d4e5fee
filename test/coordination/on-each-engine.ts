// Runs tests of what stands on the store with each engine as the process has it by configuration, empty before each test.
import {
  type CoordinationSettings,
  configureCoordination,
  coordinationSettings,
} from '../../src/coordination/settings.ts';
import { closeCoordination } from '../../src/coordination/store/process-store.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

export interface Engine {
  /** What other processes are to be started with to share the store. */
  env(): Readonly<Record<string, string>>;
  /** Changes options of the running test. */
  configure(changes: Partial<CoordinationSettings['coordination']>): void;
}

export function onEachEngine(tests: (engine: Engine) => void): void {
  let usual: CoordinationSettings;
  let settings: CoordinationSettings;
  const use = (changed: CoordinationSettings): void => {
    settings = changed;
    configureCoordination(changed);
  };
  const configure: Engine['configure'] = (changes) =>
    use({ ...settings, coordination: { ...settings.coordination, ...changes } });
  const env: Engine['env'] = () => ({
    AGENT_VITALS_DIR: settings.dir,
    ...(settings.redisUrl !== undefined && { AGENT_VITALS_REDIS_URL: settings.redisUrl }),
  });
  beforeEach(() => (usual = coordinationSettings()));
  afterEach(async () => {
    await closeCoordination();
    configureCoordination(usual);
  });
  after(removeTempDirs);

  describe('with SQLite', () => {
    beforeEach(() => use({ ...usual, dir: tempDir(), redisUrl: undefined }));
    tests({ env, configure });
  });

  describe('with Redis', () => {
    let redis: RedisServer | undefined;
    before(async function () {
      if (!hasRedis()) this.skip();
      redis = await startRedis();
    });
    after(() => redis?.stop());
    beforeEach(async () => {
      await redis?.command('FLUSHALL');
      use({ ...usual, dir: tempDir(), redisUrl: redis?.url });
    });
    tests({ env, configure });
  });
}
