// The windows in alerts.db: what each source measured, in buckets. A source writes its own buckets whole, so that writing twice changes nothing.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Bucket, type Kind, OWN } from '../window/bucket.ts';
import { dirtyBuckets, type Group, type Selection } from '../window/selection.ts';

/** Rows of an unused selection are kept so long: a rule that is switched off for a day has not lost its window. */
const UNUSED_MILLIS = 86_400_000;
/** How exactly it is noted that a selection is used. */
const KEPT_MILLIS = 3_600_000;
/** Longer than any window looks back. */
const FORGOTTEN_MILLIS = 60 * 86_400_000;
/** Rows that one statement removes at most: it holds the event loop. */
const PRUNED_ROWS = 100;
/** Before the name of a writer: the source of what is counted from its journal, as long as it does not count itself. */
const FOLLOWED = 'journal ';

/** Rows that are read, or passed over, at once. */
const CHANGES_AT_ONCE = 200;

/** In the order in which buckets were written: change, selection, start, series and source. */
export type Place = readonly number[];

/** Somebody whose measurements are in the buckets. */
export interface Source {
  readonly id: number;
  readonly writer: string;
  /** `null`: it never counted itself, its journal was read. */
  readonly process: string | null;
  /** Milliseconds since the epoch. */
  readonly countedMillis: number;
  readonly isOver: boolean;
}

