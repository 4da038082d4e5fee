import { openRedisStore } from '../../../src/coordination/store/redis/redis-store.ts';
import { hasRedis, type RedisServer, startRedis } from '../../support/redis.ts';
import { removeTempDirs } from '../../support/temp-dir.ts';
import { itKeepsTheContract } from './contract.ts';

describe('the store in Redis', () => {
  let redis: RedisServer | undefined;

  before(async function () {
    if (!hasRedis()) this.skip();
    redis = await startRedis();
  });
  beforeEach(() => redis?.command('FLUSHALL'));
  after(async () => {
    await redis?.stop();
    removeTempDirs();
  });

  itKeepsTheContract(() => ({ connect: () => openRedisStore(redis!.url, () => {}) }));
});
