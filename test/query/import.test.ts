import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Imported } from '../../src/query/import/import-files.ts';
import { openJournal } from '../../src/runtime/open-journal.ts';
import * as names from '../../src/semconv.ts';
import { runBuiltCli } from '../support/cli.ts';
import { callLine, spanOf, traceLine, writeJournal } from '../support/journal-builder.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const entry = (seq: number, more: object = {}): string =>
  JSON.stringify({
    v: 1,
    ts: '2026-03-01T10:00:00.250Z',
    seq,
    workflow: 'triage',
    stage: 'classify',
    tier: 'cheap',
    model: 'gpt-4o-mini',
    provider: 'openai',
    cost: 0.0021,
    tokens: { input: 1000, output: 50 },
    cache: { hit: false },
    duration_ms: 1234.5,
    user_id: 'alice@example.com',
    prompt_cache: { hit: true, creation_tokens: 0, read_tokens: 800 },
    ...more,
  });

describe('import', () => {
  after(removeTempDirs);

  function usageLog(...lines: string[]): string {
    const path = join(tempDir(), 'usage.jsonl');
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    return path;
  }

  async function importInto(dir: string, ...paths: string[]): Promise<Imported> {
    const journal = openJournal({ dir });
    const imported = await journal.import(paths, { hashUser: (id) => `hash-of-${id.length}` });
    await journal.close();
    return imported;
  }

  it('takes each entry of a usage log once, however often and in however many files it comes', async () => {
    const dir = tempDir();
    const log = usageLog(
      entry(1),
      entry(2),
      entry(2),
      'no JSON',
      entry(3, { cache: { hit: true, type: 'semantic' }, cost: 0 }),
    );
    const first = { calls: 4, runs: 0, alreadyThere: 0, otherSpans: 0, lines: 5, unknownLines: 1 };
    expect(await importInto(dir, log, log)).to.deep.equal({ ...first, alreadyThere: 4, lines: 10, unknownLines: 2 });
    expect(await importInto(dir, log)).to.deep.equal({ ...first, calls: 0, alreadyThere: 4 });
    appendFileSync(log, `${entry(4)}\n`);
    expect(await importInto(dir, log)).to.include({ calls: 1, alreadyThere: 4 });

    const journal = openJournal({ dir });
    const { totals, by } = await journal.stats({ timeZone: 'UTC' });
    expect(totals).to.deep.include({
      calls: 5,
      // Not those of the hit: no provider had them.
      tokens: { input: 4000, output: 200, cacheRead: 3200, cacheCreation: 0, reasoning: 0, total: 4200 },
      latencyMillis: { avg: 1234.5, p50: 1234.5, p95: 1234.5, p99: 1234.5 },
    });
    expect(totals.costUsd?.total).to.equal(0.0084);
    expect(by.day?.map(({ key }) => key)).to.deep.equal(['2026-03-01']);
    expect(by.tier?.map(({ key }) => key)).to.deep.equal(['cheap']);
    const { caches } = await journal.savings({ premium: 'gpt-4o' });
    // 1,000 at $0.15 and 50 at $0.60 a million.
    expect(caches).to.include({ ownCacheHits: 1, ownCacheUnknownHits: 0, ownCacheUsd: 0.00018 });
    expect((await journal.cache()).totals).to.include({ calls: 4, inputTokens: 4000, hitRate: 0.8 });
    expect((await journal.users()).users.map(({ userHash }) => userHash)).to.deep.equal(['hash-of-17']);
    await journal.close();
    const written = readdirSync(join(dir, 'journal')).map((name) => readFileSync(join(dir, 'journal', name), 'utf8'));
    expect(written.join('')).to.not.include('alice');
  });

  it("takes calls and runs of a collector's file, of any layout, and prices what has no price", async () => {
    const dir = tempDir();
    const ours = callLine({ cost: 1 });
    writeJournal(dir, [ours]);
    const call = spanOf({ model: 'gpt-4o', input: 1000, output: 100, integersAsText: true });
    const run = spanOf({
      attributes: { [names.GEN_AI_OPERATION_NAME]: 'invoke_agent', [names.GEN_AI_AGENT_NAME]: 'a' },
    });
    const other = spanOf({ attributes: { [names.GEN_AI_OPERATION_NAME]: 'execute_tool' } });
    const scopes = [
      { scope: { name: 'one' }, spans: [call, other] },
      { scope: { name: 'two' }, spans: [run, spanOf({ model: 'no-such-model', input: 1 })] },
    ];
    const log = usageLog(
      ours,
      JSON.stringify({ resourceSpans: [{ scopeSpans: scopes }, { resource: {}, scopeSpans: [{ spans: [] }] }] }),
      traceLine(),
    );
    const expected = { calls: 2, runs: 1, alreadyThere: 1, otherSpans: 1, lines: 3, unknownLines: 0 };
    expect(await importInto(dir, log)).to.deep.equal(expected);
    expect(await importInto(dir, log)).to.deep.equal({ ...expected, calls: 0, runs: 0, alreadyThere: 4 });
    const journal = openJournal({ dir });
    const { totals } = await journal.stats();
    // $2.50 and $10 a million.
    expect(totals.costUsd?.total).to.equal(1 + 0.0035);
    expect(totals).to.include({ calls: 3, unpricedCalls: 1 });
    expect((await journal.agents()).totals.runs).to.equal(1);
    await journal.close();
  });

  it('prices what is cached for one hour at its price, where the file says so', async () => {
    const dir = tempDir();
    const attributes = {
      [names.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS]: 1000,
      [names.ANTHROPIC_USAGE_CACHE_CREATION_1H]: 800,
    };
    const call = { model: 'claude-3-5-haiku-20241022', provider: 'anthropic', input: 1000, output: 0 };
    await importInto(dir, usageLog(callLine({ ...call, attributes })));
    const journal = openJournal({ dir });
    // $1 a million for five minutes, $1.60 for an hour.
    expect((await journal.stats()).totals.costUsd).to.include({ cacheWrite: 0.00148, total: 0.00148 });
    // On the premium model, too: $18.75 and $30.
    expect((await journal.savings({ premium: 'claude-opus-4-1' })).routing.premiumUsd).to.equal(0.02775);
    // In one that says nothing of it nobody can tell.
    await importInto(
      dir,
      usageLog(
        entry(1, {
          model: 'claude-3-5-haiku-20241022',
          provider: 'anthropic',
          cost: undefined,
          tokens: { input: 1000, output: 0 },
          prompt_cache: { hit: false, creation_tokens: 1000, read_tokens: 0 },
        }),
      ),
    );
    expect((await journal.stats()).totals.costUsd?.cacheWrite).to.equal(0.00248);
    await journal.close();
  });

  it('takes nothing private along, and understands how others name what they measure', async () => {
    const dir = tempDir();
    const secret = 'the patient is called Miriam';
    const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
    const number = (key: string, intValue: string): object => ({ key, value: { intValue } });
    const base = { kind: 3, startTimeUnixNano: '1767225600000000000', endTimeUnixNano: '1767225601000000000' };
    const id = (n: number): object => ({
      traceId: `${n}`.padStart(32, '0'),
      spanId: `${n}`.padStart(16, '0'),
      ...base,
    });
    const spans = [
      {
        ...id(1),
        name: 'ChatCompletion',
        attributes: [
          text('openinference.span.kind', 'LLM'),
          text('llm.model_name', 'gpt-4o'),
          text('llm.provider', 'openai'),
          number('llm.token_count.prompt', '1000'),
          number('llm.token_count.completion', '100'),
          text('input.value', secret),
          text('llm.input_messages.0.message.content', secret),
          text('user.id', 'miriam@example.com'),
        ],
        events: [{ timeUnixNano: '1', name: 'gen_ai.user.message', attributes: [text('content', secret)] }],
        status: { code: 2, message: secret },
      },
      {
        ...id(2),
        name: 'openai.chat',
        attributes: [
          text('llm.request.type', 'chat'),
          text('gen_ai.system', 'openai'),
          text('gen_ai.request.model', 'gpt-4o'),
          number('gen_ai.usage.prompt_tokens', '1000'),
          number('gen_ai.usage.completion_tokens', '100'),
          text('gen_ai.prompt.0.content', secret),
          text('gen_ai.completion.0.content', secret),
        ],
      },
      {
        ...id(3),
        name: 'chat gpt-4o',
        attributes: [
          text(names.GEN_AI_OPERATION_NAME, 'chat'),
          text(names.GEN_AI_PROVIDER_NAME, 'openai'),
          text(names.GEN_AI_REQUEST_MODEL, 'gpt-4o'),
          number(names.GEN_AI_USAGE_INPUT_TOKENS, '1000'),
          number(names.GEN_AI_USAGE_OUTPUT_TOKENS, '100'),
          text('gen_ai.input.messages', JSON.stringify([{ role: 'user', content: secret }])),
          {
            key: 'gen_ai.output.messages',
            value: { arrayValue: { values: [{ kvlistValue: { values: [text('a', secret)] } }] } },
          },
          text('enduser.id', 'miriam@example.com'),
        ],
      },
    ];
    const log = usageLog(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ scope: { name: 'theirs' }, spans }] }] }));
    const journal = openJournal({ dir });
    expect(await journal.import([log])).to.include({ calls: 3, otherSpans: 0 });
    const { totals, by } = await journal.stats();
    expect(by.model?.map(({ key, totals: { calls } }) => [key, calls])).to.deep.equal([['gpt-4o', 3]]);
    expect(by.provider?.map(({ key, totals: { calls } }) => [key, calls])).to.deep.equal([['openai', 3]]);
    expect(totals.tokens).to.include({ input: 3000, output: 300 });
    expect(totals.errors).to.equal(1);
    // $2.50 and $10 a million, of the two that were answered and the one that failed after it.
    expect(totals.costUsd?.total).to.equal(0.0105);
    expect((await journal.users()).users.map(({ userHash }) => userHash)[0]).to.match(/^[0-9a-f]{16}$/);
    await journal.close();
    const written = readdirSync(join(dir, 'journal')).map((name) => readFileSync(join(dir, 'journal', name), 'utf8'));
    expect(written.join('')).to.not.match(/miriam/i);
  });

  it('is a command', async () => {
    const dir = tempDir();
    const { code, stdout } = await runBuiltCli(['import', '--json', '--dir', dir, usageLog(entry(1))]);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ dir, calls: 1, unknownLines: 0 });
    expect((await runBuiltCli(['import', '--dir', dir, usageLog('{}')])).code).to.equal(1);
    const missing = await runBuiltCli(['import', '--dir', dir, join(dir, 'no.jsonl')]);
    expect([missing.code, missing.stderr]).to.deep.equal([
      1,
      `error: Cannot read ${join(dir, 'no.jsonl')}: there is no such file or directory.\n`,
    ]);
  });
});
