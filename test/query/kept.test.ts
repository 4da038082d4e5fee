import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { IndexStore } from '../../src/query/index/index-store.ts';
import { KINDS, layoutOf } from '../../src/query/index/layout.ts';
import { type ParsedPiece, parsePiece } from '../../src/query/index/parse-piece.ts';
import * as names from '../../src/semconv.ts';
import { spanOf, traceLine } from '../support/journal-builder.ts';
import { smallJournalSpans } from '../support/small-journal.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

/** What the small journal lacks of all that is kept of a call. */
const REST = {
  [names.GEN_AI_RESPONSE_MODEL]: 'gpt-5-2026-11-01',
  [names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK]: 0.125,
  [names.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS]: 100,
  [names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS]: 50,
  [names.ANTHROPIC_USAGE_CACHE_CREATION_1H]: 20,
  [names.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS]: 7,
  [names.AGENT_VITALS_COST_USD_CACHE_WRITE]: 0.0625,
};

function keptOfAll(): ParsedPiece {
  const at = Date.UTC(2026, 10, 2, 10);
  const spans = [
    ...smallJournalSpans(),
    spanOf({ at, model: 'gpt-5', input: 1000, output: 10, cost: 0.25, attributes: REST }),
    spanOf({ at, attributes: { [names.AGENT_VITALS_OUTCOME]: undefined, [names.ERROR_TYPE]: '429' } }),
  ];
  // Ids are counted up through all tests of a process.
  const lines = spans.map((span, number) =>
    traceLine({ ...span, traceId: String(number).padStart(32, '0'), spanId: String(number).padStart(16, '0') }),
  );
  return parsePiece(Buffer.from(lines.map((line) => `${line}\n`).join('')), 0);
}

/** Of the tables, and of all that lies in them of a piece. */
function digestOf(schema: string, { chunks }: ParsedPiece): string {
  const hash = createHash('sha256').update(schema);
  for (const { columns, ends, ...words } of chunks) {
    hash.update(JSON.stringify(words)).update(ends);
    for (const [name, bytes] of columns) hash.update(name).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}

describe('what the index keeps', () => {
  after(removeTempDirs);

  it('is what its version says', () => {
    const path = join(tempDir(), 'index.db');
    new IndexStore(path).close();
    const database = new DatabaseSync(path);
    const schema = database.prepare('SELECT sql FROM sqlite_schema ORDER BY name').all();
    const version = database.prepare('PRAGMA user_version').get()?.user_version;
    database.close();
    expect(
      { version, digest: digestOf(JSON.stringify(schema), keptOfAll()) },
      'An index that is there would be read as what it is not: add a version in index-store.ts, and put it and the digest here',
    ).to.deep.equal({ version: 1, digest: '2d3d1230f8cf4efb' });
  });

  it('has something of each column in that test', () => {
    const found = new Set(
      keptOfAll().chunks.flatMap(({ kind, columns }) => [...columns.keys()].map((name) => `${kind} ${name}`)),
    );
    const missing = KINDS.flatMap((kind) =>
      Object.keys(layoutOf(kind).numbers).map((name) => `${kind} ${name}`),
    ).filter((name) => !found.has(name));
    expect(missing).to.deep.equal([]);
  });
});
