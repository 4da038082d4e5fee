import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openSqliteStore } from '../../../src/coordination/store/sqlite/sqlite-store.ts';
import { signalTopic } from '../../../src/coordination/store/store.ts';
import { eventually } from '../../support/eventually.ts';
import { mountSmallDisk } from '../../support/small-disk.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';
import { type EngineUnderTest, itKeepsTheContract } from './contract.ts';

describe('the store in SQLite', () => {
  let engine: EngineUnderTest;

  beforeEach(() => {
    const dir = tempDir();
    engine = { connect: () => openSqliteStore(dir) };
  });
  after(removeTempDirs);

  itKeepsTheContract(() => engine);

  it('rings also where files cannot be watched', async () => {
    const dir = tempDir();
    const [here, there] = await Promise.all([openSqliteStore(dir), openSqliteStore(dir)]);
    // As where the system has no watch left.
    rmSync(join(dir, 'coordination.bells'), { recursive: true });
    let rings = 0;
    const end = await here.subscribe([signalTopic('worker')], () => (rings += 1));
    await there.send({ type: 'task', to: 'worker', value: null, ttlMillis: 60_000 });
    await eventually('a ring', () => rings > 0);
    end();
    await Promise.all([here.close(), there.close()]);
  });

  it('says that its disk is full, and goes on when there is room', async function () {
    const dir = tempDir();
    const disk = mountSmallDisk(dir, 1_000_000);
    if (!disk) this.skip();
    try {
      const store = await openSqliteStore(dir);
      const send = () => store.send({ type: 'task', to: 'worker', value: 'x'.repeat(30_000), ttlMillis: 60_000 });
      await send();
      const filling = join(dir, 'filling');
      writeFileSync(filling, '');
      const failure = await eventually('a full disk', async () => {
        try {
          appendFileSync(filling, Buffer.alloc(40_000));
        } catch {
          // That is what it is for.
        }
        return await send().then(
          () => undefined,
          (error: unknown) => error,
        );
      });
      expect(String(failure)).to.match(/full|disk I\/O/);
      const before = (await store.pending({}, 1000)).length;
      rmSync(filling);
      await send();
      expect(await store.pending({}, 1000)).to.have.length(before + 1);
      await store.close();
    } finally {
      disk.remove();
    }
  });
});
