import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { parquetReadObjects } from 'hyparquet';
import { openJournal } from '../../src/runtime/open-journal.ts';
import * as names from '../../src/semconv.ts';
import { callLine, writeJournal } from '../support/journal-builder.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('a journal in code', () => {
  after(removeTempDirs);

  function someJournal(): string {
    const dir = tempDir();
    writeJournal(dir, [callLine({ model: 'a', workflow: 'w' }), callLine({ model: 'b' }), 'torn'], 'traces-1.jsonl');
    writeJournal(dir, ['{}'], 'metrics-1.jsonl');
    return dir;
  }

  describe('export', () => {
    it('gives a call a line, then what was exported', async () => {
      const parts = openJournal({ dir: someJournal() }).export({ model: 'b' });
      let lines = '';
      let next = await parts.next();
      for (; !next.done; next = await parts.next()) lines += String(next.value);
      expect(JSON.parse(lines)).to.include({ requestModel: 'b', workflow: null });
      expect(next.value).to.deep.include({ calls: 1, lines: 1 });
      expect(next.value.journal).to.include({ files: 1, lines: 3, corruptLines: 1 });
    });

    it('gives CSV, the lines of the journal, and Parquet', async () => {
      const dir = someJournal();
      const journal = openJournal({ dir });
      const rows = (await text(journal.export({ format: 'csv', where: { 'gen_ai.workflow.name': 'w' } }))).trimEnd();
      expect(rows.split('\r\n')).to.have.length(2);
      const lines = await text(journal.export({ format: 'otlp', workflow: 'w' }));
      expect(lines).to.equal(`${readFileSync(join(dir, 'journal', 'traces-1.jsonl'), 'utf8').split('\n')[0]}\n`);
      const bytes: Uint8Array[] = [];
      for await (const part of journal.export({ format: 'parquet' })) bytes.push(part as Uint8Array);
      const calls = await parquetReadObjects({ file: Uint8Array.from(Buffer.concat(bytes)).buffer });
      expect(calls.map(({ request_model }) => request_model)).to.deep.equal(['a', 'b']);
    });

    it('makes no unknown cost 0, in no format', async () => {
      const dir = tempDir();
      const input = { [names.AGENT_VITALS_COST_USD_INPUT]: 0.25 };
      const lines = [callLine({ input: 1 }), callLine({ input: 1, cost: 0.5, attributes: input })];
      writeJournal(dir, lines);
      const journal = openJournal({ dir });
      const records = (await text(journal.export())).trimEnd().split('\n');
      expect(records.map((record) => (JSON.parse(record) as { costUsd: object | null }).costUsd)).to.deep.equal([
        null,
        { total: 0.5, input: 0.25, cacheRead: null, cacheWrite: null, output: null },
      ]);
      const [header = '', ...rows] = (await text(journal.export({ format: 'csv' }))).trimEnd().split('\r\n');
      const columns = header.split(',').flatMap((name, index) => (name.startsWith('cost_usd') ? [index] : []));
      const cells = rows.map((row) => columns.map((index) => row.split(',')[index]));
      expect(cells).to.deep.equal([
        ['', '', '', '', ''],
        ['0.5', '0.25', '', '', ''],
      ]);
      const bytes: Uint8Array[] = [];
      for await (const part of journal.export({ format: 'parquet' })) bytes.push(part as Uint8Array);
      const calls = await parquetReadObjects({ file: Uint8Array.from(Buffer.concat(bytes)).buffer });
      expect(calls.map((call) => [call.cost_usd, call.cost_usd_input, call.cost_usd_output])).to.deep.equal([
        [null, null, null],
        [0.5, 0.25, null],
      ]);
      expect(await text(journal.export({ format: 'otlp' }))).to.equal(`${lines.join('\n')}\n`);
    });

    it('tells progress, and refuses a format it does not know', async () => {
      const journal = openJournal({ dir: someJournal() });
      const seen: number[][] = [];
      await text(journal.export({ onProgress: (...bytes) => seen.push(bytes) }));
      const [read, total] = seen.at(-1) ?? [];
      expect(read).to.equal(total).and.above(0);
      const failure = await text(journal.export({ format: 'xml' as 'csv' })).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(RangeError).with.property('message').that.includes('jsonl, csv, parquet, otlp');
      expect(await text(openJournal({ dir: join(tempDir(), 'none') }).export())).to.equal('');
    });
  });

  describe('reset', () => {
    it('removes the journal and its index, says how much that was, and can be asked again', async () => {
      const dir = someJournal();
      const journal = openJournal({ dir });
      expect((await journal.stats()).totals.calls).to.equal(2);
      const { bytes, ...rest } = await journal.reset();
      expect(rest).to.deep.equal({ files: 2, entries: 4, left: [] });
      expect(bytes).to.be.above(100);
      expect(readdirSync(join(dir, 'journal'))).to.deep.equal([]);
      expect(existsSync(join(dir, 'index.db'))).to.equal(false);
      writeJournal(dir, [callLine()], 'traces-2.jsonl');
      expect((await journal.stats()).totals.calls).to.equal(1);
      await journal.close();
    });

    it('keeps what was written since "until"', async () => {
      const dir = someJournal();
      const journal = openJournal({ dir });
      const monday = new Date('2026-11-02T12:00:00Z');
      utimesSync(join(dir, 'journal', 'traces-1.jsonl'), monday, monday);
      expect(await journal.reset({ until: '2026-11-02', timeZone: 'UTC' })).to.include({ files: 1, entries: 3 });
      expect(readdirSync(join(dir, 'journal'))).to.deep.equal(['metrics-1.jsonl']);
      expect(await journal.reset({ until: '2026-11-02' })).to.deep.include({ files: 0, entries: 0, bytes: 0 });
    });
  });
});
