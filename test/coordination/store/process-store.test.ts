import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { StoreUnavailableError } from '../../../src/coordination/errors.ts';
import { configureCoordination, coordinationSettings } from '../../../src/coordination/settings.ts';
import {
  closeCoordination,
  coordinationStatus,
  coordinationStore,
  subscribe,
} from '../../../src/coordination/store/process-store.ts';
import { eventTopic } from '../../../src/coordination/store/store.ts';
import { eventually } from '../../support/eventually.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';

describe('the store of the process', () => {
  let dir: string;
  const event = { type: 'a', value: 1, maxLength: 10, ttlMillis: 60_000 };
  const rejection = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  beforeEach(() => {
    dir = join(tempDir(), 'vitals');
    configureCoordination({ ...coordinationSettings(), dir });
  });
  afterEach(() => closeCoordination());
  after(removeTempDirs);

  it('is opened when it is first used, and again after it was closed', async () => {
    await coordinationStore().append(event);
    await closeCoordination();
    expect(await coordinationStore().read({ limit: 10 })).to.have.length(1);
    expect(coordinationStatus()).to.deep.include({ engine: 'sqlite', state: 'healthy', done: 2, failed: 0 });
  });

  it('says that it is not available, fails at once while it waits to try again, and mends', async () => {
    mkdirSync(dir, { recursive: true });
    const file = join(dir, 'coordination.db');
    writeFileSync(file, 'no database, but a letter. '.repeat(100));
    const failure = await rejection(coordinationStore().append(event));
    expect(failure).to.be.instanceOf(StoreUnavailableError);
    expect(String(failure)).to.include('file is not a database');
    expect(coordinationStatus()).to.deep.include({ state: 'degraded', reason: 'file is not a database', failed: 1 });
    expect(await rejection(coordinationStore().now())).to.be.instanceOf(StoreUnavailableError);
    expect(coordinationStatus()?.failed).to.equal(1);
    rmSync(file);
    await eventually('the store to mend', () => coordinationStore().append(event));
    expect(coordinationStatus()).to.deep.include({ state: 'healthy' });
    // It is the process's store: what ended late in another file's tests may have used it, too.
    expect(coordinationStatus()?.done).to.be.at.least(1);
    expect(coordinationStatus()).not.to.have.property('reason');
  });

  it('tells who listens when it is back, and rings for them then', async () => {
    mkdirSync(dir, { recursive: true });
    const file = join(dir, 'coordination.db');
    writeFileSync(file, 'no database, but a letter. '.repeat(100));
    let rings = 0;
    const end = await subscribe([eventTopic('a')], () => (rings += 1));
    rmSync(file);
    await eventually('the store to mend', () => coordinationStore().append(event));
    await eventually('a ring', () => rings > 0);
    end();
  });

  it('goes on in a new file when its own was removed', async () => {
    await coordinationStore().append(event);
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, `coordination.db${suffix}`));
    await eventually('a new file', async () => {
      await coordinationStore().append(event);
      return existsSync(join(dir, 'coordination.db'));
    });
    await closeCoordination();
    expect((await coordinationStore().read({ limit: 100 })).length).to.be.greaterThan(0);
  });

  it('keeps its files to its user', async () => {
    await coordinationStore().append(event);
    const files = readdirSync(dir).filter((name) => name.startsWith('coordination'));
    expect(files).to.include.members(['coordination.db', 'coordination.bells']);
    for (const name of files) expect(statSync(join(dir, name)).mode & 0o077, name).to.equal(0);
  });
});