export class WindowStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #boundsIds = new Map<string, number>();
  readonly #boundsById = new Map<number, readonly number[]>();
  /** Selections that {@link prune} has been through. */
  #pruned = 0;
  /** Series of our selections by row; `null` belongs to no selection of ours. */
  readonly #series = new Map<number, { readonly selection: Selection; readonly group: Group } | null>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** The row of a source, made when there is none. */
  source(writer: string, process: string | null, nowMillis: number): number {
    this.#run(
      'INSERT INTO source (writer, process, counted_millis) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      writer,
      process,
      nowMillis,
    );
    return Number(this.#get('SELECT id FROM source WHERE writer = ?', writer)?.id);
  }

  /** The row of what is counted from the journal of a writer; `undefined` when that counts itself by now. */
  followed(writer: string, nowMillis: number): number | undefined {
    if (this.#get('SELECT 1 FROM source WHERE writer = ? AND process IS NOT NULL', writer)) return undefined;
    return this.source(FOLLOWED + writer, null, nowMillis);
  }

  /** A writer counts all that it measures itself: what others have counted from its journal counts no more. */
  takeBack(writer: string): void {
    this.#run('UPDATE source SET is_over = 1 WHERE writer = ?', FOLLOWED + writer);
  }

  isTakenBack(source: number): boolean {
    return this.#get('SELECT is_over FROM source WHERE id = ? AND process IS NULL', source)?.is_over === 1;
  }

  sources(): Source[] {
    return this.#prepare('SELECT * FROM source')
      .all()
      .map((row) => ({
        id: Number(row.id),
        writer: String(row.writer),
        process: row.process as string | null,
        countedMillis: Number(row.counted_millis),
        isOver: row.is_over === 1,
      }));
  }

  /** What the source measured up to now is in its buckets. Says `false` when others have taken it for dead and counted from its journal. */
  counted(source: number, nowMillis: number): boolean {
    return this.#run('UPDATE source SET counted_millis = ? WHERE id = ? AND is_over = 0', nowMillis, source) > 0;
  }

  /** Nothing more will be taken from its journal. */
  over(source: number): void {
    this.#run('UPDATE source SET is_over = 1 WHERE id = ?', source);
  }

  /**
   * Finds or makes the row of a selection.
   * @param source counts for it from `fromMillis` on; the journal has what it measured before. Left out by who only evaluates.
   */
  attach(selection: Selection, nowMillis: number, source?: { readonly id: number; readonly fromMillis: number }): void {
    this.#run(
      'INSERT INTO selection (key, used_millis) VALUES ($key, $now) ON CONFLICT (key) DO UPDATE SET used_millis = $now',
      { $key: selection.key, $now: nowMillis },
    );
    selection.id = Number(this.#get('SELECT id FROM selection WHERE key = ?', selection.key)?.id);
    if (source)
      this.#run(
        'INSERT INTO coverage VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        selection.id,
        source.id,
        source.fromMillis,
      );
    if (selection.by.length === 0) for (const group of selection.groups) if (group) this.recallKind(selection, group);
    // Rows that were read before it was looked at are its own now.
    for (const [id, known] of this.#series) if (known === null) this.#series.delete(id);
  }

  /** Remembers what kind of instrument a series came from of which no bucket is left: nothing of it is 0, or no data. */
  recallKind(selection: Selection, group: Group): void {
    if (group.kind !== undefined || selection.id === undefined) return;
    const row = this.#get('SELECT kind FROM series WHERE selection = ? AND labels = ?', selection.id, group.key);
    if (typeof row?.kind === 'number') selection.recall(group, row.kind as Kind);
  }

  /** Since when a source counts for the first selections that it came to know; `undefined` before it does. */
  countsSince(source: number): number | undefined {
    const since = this.#get('SELECT min(from_millis) AS since FROM coverage WHERE source = ?', source)?.since;
    return typeof since === 'number' ? since : undefined;
  }

  /** Since when each source counts for a selection, by source. */
  coverage(selection: number): Map<number, number> {
    const rows = this.#prepare('SELECT source, from_millis FROM coverage WHERE selection = ?').all(selection);
    return new Map(rows.map((row) => [Number(row.source), Number(row.from_millis)]));
  }

  isSeeded(selection: number): boolean {
    return this.#get('SELECT is_seeded FROM selection WHERE id = ?', selection)?.is_seeded === 1;
  }

  seeded(selection: number): void {
    this.#run('UPDATE selection SET is_seeded = 1 WHERE id = ?', selection);
  }

  /** How far a file of the journal was counted, in bytes. */
  positionOf(file: string): number {
    return Number(this.#get('SELECT bytes FROM journal_position WHERE file = ?', file)?.bytes ?? 0);
  }

  setPosition(file: string, bytes: number): void {
    this.#run('INSERT OR REPLACE INTO journal_position VALUES (?, ?)', file, bytes);
  }

  /** Takes away what was counted from the journal for selections. @returns the source whose buckets their past will be in. */
  beginPast(writer: string, selections: readonly Selection[], nowMillis: number): number {
    const source = this.source(writer, null, nowMillis);
    for (const { id } of selections) {
      this.#run(
        'DELETE FROM bucket WHERE selection = ? AND source IN (SELECT id FROM source WHERE process IS NULL)',
        id,
      );
    }
    return source;
  }

  /** The number that what is written next is marked with, for others to find what is new. */
  nextChange(): number {
    return Number(this.#get("UPDATE revision SET value = value + 1 WHERE what = 'bucket' RETURNING value")?.value);
  }

  /**
   * Writes the buckets of a series that are not written yet.
   * @param source row of this process.
   */
  save(selection: Selection, group: Group, source: number, change: number): void {
    if (selection.id === undefined || group.slot === -1) return;
    group.id ??= this.#seriesId(selection.id, group);
    for (const bucket of dirtyBuckets(group)) {
      this.#write(selection.id, group.id, bucket, bucket.source === OWN ? source : bucket.source, change);
    }
  }

  /** What lay ahead of the clock has gone elsewhere; its row stays, empty, so that others see it too. */
  empty({ id: selection }: Selection, { id: series }: Group, bucket: Bucket, own: number, change: number): void {
    const source = bucket.source === OWN ? own : bucket.source;
    if (selection !== undefined && series !== undefined)
      this.#run(EMPTY, change, selection, bucket.start, series, source);
  }

  /**
   * Takes some of the buckets of other sources that were written after `after` into the selections that `find` gives.
   * @returns where to go on, `undefined` when that was all.
   */
  takeChanges(after: Place, source: number, find: (selection: number) => Selection | undefined): Place | undefined {
    // Up to there, whosever they are: of a source that has written for hours there may be millions to pass over.
    const last = this.#get(END_OF_PIECE, ...after);
    const end = last ? placeOf(last) : THE_END;
    const rows = this.#prepare(CHANGES).all(...after, ...end, source);
    for (const row of rows) {
      const owner = this.#ownerOf(Number(row.series), find);
      if (owner) owner.selection.replace(owner.group, this.#toBucket(row));
    }
    return last && end;
  }

  lastChange(): number {
    return Number(this.#get("SELECT value FROM revision WHERE what = 'bucket'")?.value);
  }

  /** A series was given up in memory. */
  forget(group: Group): void {
    if (group.id !== undefined) this.#series.delete(group.id);
  }

  /** Removes what no rule looks at any more, until `isOver`; called again it goes on. Says whether it has been through. */
  prune(selections: readonly Selection[], nowMillis: number, forgetAsOf: number, isOver: () => boolean): boolean {
    for (; this.#pruned < selections.length; this.#pruned++) {
      const { id, width, horizonMillis } = selections[this.#pruned] as Selection;
      if (id === undefined) continue;
      while (this.#run(PRUNE_BUCKETS, id, width.startOf(forgetAsOf - horizonMillis), PRUNED_ROWS) === PRUNED_ROWS) {
        if (isOver()) return false;
      }
      if (!isOver()) continue;
      this.#pruned += 1;
      return false;
    }
    this.#pruned = 0;
    // Before what is unused is looked for: after a night's sleep all look as if nobody had used them.
    this.#run(KEEP_USED, { $now: nowMillis, $ids: JSON.stringify(selections.map(({ id }) => id)) });
    this.#run(PRUNE_UNUSED, forgetAsOf - UNUSED_MILLIS, PRUNED_ROWS);
    this.#run(PRUNE_SERIES, forgetAsOf - UNUSED_MILLIS, PRUNED_ROWS);
    this.#run(PRUNE_SELECTIONS, forgetAsOf - UNUSED_MILLIS);
    this.#run('DELETE FROM source WHERE counted_millis < ?', forgetAsOf - FORGOTTEN_MILLIS);
    return true;
  }

  #ownerOf(
    id: number,
    find: (selection: number) => Selection | undefined,
  ): { selection: Selection; group: Group } | null {
    const known = this.#series.get(id);
    if (known === null || (known && known.group.slot !== -1)) return known;
    const row = this.#get('SELECT selection, labels FROM series WHERE id = ?', id);
    const selection = row && find(Number(row.selection));
    const owner = selection
      ? { selection, group: selection.groupFor(JSON.parse(String(row.labels)) as string[]) }
      : null;
    if (owner?.group.key === row?.labels && owner) owner.group.id = id;
    this.#series.set(id, owner);
    return owner;
  }

  #seriesId(selection: number, group: Group): number {
    this.#run(
      'INSERT INTO series (selection, labels, kind) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET kind = excluded.kind',
      selection,
      group.key,
      group.kind ?? null,
    );
    return Number(this.#get('SELECT id FROM series WHERE selection = ? AND labels = ?', selection, group.key)?.id);
  }

  #write(selection: number, series: number, bucket: Bucket, source: number, change: number): void {
    const { start, kind, count, sum, min, max, last, lastMillis, bounds, counts } = bucket;
    this.#prepare(WRITE).run(
      selection,
      start,
      series,
      source,
      change,
      kind,
      count,
      sum,
      Number.isFinite(min) ? min : null,
      Number.isFinite(max) ? max : null,
      last,
      lastMillis,
      bounds ? this.#boundsId(bounds) : null,
      counts ? JSON.stringify(counts) : null,
    );
  }

  #toBucket(row: Record<string, unknown>): Bucket {
    const bounds = row.bounds === null ? undefined : this.#bounds(Number(row.bounds));
    return {
      start: Number(row.start_millis),
      source: Number(row.source),
      kind: Number(row.kind) as Kind,
      count: Number(row.count),
      sum: Number(row.sum),
      min: (row.min as number | null) ?? Number.POSITIVE_INFINITY,
      max: (row.max as number | null) ?? Number.NEGATIVE_INFINITY,
      last: Number(row.last),
      lastMillis: Number(row.last_millis),
      bounds,
      counts: bounds && row.counts !== null ? (JSON.parse(row.counts as string) as number[]) : undefined,
      isDirty: false,
    };
  }

  #boundsId(bounds: readonly number[]): number {
    const body = JSON.stringify(bounds);
    let id = this.#boundsIds.get(body);
    if (id === undefined) {
      this.#run('INSERT INTO bounds (body) VALUES (?) ON CONFLICT DO NOTHING', body);
      id = Number(this.#get('SELECT id FROM bounds WHERE body = ?', body)?.id);
      this.#boundsIds.set(body, id);
    }
    return id;
  }

  #bounds(id: number): readonly number[] | undefined {
    let bounds = this.#boundsById.get(id);
    if (bounds === undefined) {
      const body = this.#get('SELECT body FROM bounds WHERE id = ?', id)?.body;
      if (body === undefined) return undefined;
      bounds = JSON.parse(body as string) as number[];
      this.#boundsById.set(id, bounds);
    }
    return bounds;
  }

  #run(sql: string, ...values: unknown[]): number {
    return Number(this.#prepare(sql).run(...(values as [])).changes);
  }

  #get(sql: string, ...values: unknown[]): Record<string, unknown> | undefined {
    return this.#prepare(sql).get(...(values as []));
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function placeOf({ change, selection, start_millis, series, source }: Record<string, unknown>): Place {
  return [change, selection, start_millis, series, source].map(Number);
}

