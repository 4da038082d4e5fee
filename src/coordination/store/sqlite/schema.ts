// The tables of coordination.db. Once released, an entry never changes; a later one is added.

/** Signals to one agent are delivered to `''`, a slot that all takers share; broadcasts to each agent by itself. */
const FIRST = `
CREATE TABLE clock (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  time INTEGER NOT NULL,
  -- What is added to the machine's clock, which was set back by as much.
  lead INTEGER NOT NULL,
  id INTEGER NOT NULL
);
INSERT INTO clock VALUES (1, 0, 0, 0);

CREATE TABLE record (
  collection TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (collection, key)
) WITHOUT ROWID;
CREATE INDEX record_expiry ON record (expires_at);

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  time INTEGER NOT NULL,
  value TEXT NOT NULL
);
CREATE INDEX event_type ON event (type, id);

CREATE TABLE stream (
  type TEXT PRIMARY KEY,
  length INTEGER NOT NULL,
  ttl INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE signal (
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  -- '' is everybody.
  recipient TEXT NOT NULL,
  sender TEXT,
  sender_id TEXT,
  value TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX signal_recipient ON signal (recipient, id);
CREATE INDEX signal_expiry ON signal (expires_at);

CREATE TABLE delivery (
  signal INTEGER NOT NULL REFERENCES signal (id) ON DELETE CASCADE,
  agent TEXT NOT NULL,
  lease TEXT,
  -- NULL: taken for good.
  leased_until INTEGER,
  deliveries INTEGER NOT NULL,
  PRIMARY KEY (signal, agent)
) WITHOUT ROWID;
`;

export const migrations: readonly string[] = [FIRST];
