import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  inTransaction,
  isReadOnlyError,
  NewerDatabaseError,
  openDatabase,
  openToRead,
} from '../../src/internal/database.ts';
import { tempDir } from '../support/temp-dir.ts';

const NOBODY = 65_534;
const FIRST = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)';
const SECOND = "ALTER TABLE note ADD COLUMN author TEXT DEFAULT 'nobody'";

describe('a database', () => {
  it('is made with its schema, private to its user', () => {
    const dir = tempDir();
    const database = openDatabase(join(dir, 'a.db'), { migrations: [FIRST] });
    database.exec("INSERT INTO note (text) VALUES ('kept')");
    const files = readdirSync(dir);
    expect(files).to.include('a.db-wal');
    for (const file of files) expect(statSync(join(dir, file)).mode & 0o777, file).to.equal(0o600);
    database.close();
  });

  it('gets what its schema lacks, and keeps what it holds', () => {
    const path = join(tempDir(), 'a.db');
    const old = openDatabase(path, { migrations: [FIRST] });
    old.exec("INSERT INTO note (text) VALUES ('kept')");
    old.close();
    const database = openDatabase(path, { migrations: [FIRST, SECOND] });
    expect({ ...database.prepare('SELECT text, author FROM note').get() }).to.deep.equal({
      text: 'kept',
      author: 'nobody',
    });
    database.close();
  });

  it('can be read by who may not write it', () => {
    const dir = tempDir();
    const path = join(dir, 'a.db');
    const database = openDatabase(path, { migrations: [FIRST] });
    database.exec("INSERT INTO note (text) VALUES ('kept')");
    database.close();
    chmodSync(path, 0o444);
    chmodSync(dir, 0o555);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(NOBODY);
    try {
      const reader = openToRead(path);
      expect(reader.prepare('SELECT text FROM note').get()?.text).to.equal('kept');
      reader.close();
      expect(() => openDatabase(path, { migrations: [FIRST, SECOND] }))
        .to.throw()
        .that.satisfies(isReadOnlyError);
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(dir, 0o755);
    }
  });

  it('of a later version is left alone', () => {
    const path = join(tempDir(), 'a.db');
    openDatabase(path, { migrations: [FIRST, SECOND] }).close();
    expect(() => openDatabase(path, { migrations: [FIRST] })).to.throw(NewerDatabaseError, 'later version');
    const database = openDatabase(path, { migrations: [FIRST, SECOND] });
    database.close();
  });

  it('that is none is not overwritten', () => {
    const path = join(tempDir(), 'a.db');
    const text = 'this is a letter to my mother, not a database. '.repeat(100);
    writeFileSync(path, text);
    expect(() => openDatabase(path, { migrations: [FIRST] })).to.throw('not a database');
    expect(statSync(path).size).to.equal(text.length);
  });

  it('undoes a transaction that throws', () => {
    const database = openDatabase(join(tempDir(), 'a.db'), { migrations: [FIRST] });
    const failing = (): void =>
      inTransaction(database, () => {
        database.exec("INSERT INTO note (text) VALUES ('lost')");
        throw new Error('changed my mind');
      });
    expect(failing).to.throw('changed my mind');
    inTransaction(database, () => database.exec("INSERT INTO note (text) VALUES ('kept')"));
    expect(
      database
        .prepare('SELECT text FROM note')
        .all()
        .map(({ text }) => text),
    ).to.deep.equal(['kept']);
    database.close();
  });
});