const PLACE = 'change, selection, start_millis, series, source';
const THE_END: Place = [Number.MAX_SAFE_INTEGER, 0, 0, 0, 0];
const END_OF_PIECE = `SELECT ${PLACE} FROM bucket WHERE (${PLACE}) > (?, ?, ?, ?, ?)
  ORDER BY ${PLACE} LIMIT 1 OFFSET ${CHANGES_AT_ONCE - 1}`;
const CHANGES = `SELECT * FROM bucket WHERE (${PLACE}) > (?, ?, ?, ?, ?) AND (${PLACE}) <= (?, ?, ?, ?, ?) AND source <> ?`;
const WRITE = `INSERT INTO bucket VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET change = excluded.change, kind = excluded.kind, count = excluded.count, sum = excluded.sum, min = excluded.min,
    max = excluded.max, last = excluded.last, last_millis = excluded.last_millis, bounds = excluded.bounds, counts = excluded.counts`;
const EMPTY = `UPDATE bucket SET change = ?, count = 0, sum = 0, min = NULL, max = NULL, last_millis = 0, bounds = NULL, counts = NULL
  WHERE selection = ? AND start_millis = ? AND series = ? AND source = ?`;
const KEEP_USED = `UPDATE selection SET used_millis = $now
  WHERE abs(used_millis - $now) > ${KEPT_MILLIS} AND id IN (SELECT value FROM json_each($ids))`;
const PRUNE_BUCKETS = `DELETE FROM bucket WHERE (selection, start_millis, series, source) IN (
  SELECT selection, start_millis, series, source FROM bucket WHERE selection = ? AND start_millis < ? LIMIT ?)`;
const PRUNE_UNUSED = `DELETE FROM bucket WHERE (selection, start_millis, series, source) IN (
  SELECT selection, start_millis, series, source FROM bucket
  WHERE selection IN (SELECT id FROM selection WHERE used_millis < ?) LIMIT ?)`;
const PRUNE_SERIES = `DELETE FROM series WHERE id IN (
  SELECT id FROM series WHERE selection IN (
    SELECT id FROM selection WHERE used_millis < ? AND NOT EXISTS (SELECT 1 FROM bucket WHERE bucket.selection = selection.id)) LIMIT ?)`;
const PRUNE_SELECTIONS = `DELETE FROM selection WHERE used_millis < ?
  AND NOT EXISTS (SELECT 1 FROM series WHERE series.selection = selection.id)`;
