import { openSqliteStore } from '../../../src/coordination/store/sqlite/sqlite-store.ts';
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
});
