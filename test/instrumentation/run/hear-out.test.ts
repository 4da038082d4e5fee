import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Attributes, context, createContextKey, trace } from '@opentelemetry/api';
import { expect } from 'chai';
import { recordInference } from '../../../src/instrumentation/manual/record-inference.ts';
import { withInference } from '../../../src/instrumentation/manual/with-inference.ts';
import { withPrompt } from '../../../src/instrumentation/prompt/with-prompt.ts';
import { withWorkflow } from '../../../src/instrumentation/prompt/with-workflow.ts';
import { abandonOpenRuns } from '../../../src/instrumentation/run/run.ts';
import * as names from '../../../src/semconv.ts';
import { eventually } from '../../support/eventually.ts';
import { startPipeline, stopPipeline } from '../../support/global-pipeline.ts';
import type { Pipeline } from '../../support/pipeline.ts';
import { removeTempDirs } from '../../support/temp-dir.ts';

function call(): void {
  recordInference({
    operation: 'chat',
    provider: 'openai',
    model: 'gpt-4o',
    response: { usage: { input: 1000, output: 100 } },
  });
}

/** As the queries of knex and others: each `then` runs it once more. */
class Query implements PromiseLike<string> {
  times = 0;
  readonly #answer: () => Promise<string>;

  constructor(answer: () => Promise<string>) {
    this.#answer = answer;
  }

  limit(): this {
    return this;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is
  then: PromiseLike<string>['then'] = (...told) => this.run().then(...told);

  run(): Promise<string> {
    this.times += 1;
    return this.#answer();
  }
}

class OwnPromise<T> extends Promise<T> {
  cancel(): string {
    return 'cancelled';
  }
}

describe('a run that goes on after its function has returned', () => {
  let pipeline: Pipeline;
  beforeEach(() => {
    pipeline = startPipeline();
  });
  afterEach(() => abandonOpenRuns());
  after(() => {
    stopPipeline();
    removeTempDirs();
  });

  const ended = (prefix: string): Attributes[] =>
    pipeline.emitted.filter(({ name }) => name.startsWith(prefix)).map(({ attributes }) => attributes);
  const runs = (): Attributes[] => ended('run_prompt');
  const outcomes = (): unknown[] => runs().map((run) => run[names.AGENT_VITALS_PROMPT_OUTCOME]);
  const prompt = { name: 'p' };

  describe('with a thenable', () => {
    it('hands the very same object on, runs it no more often than it is asked, and ends as it does', async () => {
      const query = new Query(async () => {
        await Promise.resolve();
        call();
        return 'rows';
      });
      const handed = withPrompt(prompt, () => query);
      expect(handed).to.equal(query);
      await new Promise(setImmediate);
      expect([query.times, runs()]).to.deep.equal([0, []]);
      expect(await handed.limit()).to.equal('rows');
      expect(query.times).to.equal(1);
      expect(runs()[0]).to.include({
        [names.AGENT_VITALS_PROMPT_OUTCOME]: 'success',
        [names.AGENT_VITALS_RUN_CALLS]: 1,
      });
      expect(pipeline.emitted[0]?.parentSpanContext?.spanId).to.equal(pipeline.emitted[1]?.spanContext().spanId);
      // It was heard once, and is left as it was.
      expect(await query).to.equal('rows');
      expect(query.times).to.equal(2);
      expect(runs()).to.have.length(1);
    });

    const failing: [string, () => PromiseLike<unknown>][] = [
      ['a query', () => new Query(() => Promise.reject(new RangeError('secret')))],
      [
        'a promise of a class of its own',
        () => new OwnPromise((_, reject) => setImmediate(reject, new RangeError('secret'))),
      ],
      [
        'a promise of another realm',
        () =>
          runInNewContext('new Promise((_, reject) => setImmediate(() => reject(new RangeError("secret"))))', {
            setImmediate,
            RangeError,
          }) as Promise<unknown>,
      ],
      [
        'a promise with a then of its own',
        () => {
          const promise = Promise.reject(new RangeError('secret'));
          return Object.assign(promise, {
            // oxlint-disable-next-line unicorn/no-thenable -- that is what it is
            then: (...told: Parameters<Promise<unknown>['then']>) => Promise.prototype.then.apply(promise, told),
          });
        },
      ],
    ];
    for (const [what, make] of failing) {
      it(`is an error where it rejects without a call: ${what}`, async () => {
        const made = make();
        const handed = withPrompt(prompt, () => made);
        expect(handed).to.equal(made);
        const error = await new Promise((resolve) => void handed.then(undefined, resolve));
        expect(error).to.be.instanceOf(RangeError);
        expect(outcomes()).to.deep.equal(['error']);
        expect(runs()[0]?.[names.ERROR_TYPE]).to.equal('RangeError');
      });
    }

    it('leaves a rejection that nobody handles to those whose it is', async () => {
      const others = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      const unhandled: unknown[] = [];
      process.on('unhandledRejection', (error) => unhandled.push(error));
      try {
        const error = new Error('own');
        void withPrompt(prompt, () => new OwnPromise((_, reject) => reject(error)));
        withPrompt(prompt, () => OwnPromise.reject(error)).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 0));
        await new Promise(setImmediate);
        expect(unhandled).to.deep.equal([error]);
      } finally {
        process.removeAllListeners('unhandledRejection');
        for (const each of others) process.on('unhandledRejection', each);
      }
    });

    it('keeps the context of who asks: what it goes on with is no part of the run', async () => {
      const key = createContextKey('of the asker');
      const seen: unknown[] = [];
      const query = withPrompt(prompt, () => new Query(async () => String(trace.getActiveSpan() !== undefined)));
      await context.with(context.active().setValue(key, 'mine'), () =>
        query.then((within) => {
          seen.push(within, context.active().getValue(key), trace.getActiveSpan());
          call();
        }),
      );
      expect(seen).to.deep.equal(['true', 'mine', undefined]);
      expect(runs()[0]).to.include({ [names.AGENT_VITALS_RUN_CALLS]: 0 });
    });

    it('is over with its calls, and as the last of them, where nobody asks it', async () => {
      void withPrompt(prompt, () => {
        call();
        return new OwnPromise(() => undefined);
      });
      await new Promise(setImmediate);
      expect(outcomes()).to.deep.equal(['success']);
    });

    it('waits for the call that is still under way when it has settled at once', async () => {
      let answer = (): void => undefined;
      const handed = withPrompt(prompt, () => {
        void withInference({ operation: 'chat', provider: 'openai', model: 'gpt-4o' }, async (inference) => {
          await new Promise<void>((resolve) => (answer = resolve));
          inference.response({ usage: { input: 1000, output: 100 } });
        });
        return new OwnPromise((resolve) => resolve('done'));
      });
      await handed;
      await new Promise(setImmediate);
      expect(runs()).to.deep.equal([]);
      answer();
      await new Promise(setImmediate);
      expect(runs()[0]).to.include({
        [names.AGENT_VITALS_PROMPT_OUTCOME]: 'success',
        [names.AGENT_VITALS_RUN_INPUT_TOKENS]: 1000,
      });
    });

    it('is abandoned where nobody has asked it when it is forgotten, and there was no call', async () => {
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      (() => void withPrompt(prompt, () => new Query(async () => 'never')))();
      await eventually('it is forgotten', () => {
        collect();
        return runs().length > 0;
      });
      expect(outcomes()).to.deep.equal(['abandoned']);
    });

    it('is left alone where it cannot be listened to, or minds being looked at', () => {
      const refuse = (): never => {
        throw new Error('trap');
      };
      const frozen = Object.freeze(new Query(async () => 'rows'));
      // oxlint-disable-next-line unicorn/no-thenable -- that is what it is
      const getter = Object.defineProperty({}, 'then', { get: refuse });
      const proxy = new Proxy(
        {},
        { get: refuse, has: refuse, getPrototypeOf: refuse, getOwnPropertyDescriptor: refuse },
      );
      const endless: object = new Proxy({}, { getPrototypeOf: () => endless });
      for (const value of [frozen, getter, proxy, endless]) {
        expect(withPrompt(prompt, () => value) === value).to.equal(true);
        expect(withWorkflow({ stage: 's' }, () => value) === value).to.equal(true);
      }
      expect(outcomes()).to.have.length(4);
    });
  });

