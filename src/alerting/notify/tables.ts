// The tables of this folder in alerts.db: a migration of that file. Who opens the file runs it (see `DatabaseOptions.migrations`).

export const NOTIFY_TABLES = `
-- Series that fire, or that have stopped and of which somebody is still to be told.
CREATE TABLE alert (
  fingerprint TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  state TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  cooldown_millis INTEGER NOT NULL,
  -- The whole Alert, as JSON.
  body TEXT NOT NULL
) WITHOUT ROWID;

-- What one channel has been told of one alert, and when it is to be told again.
CREATE TABLE telling (
  channel TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  group_key TEXT NOT NULL,
  -- NULL: nothing to tell.
  due_at INTEGER,
  -- NULL: never told. 'trying': somebody began to tell that it fires, and may have or not.
  told_state TEXT,
  told_starts_at INTEGER,
  told_at INTEGER,
  PRIMARY KEY (channel, fingerprint)
) WITHOUT ROWID;
CREATE INDEX telling_due ON telling (due_at, channel, group_key) WHERE due_at IS NOT NULL;
CREATE INDEX telling_alert ON telling (fingerprint);

-- One message to one channel: who sends it now, and when it is tried again.
CREATE TABLE notification (
  channel TEXT NOT NULL,
  group_key TEXT NOT NULL,
  -- Of the process that sends; NULL: nobody.
  claim TEXT,
  claimed_until INTEGER,
  -- What is being sent and by whom, as JSON.
  in_flight TEXT,
  -- Failures since the last success.
  failures INTEGER NOT NULL DEFAULT 0,
  failing_since INTEGER,
  next_try_at INTEGER NOT NULL DEFAULT 0,
  last_told_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (channel, group_key)
) WITHOUT ROWID;

-- Channels that were added by command. The specification holds its secrets: this file is private to its user.
CREATE TABLE channel (
  name TEXT PRIMARY KEY,
  spec TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE silence (
  id TEXT PRIMARY KEY,
  matchers TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  comment TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE history (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  rule TEXT,
  channel TEXT,
  -- What depends on the kind, as JSON.
  entry TEXT NOT NULL
);
CREATE INDEX history_at ON history (at);
`;
