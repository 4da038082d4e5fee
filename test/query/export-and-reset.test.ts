import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { parquetReadObjects } from 'hyparquet';
import { type ExportParts } from '../../src/query/export/export-format.ts';
import { type ExportQuestion, type Journal, type ResetOptions } from '../../src/query/journal.ts';
import { openJournal } from '../../src/runtime/open-journal.ts';
import * as names from '../../src/semconv.ts';
import { callLine, writeJournal } from '../support/journal-builder.ts';
import { writeSmallJournal } from '../support/small-journal.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

describe('a journal in code', () => {
  after(removeTempDirs);

  function someJournal(): string {
    const dir = tempDir();
    writeJournal(dir, [callLine({ model: 'a', workflow: 'w' }), callLine({ model: 'b' }), 'torn'], 'traces-1.jsonl');
    writeJournal(dir, ['{}'], 'metrics-1.jsonl');
    return dir;
  }

  async function parquetRows(parts: ExportParts): Promise<Record<string, unknown>[]> {
    const bytes: Uint8Array[] = [];
    for await (const part of parts) bytes.push(part as Uint8Array);
    return parquetReadObjects({ file: Uint8Array.from(Buffer.concat(bytes)).buffer });
  }

  describe('export', () => {
    it('gives a call a line, then what was exported', async () => {
      const parts = openJournal({ dir: someJournal() }).export({ model: 'b' });
      let lines = '';
      let next = await parts.next();
      for (; !next.done; next = await parts.next()) lines += next.value;
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
      const calls = await parquetRows(journal.export({ format: 'parquet' }));
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
      const calls = await parquetRows(journal.export({ format: 'parquet' }));
      expect(calls.map((call) => [call.cost_usd, call.cost_usd_input, call.cost_usd_output])).to.deep.equal([
        [null, null, null],
        [0.5, 0.25, null],
      ]);
      expect(await text(journal.export({ format: 'otlp' }))).to.equal(`${lines.join('\n')}\n`);
    });

    it('gives runs with all their figures, typed, and the same filters', async () => {
      const dir = tempDir();
      writeSmallJournal(dir);
      const journal = openJournal({ dir });
      const records = async (question: ExportQuestion): Promise<Record<string, unknown>[]> =>
        (await text(journal.export({ ...question, of: 'runs' })))
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      const runs = await records({});
      expect(runs.map(({ kind }) => kind)).to.have.members([
        ...Array.from({ length: 2 }, () => 'agent'),
        ...Array.from({ length: 24 }, () => 'prompt'),
        ...Array.from({ length: 3 }, () => 'workflow'),
      ]);
      expect(await records({ model: 'none' })).to.deep.equal([]);
      expect(await records({ prompt: 'classify', promptVariant: 'xml', onlyErrors: true })).to.have.length(1);
      expect(await records({ agent: 'scout', until: '2026-11-03T12:00', timeZone: 'UTC' })).to.have.length(1);
      expect(await records({ where: { [names.GEN_AI_AGENT_NAME]: 'scout' } })).to.have.length(2);

      const question = { of: 'runs', since: '2026-11-02T10:00', until: '2026-11-02', timeZone: 'UTC' } as const;
      expect(await records(question)).to.deep.equal([
        {
          time: '2026-11-02T10:00:00.000Z',
          kind: 'workflow',
          durationMillis: 5000,
          name: 'support',
          version: null,
          variant: null,
          outcome: 'completed',
          promptOutcome: null,
          errorType: null,
          workflow: 'support',
          agent: null,
          prompt: null,
          userHash: 'b2b2b2b2b2b2b2b2',
          calls: 3,
          cacheHits: 0,
          toolCalls: 0,
          errors: 1,
          inputTokens: 30_000,
          outputTokens: 3000,
          costUsd: 0.0261,
          unpricedCalls: 0,
          retries: 1,
          fallbacks: [{ from: 'gpt-4o', to: 'claude-3-5-haiku-20241022' }],
          models: [],
          providers: [],
          stages: ['triage', 'answer'],
          skippedStages: [],
          traceId: runs[1]?.traceId,
          spanId: runs[1]?.spanId,
        },
      ]);
      const rows = (await text(journal.export({ ...question, format: 'csv' }))).trimEnd().split('\r\n');
      const header = rows[0]?.split(',') ?? [];
      // A column for each key of the record.
      const columns = Object.keys(runs[0] ?? {}).map((key) =>
        key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      );
      expect(header.toSorted()).to.deep.equal(columns.sort());
      expect(rows).to.have.length(2);
      expect(rows[1]).to.include(
        '"[{""from"":""gpt-4o"",""to"":""claude-3-5-haiku-20241022""}]",[],[],"[""triage"",""answer""]",[]',
      );
      const [row] = await parquetRows(journal.export({ ...question, format: 'parquet' }));
      expect(Object.keys(row ?? {})).to.deep.equal(header);
      expect(row).to.deep.include({
        kind: 'workflow',
        calls: 3n,
        errors: 1n,
        cost_usd: 0.0261,
        version: null,
        time: new Date('2026-11-02T10:00:00Z'),
        fallbacks: [{ from: 'gpt-4o', to: 'claude-3-5-haiku-20241022' }],
        stages: ['triage', 'answer'],
        skipped_stages: [],
      });
    });

    it('gives lines that answer the same questions where they are imported', async () => {
      const dir = tempDir();
      writeSmallJournal(dir);
      const ask = async (journal: Journal, question: ExportQuestion): Promise<unknown[]> => {
        const answers = [
          await journal.stats(question),
          await journal.prompts(question),
          await journal.workflows(question),
          await journal.agents(question),
          await journal.models(question),
          await journal.users(question),
        ];
        // Of another directory and other files.
        return answers.map((answer) => Object.assign(answer, { journal: undefined }));
      };
      const journal = openJournal({ dir });
      for (const question of [
        {},
        { prompt: 'classify' },
        { agent: 'scout' },
        { workflow: 'support', onlyErrors: true },
      ]) {
        const path = join(tempDir(), 'exported.jsonl');
        writeFileSync(path, await text(journal.export({ ...question, format: 'otlp' })));
        const elsewhere = openJournal({ dir: tempDir() });
        await elsewhere.import([path]);
        expect(await ask(elsewhere, question)).to.deep.equal(await ask(journal, question));
        await elsewhere.close();
      }
      const parts = journal.export({ format: 'otlp' });
      let next = await parts.next();
      while (!next.done) next = await parts.next();
      expect(next.value).to.deep.include({ calls: 36, runs: 29, lines: 65 });
      await journal.close();
    });

    it('tells progress, and refuses a format it does not know', async () => {
      const journal = openJournal({ dir: someJournal() });
      const seen: number[][] = [];
      await text(journal.export({ onProgress: (...bytes) => seen.push(bytes) }));
      const [read, total] = seen.at(-1) ?? [];
      expect(read).to.equal(total).and.above(0);
      const failure = await text(journal.export({ format: 'xml' as 'csv' })).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(TypeError).with.property('message').that.includes('jsonl, csv, parquet, otlp');
      const neither = await text(journal.export({ format: 'otlp', of: 'runs' })).catch((error: unknown) => error);
      expect(neither).to.be.instanceOf(TypeError).with.property('message').that.includes('calls and runs alike');
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
      // With nothing that it knows it would take all.
      const wrong = await journal.reset({ untill: '2026-11-02' } as ResetOptions).catch((error: unknown) => error);
      expect(wrong).to.be.instanceOf(TypeError).with.property('message').that.includes('no option "untill"');
      expect(readdirSync(join(dir, 'journal'))).to.deep.equal(['metrics-1.jsonl']);
    });
  });
});