  describe('that hands back what ten thousand others have handed back', () => {
    const many = Array.from({ length: 10_000 }, (_, run) => run);
    const memoised = Promise.resolve('done');
    const shared = { async *[Symbol.asyncIterator]() {} };
    const endless = (async function* () {
      for (;;) yield 1;
    })();
    const lazy = new Query(async () => 'rows');
    const handed: [string, () => unknown, (value: any) => unknown][] = [
      ['a promise', () => memoised, async (value) => expect(await value).to.equal('done')],
      [
        'an iterable',
        () => shared,
        async (value) => {
          for await (const _ of value) throw new Error('it has nothing');
        },
      ],
      ['an iterable that nobody reads', () => ({ ...shared }), () => undefined],
      ['a generator without an end', () => endless, async (value) => expect((await value.next()).value).to.equal(1)],
      ['a thenable that nobody asks', () => lazy, () => undefined],
    ];
    for (const [what, make, use] of handed)
      it(`bears it: ${what}`, async () => {
        const value = make();
        for (const _ of many) {
          await use(withWorkflow({ workflow: 'w' }, ({ stage }) => stage('s', () => value)));
        }
        abandonOpenRuns();
        await use(value);
      });
  });

  it('hands a promise back with what the host has put on it', async () => {
    const handed = withPrompt(prompt, () => Object.assign(Promise.resolve('value'), { cancel: () => 'cancelled' }));
    expect(handed.cancel()).to.equal('cancelled');
    expect(await handed).to.equal('value');
    expect(outcomes()).to.deep.equal(['success']);
  });

