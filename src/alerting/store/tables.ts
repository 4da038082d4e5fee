// The tables of this folder in alerts.db: rules and their evaluation. Times are milliseconds since the epoch.

export const EVALUATION_TABLES = `
-- Rules of the command line. Those of the configuration file are not here, and go before one of the same name.
CREATE TABLE rule (
  name TEXT PRIMARY KEY,
  -- A RuleInput as JSON.
  body TEXT NOT NULL,
  created_millis INTEGER NOT NULL,
  updated_millis INTEGER NOT NULL
) WITHOUT ROWID;

-- Counters by which a process sees that something has changed: 'rule', 'bucket'.
CREATE TABLE revision (what TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO revision VALUES ('rule', 0), ('bucket', 0);
CREATE TRIGGER rule_inserted AFTER INSERT ON rule BEGIN UPDATE revision SET value = value + 1 WHERE what = 'rule'; END;
CREATE TRIGGER rule_updated AFTER UPDATE ON rule BEGIN UPDATE revision SET value = value + 1 WHERE what = 'rule'; END;
CREATE TRIGGER rule_deleted AFTER DELETE ON rule BEGIN UPDATE revision SET value = value + 1 WHERE what = 'rule'; END;

-- Who measures: a process (or worker thread), by the name under which it writes its journal.
CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  writer TEXT NOT NULL UNIQUE,
  started_millis INTEGER NOT NULL,
  -- Up to when what it measured is in its buckets.
  counted_millis INTEGER NOT NULL
);

-- What is looked at: series of a metric that pass a filter, told apart by some labels, in buckets of one width.
CREATE TABLE selection (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  created_millis INTEGER NOT NULL,
  used_millis INTEGER NOT NULL
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
  series INTEGER NOT NULL,
  source INTEGER NOT NULL,
  start_millis INTEGER NOT NULL,
  -- The value of revision 'bucket' when it was last written.
  change INTEGER NOT NULL,
  -- 0: amounts that add up (counters, histograms); 1: readings of which the newest is the present one, that add up over sources (up-down
  -- counters); 2: readings that are the same thing seen by several sources (gauges).
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
  PRIMARY KEY (series, source, start_millis)
) WITHOUT ROWID;
CREATE INDEX bucket_by_change ON bucket (change);

-- The one process that evaluates and tells people. A holder whose beat stands still is taken for dead.
CREATE TABLE lease (
  id INTEGER PRIMARY KEY CHECK (id = 1),
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
  state TEXT NOT NULL CHECK (state IN ('pending', 'firing', 'resolved')),
  -- When the condition began to hold.
  active_millis INTEGER NOT NULL,
  -- When it began to fire; null while pending.
  fired_millis INTEGER,
  -- Since when it fires only because of keepFiringFor; null otherwise.
  kept_millis INTEGER,
  resolved_millis INTEGER,
  -- The Alert as JSON, as of the last evaluation that changed its state or, now and then, its value.
  alert TEXT NOT NULL
) WITHOUT ROWID;
`;
