// The tables of this folder in alerts.db: rules and their evaluation. Times are milliseconds since the epoch.

export const EVALUATION_TABLES = `
-- Rules of the command line. One of the configuration goes before one of the same name.
CREATE TABLE rule (
  name TEXT PRIMARY KEY,
  -- A RuleInput as JSON.
  body TEXT NOT NULL,
  created_millis INTEGER NOT NULL,
  updated_millis INTEGER NOT NULL
) WITHOUT ROWID;

-- Rules of the configuration of the processes that take part, so that whichever evaluates knows them all. 'origin' is the program that brought
-- them: when it is started again, what it brings takes the place of what it brought.
CREATE TABLE config_rule (
  origin TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  brought_millis INTEGER NOT NULL,
  seen_millis INTEGER NOT NULL,
  PRIMARY KEY (origin, name)
) WITHOUT ROWID;

-- Counters by which a process sees that something has changed: 'rule', 'bucket'.
CREATE TABLE revision (what TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO revision VALUES ('rule', 0), ('bucket', 0);
CREATE TRIGGER rule_inserted AFTER INSERT ON rule BEGIN UPDATE revision SET value = value + 1 WHERE what = 'rule'; END;
CREATE TRIGGER rule_updated AFTER UPDATE ON rule BEGIN UPDATE revision SET value = value + 1 WHERE what = 'rule'; END;
CREATE TRIGGER config_rule_inserted AFTER INSERT ON config_rule BEGIN UPDATE revision SET value = value + 1 WHERE what = 'rule'; END;
CREATE TRIGGER config_rule_updated AFTER UPDATE OF body ON config_rule BEGIN UPDATE revision SET value = value + 1 WHERE what = 'rule'; END;
CREATE TRIGGER config_rule_deleted AFTER DELETE ON config_rule BEGIN UPDATE revision SET value = value + 1 WHERE what = 'rule'; END;
CREATE TRIGGER rule_deleted AFTER DELETE ON rule BEGIN UPDATE revision SET value = value + 1 WHERE what = 'rule'; END;

-- Who measures: a process (or worker thread), by the name under which it writes its journal.
CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  writer TEXT NOT NULL UNIQUE,
  -- Who it is, to ask whether it lives: JSON of pid, host, thread and start of the process; null for what comes from the journal alone.
  process TEXT,
  -- Up to when what it measured is in its buckets; what it wrote into its journal later is taken from there once it is gone.
  counted_millis INTEGER NOT NULL,
  -- Whether that has been done, or there is nothing to be done.
  is_over INTEGER NOT NULL DEFAULT 0
);

-- What is looked at: series of a metric that pass a filter, told apart by some labels, in buckets of one width.
CREATE TABLE selection (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  used_millis INTEGER NOT NULL,
  -- Whether the past has been taken from the journal.
  is_seeded INTEGER NOT NULL DEFAULT 0
);

-- From when on a source counts for a selection; what it measured before is taken from its journal.
CREATE TABLE coverage (
  selection INTEGER NOT NULL,
  source INTEGER NOT NULL,
  from_millis INTEGER NOT NULL,
  PRIMARY KEY (selection, source)
) WITHOUT ROWID;

-- A series of a selection: the values of its labels as a JSON array, in their order.
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  selection INTEGER NOT NULL,
  labels TEXT NOT NULL,
  UNIQUE (selection, labels)
);

-- Upper bounds of a histogram's buckets, a JSON array.
CREATE TABLE bounds (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE);

-- What one source measured of one series in one stretch of time.
CREATE TABLE bucket (
  selection INTEGER NOT NULL,
  start_millis INTEGER NOT NULL,
  series INTEGER NOT NULL,
  source INTEGER NOT NULL,
  -- The value of revision 'bucket' when it was last written.
  change INTEGER NOT NULL,
  -- 0 counter, 1 histogram, 2 up-down counter, 3 gauge.
  kind INTEGER NOT NULL,
  count REAL NOT NULL,
  sum REAL NOT NULL,
  min REAL,
  max REAL,
  last REAL,
  last_millis INTEGER,
  bounds INTEGER,
  -- Of a histogram: values in each bucket, a JSON array.
  counts TEXT,
  -- What is written at the same time lies together, and what grows old too.
  PRIMARY KEY (selection, start_millis, series, source)
) WITHOUT ROWID;
CREATE INDEX bucket_by_change ON bucket (change);

-- The one process that evaluates and tells people. A holder whose beat stands still is taken for dead.
CREATE TABLE lease (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- JSON of who it is; empty for nobody.
  holder TEXT NOT NULL,
  -- Grows with each holder: who was thought dead finds that it has lost it.
  generation INTEGER NOT NULL,
  beat INTEGER NOT NULL
);
INSERT INTO lease VALUES (1, '', 0, 0);

-- Series of rules that are not inactive.
CREATE TABLE alert_state (
  fingerprint TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  -- Which of its steps, empty for a rule without.
  step TEXT NOT NULL,
  -- Values of the rule's \`by\`, a JSON array.
  series TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'firing', 'resolved')),
  -- When the condition began to hold.
  active_millis INTEGER NOT NULL,
  -- When it began to fire; null while pending.
  fired_millis INTEGER,
  -- Since when it fires only because of keepFiringFor; null otherwise.
  kept_millis INTEGER,
  resolved_millis INTEGER
) WITHOUT ROWID;

-- Files of the journal up to which bytes have been counted, where their process does not count itself.
CREATE TABLE journal_position (file TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
`;

/** What kind of instrument a series came from, for when no bucket of it is left: see `bucket.kind`. */
export const KIND_OF_SERIES = 'ALTER TABLE series ADD COLUMN kind INTEGER';