  describe('with a generator', () => {
    async function* generate(): AsyncGenerator<number, string, string | undefined> {
      try {
        call();
        yield 1;
        await new Promise(setImmediate);
        call();
        yield 2;
        return 'end';
      } finally {
        call();
      }
    }
    function* generateAtOnce(): Generator<number> {
      call();
      yield 1;
      call();
      yield 2;
      call();
    }
    const read = async (source: AsyncIterable<number> | Iterable<number>): Promise<number[]> => {
      const all: number[] = [];
      for await (const each of source) {
        all.push(each);
        expect(trace.getActiveSpan(), 'the reader is not in the run').to.equal(undefined);
      }
      return all;
    };
    const below = (name: string): void => {
      const run = pipeline.emitted.at(-1);
      expect(run?.name).to.equal(name);
      expect(run?.attributes).to.include({
        [names.AGENT_VITALS_RUN_CALLS]: 3,
        [names.AGENT_VITALS_OUTCOME]: 'completed',
      });
      expect(pipeline.emitted.slice(0, 3).map(({ parentSpanContext }) => parentSpanContext?.spanId)).to.deep.equal(
        Array.from({ length: 3 }, () => run?.spanContext().spanId),
      );
    };

    for (const [what, make] of [
      ['an async generator', generate],
      ['a generator', generateAtOnce],
      ['what has an async iterator', () => ({ [Symbol.asyncIterator]: generate })],
      [
        'an iterator of its own',
        () => {
          const source = generate();
          return { next: () => source.next(), [Symbol.asyncIterator]: () => source };
        },
      ],
    ] as const) {
      it(`lasts until it has come to its end, with the calls made within: ${what}`, async () => {
        const made = make();
        const handed = withPrompt(prompt, () => made);
        expect(handed).to.equal(made);
        await new Promise(setImmediate);
        expect(runs()).to.deep.equal([]);
        expect(await read(handed)).to.deep.equal([1, 2]);
        below('run_prompt p');
      });
    }

    it('lasts as long where an async function hands it back', async () => {
      expect(await read(await withPrompt(prompt, async () => generate()))).to.deep.equal([1, 2]);
      below('run_prompt p');
    });

    it('lasts as long as a workflow too, and is of its stage', async () => {
      const source = withWorkflow({ workflow: 'w' }, (run) => run.stage('first', () => generate()));
      expect(await read(source)).to.deep.equal([1, 2]);
      below('invoke_workflow w');
      expect(ended('chat').map((each) => each[names.AGENT_VITALS_WORKFLOW_STAGE])).to.deep.equal([
        'first',
        'first',
        'first',
      ]);
    });

    it('passes on what it is sent, answers and throws', async () => {
      const error = new RangeError('secret');
      const echo = withPrompt(prompt, async function* (): AsyncGenerator<unknown, string, unknown> {
        yield yield 'first';
        throw error;
      });
      expect(await echo.next()).to.deep.equal({ value: 'first', done: false });
      expect(await echo.next('sent')).to.deep.equal({ value: 'sent', done: false });
      expect(await echo.next().catch((thrown: unknown) => thrown)).to.equal(error);
      expect(await echo.next()).to.deep.equal({ value: undefined, done: true });
      const thrown = withPrompt(prompt, generate);
      await thrown.next();
      expect(await thrown.throw(error).catch((other: unknown) => other)).to.equal(error);
      const atOnce = withPrompt(prompt, generateAtOnce);
      atOnce.next();
      expect(() => atOnce.throw(error)).to.throw(error);
      expect(outcomes()).to.deep.equal(['error', 'error', 'error']);
    });

    it('is cancelled where its reader leaves before the end, with the calls of its cleaning up', async () => {
      for await (const _ of withPrompt(prompt, generate)) break;
      for (const _ of withPrompt(prompt, generateAtOnce)) break;
      expect(
        runs().map((run) => [run[names.AGENT_VITALS_PROMPT_OUTCOME], run[names.AGENT_VITALS_RUN_CALLS]]),
      ).to.deep.equal([
        ['cancelled', 2],
        ['cancelled', 1],
      ]);
    });

    it('is abandoned where it is forgotten', async () => {
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      await (async () => void (await withPrompt(prompt, async () => generate()).then((source) => source.next())))();
      await eventually('it is forgotten', () => {
        collect();
        return runs().length > 0;
      });
      expect(outcomes()).to.deep.equal(['abandoned']);
    });

    it('is not that of what is read in other ways too', () => {
      const stream = new ReadableStream<number>();
      expect(withPrompt(prompt, () => stream)).to.equal(stream);
      expect(Object.hasOwn(stream, Symbol.asyncIterator)).to.equal(false);
      expect(outcomes()).to.deep.equal(['success']);
    });
  });
});
