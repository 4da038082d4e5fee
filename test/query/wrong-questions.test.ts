// Code without types asks with what no question may have: it is told what is wrong, and gets no answer about something else.
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { type Journal } from '../../src/query/journal.ts';
import { openJournal } from '../../src/runtime/open-journal.ts';
import { callLine, writeJournal } from '../support/journal-builder.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

type Name = Exclude<keyof Journal, 'dir' | 'close' | 'export'>;

/** The question, what it is asked with, and what it is told. */
const WRONG: readonly (readonly [Name, readonly unknown[], string])[] = [
  ['stats', ['x'], 'stats(question): it must be an object, not "x". Options here: since, until, workflow, model,'],
  ['stats', [null], 'stats(question): it must be an object, not null.'],
  ['stats', [new Date(0)], 'stats(question): it must be an object, not a Date.'],
  ['stats', [{ sinse: '7d' }], 'stats(question): there is no option "sinse". Options here: since, until,'],
  ['stats', [{ since: Number.NaN }], '"since" must be milliseconds since the epoch, a Date, or a text such as "7d",'],
  ['stats', [{ since: new Date('x') }], ', not an invalid Date.'],
  ['stats', [{ until: true }], 'stats(question): "until" must be milliseconds'],
  ['stats', [{ since: 'tomorrow' }], '"tomorrow" is no point in time.'],
  ['stats', [{ by: 'model' }], '"by" must be a list out of model, provider, workflow, tier, day, not "model".'],
  [
    'stats',
    [{ by: ['day', 'x'] }],
    '"by" must be a list out of model, provider, workflow, tier, day, not ["day", "x"].',
  ],
  ['prompts', [{ prompt: 5 }], 'prompts(question): "prompt" must be a name or a list of names, not 5.'],
  ['workflows', [{ workflow: [null] }], '"workflow" must be a name or a list of names, not [null].'],
  ['agents', [{ agents: 'x' }], 'agents(question): there is no option "agents".'],
  ['cache', [{ onlyErrors: 'no' }], 'cache(question): "onlyErrors" must be true or false, not "no".'],
  [
    'models',
    [{ where: 'a=b' }],
    'models(question): "where" must be an object of attributes and their values as texts,',
  ],
  ['models', [{ where: { shard: 1 } }], '{ region: "eu", shard: ["1", "2"] }, not an object.'],
  [
    'users',
    [{ timeZone: 'Mars/Base' }],
    '"timeZone" must be "UTC", or a name such as "Europe/Berlin", not "Mars/Base".',
  ],
  ['users', [{ onProgress: true }], '"onProgress" must be a function, not true.'],
  ['timeline', [{ by: 'week' }], 'timeline(question): "by" must be one of day, hour, not "week".'],
  ['top', [{ by: 'x' }], 'top(question): "by" must be one of cost, duration, errors, not "x".'],
  ['top', [{ limit: -1 }], 'top(question): "limit" must be a whole number from 0 on, or Infinity, not -1.'],
  ['top', [{ limit: 1.5 }], ', not 1.5.'],
  [
    'savings',
    [],
    'savings(question): "premium" is missing. It must be the model to compare with: a name such as "gpt-4o"',
  ],
  ['savings', [{ premium: { name: 'gpt-4o' } }], 'savings(question): "premium" must be the model to compare with'],
  ['compare', [], 'compare(question): "first" is missing. It must be an object that says which calls'],
  ['compare', [{ first: {} }], 'compare(question): "second" is missing.'],
  ['compare', [{ first: 'a', second: 'b' }], 'compare(question): "first" must be an object that says which calls'],
  ['compare', [{ first: {}, second: { modl: 'b' } }], '"second" of compare(question): there is no option "modl".'],
  ['compare', [{ first: { where: {} }, second: {} }], '"first" of compare(question): there is no option "where".'],
  ['import', [], "import(files): it must be a list of paths, as in import(['calls.jsonl']), not undefined."],
  ['import', ['file.jsonl'], 'not "file.jsonl".'],
  ['import', [['file.jsonl'], { hash: 1 }], 'import(files, options): there is no option "hash".'],
  ['reset', [{ since: '7d' }], 'reset(options): there is no option "since". Options here: until, timeZone.'],
];

describe('a question that cannot be asked', () => {
  after(removeTempDirs);

  for (const [name, args, message] of WRONG) {
    it(`is told: ${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')}): ${message}`, async () => {
      const dir = tempDir();
      writeJournal(dir, [callLine()]);
      const journal = openJournal({ dir });
      const ask = journal[name] as (...given: unknown[]) => Promise<unknown>;
      const answer = await ask.apply(journal, [...args]).catch((error: unknown) => error);
      expect(answer).to.be.an('error').with.property('message').that.includes(message);
      if (!message.includes('no point in time')) expect(answer).to.be.instanceOf(TypeError);
      // It is asked in vain only, and can be asked again.
      expect((await journal.stats({ since: undefined })).totals.calls).to.equal(1);
      await journal.close();
    });
  }

  it('is told by an export when it is read', async () => {
    const journal = openJournal({ dir: tempDir() });
    const wrong = (question: object): Promise<unknown> =>
      text(journal.export(question)).catch((error: unknown) => error);
    expect(await wrong({ of: 'spans' }))
      .to.be.an('error')
      .with.property('message')
      .that.includes('one of calls, runs');
    expect(await wrong({ fromat: 'csv' }))
      .to.be.an('error')
      .with.property('message')
      .that.includes('"fromat"');
  });

  it('has no journal', () => {
    const open = openJournal as (options: unknown) => Journal;
    expect(() => open('vitals')).to.throw(TypeError, 'openJournal(options): write openJournal({ dir: "vitals" }).');
    expect(() => open({ dir: 5 })).to.throw(
      TypeError,
      'openJournal(options): "dir" must be the path of a data directory, not 5.',
    );
    expect(() => open({ directory: 'x' })).to.throw(TypeError, 'there is no option "directory". Options here: dir.');
    expect(open({ dir: undefined }).dir).to.be.a('string');
  });
});
