import type { Attributes } from '@opentelemetry/api';
import { expect } from 'chai';
import OpenAI from 'openai';
import { startProvider } from '../../../examples/quickstart/provider/start-provider.js';
import { instrument } from '../../../src/instrumentation/manual/instrument.ts';
import { recordInference } from '../../../src/instrumentation/manual/record-inference.ts';
import { withInference } from '../../../src/instrumentation/manual/with-inference.ts';
import { type PromptRun, withPrompt } from '../../../src/instrumentation/prompt/with-prompt.ts';
import { withWorkflow } from '../../../src/instrumentation/prompt/with-workflow.ts';
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

describe('withPrompt', () => {
  let pipeline: Pipeline;
  beforeEach(() => {
    pipeline = startPipeline();
  });
  after(() => {
    stopPipeline();
    removeTempDirs();
  });

  const runs = (): Attributes[] =>
    pipeline.emitted.filter(({ name }) => name.startsWith('run_prompt')).map(({ attributes }) => attributes);

  it('is a span over its calls, which carry its name, version and variant, with their totals', async () => {
    const result = await withPrompt(
      { name: 'extract', version: 3, variant: 'xml', workflow: 'intake', agentRole: 'clerk' },
      async (run) => {
        call();
        run.parsed(false);
        run.retry();
        await Promise.resolve();
        call();
        run.parsed(true);
        run.validated(true);
        return 'value';
      },
    );
    expect(result).to.equal('value');
    const identity = {
      [names.GEN_AI_PROMPT_NAME]: 'extract',
      [names.AGENT_VITALS_PROMPT_VERSION]: '3',
      [names.AGENT_VITALS_PROMPT_VARIANT]: 'xml',
      [names.GEN_AI_WORKFLOW_NAME]: 'intake',
    };
    const [first, second, run] = pipeline.emitted;
    expect(first?.attributes).to.include(identity);
    expect(second?.attributes).to.include(identity);
    expect(run?.name).to.equal('run_prompt extract');
    expect(second?.parentSpanContext?.spanId).to.equal(run?.spanContext().spanId);
    expect(run?.attributes).to.deep.equal({
      ...identity,
      [names.GEN_AI_OPERATION_NAME]: 'run_prompt',
      [names.AGENT_VITALS_PROMPT_AGENT_ROLE]: 'clerk',
      [names.AGENT_VITALS_OUTCOME]: 'completed',
      [names.AGENT_VITALS_PROMPT_OUTCOME]: 'success',
      [names.AGENT_VITALS_PROMPT_PARSED]: true,
      [names.AGENT_VITALS_PROMPT_VALIDATED]: true,
      [names.AGENT_VITALS_RUN_RETRIES]: 1,
      [names.AGENT_VITALS_RUN_CALLS]: 2,
      [names.AGENT_VITALS_RUN_CACHE_HITS]: 0,
      [names.AGENT_VITALS_RUN_TOOL_CALLS]: 0,
      [names.AGENT_VITALS_RUN_ERRORS]: 0,
      [names.AGENT_VITALS_RUN_INPUT_TOKENS]: 2000,
      [names.AGENT_VITALS_RUN_OUTPUT_TOKENS]: 200,
      [names.AGENT_VITALS_RUN_UNPRICED_CALLS]: 0,
      [names.AGENT_VITALS_RUN_COST_USD]: 0.007,
      [names.AGENT_VITALS_RUN_MODELS]: ['gpt-4o'],
      [names.AGENT_VITALS_RUN_PROVIDERS]: ['openai'],
    });
  });

  for (const [outcome, errorType, say] of [
    ['success', undefined, () => undefined],
    ['success', undefined, (run) => (run.parsed(false), run.parsed(true))],
    ['parse_failed', 'parse_failed', (run) => (run.validated(true), run.parsed(false))],
    ['validation_failed', 'validation_failed', (run) => (run.parsed(true), run.validated(false))],
    ['validation_failed', 'RangeError', (run) => (run.validated(false), run.fail(new RangeError('secret')))],
    ['parse_failed', 'SyntaxError', (run) => (run.parsed(false), Promise.reject(new SyntaxError('secret')))],
    ['error', 'RangeError', (run) => (run.validated(true), run.fail(new RangeError('secret')))],
    ['error', '_OTHER', (run) => run.fail()],
    ['error', 'TypeError', () => Promise.reject(new TypeError('secret'))],
    ['cancelled', undefined, () => Promise.reject(new DOMException('secret', 'AbortError'))],
  ] as const satisfies [names.PromptOutcome, string | undefined, (run: PromptRun) => unknown][]) {
    it(`ends as ${outcome}${errorType ? `, ${errorType},` : ''} as its code says: ${say.toString().slice(0, 60)}`, async () => {
      await withPrompt({ name: 'p' }, async (run) => say(run)).catch(() => undefined);
      expect(runs()[0]?.[names.AGENT_VITALS_PROMPT_OUTCOME]).to.equal(outcome);
      expect(runs()[0]?.[names.ERROR_TYPE]).to.equal(errorType);
      expect(runs()[0]?.[names.AGENT_VITALS_OUTCOME]).to.equal(
        errorType ? 'error' : outcome === 'success' ? 'completed' : outcome,
      );
      expect(
        JSON.stringify(pipeline.emitted.map(({ attributes, status, events }) => ({ attributes, status, events }))),
      ).to.not.include('secret');
    });
  }

  it('is measured by outcome, name, version and variant', async () => {
    const prompt = { name: 'extract', version: '2', variant: 'plain', task: 'private', agentRole: 'clerk' };
    withPrompt(prompt, (run) => run.retry());
    withPrompt(prompt, (run) => (run.retry(), run.retry(), run.parsed(false)));
    withPrompt({ name: 'other' }, () => undefined);
    const plain = {
      'gen_ai.prompt.name': 'extract',
      'agent_vitals.prompt.version': '2',
      'agent_vitals.prompt.variant': 'plain',
    };
    const points = await pipeline.collect();
    const runsOf = [
      { ...plain, 'agent_vitals.prompt.outcome': 'success', 'agent_vitals.outcome': 'completed' },
      { ...plain, 'agent_vitals.prompt.outcome': 'parse_failed', 'agent_vitals.outcome': 'error' },
      { 'gen_ai.prompt.name': 'other', 'agent_vitals.prompt.outcome': 'success', 'agent_vitals.outcome': 'completed' },
    ];
    expect(points.get(names.METRIC_PROMPT_RUNS)).to.deep.equal(runsOf.map((attributes) => ({ attributes, sum: 1 })));
    expect(
      points.get(names.METRIC_PROMPT_DURATION)?.map(({ attributes, count }) => ({ attributes, count })),
    ).to.deep.equal(runsOf.map((attributes) => ({ attributes, count: 1 })));
    expect(points.get(names.METRIC_PROMPT_RETRIES)).to.deep.equal([
      { attributes: plain, sum: 3 },
      { attributes: { 'gen_ai.prompt.name': 'other' }, sum: 0 },
    ]);
    expect(JSON.stringify([...points])).to.not.match(/private|clerk/);
  });

  it('writes no free text by default, and 100 characters of it where content is captured', () => {
    const task = `a${'🙂'.repeat(150)}`;
    const run = (): void => withPrompt({ name: 'p', task }, (open) => open.fail(new Error(`e${'x'.repeat(200)}`)));
    run();
    expect(JSON.stringify(runs())).to.not.match(/🙂|xxx/);
    pipeline = startPipeline({ config: { captureContent: 'span' } });
    run();
    expect(runs()[0]?.[names.AGENT_VITALS_PROMPT_TASK]).to.equal(`a${'🙂'.repeat(49)}`);
    expect(runs()[0]?.[names.AGENT_VITALS_PROMPT_ERROR_MESSAGE]).to.equal(`e${'x'.repeat(99)}`);
    pipeline = startPipeline({ config: { captureContent: 'event' } });
    run();
    expect(JSON.stringify(runs())).to.not.match(/🙂|xxx/);
  });

  it('says nothing of an outer prompt, and all of an outer workflow', () => {
    withWorkflow({ workflow: 'w', stage: 's', tier: 'cheap' }, () =>
      withPrompt({ name: 'outer', version: 1, variant: 'xml' }, () => withPrompt({ name: 'inner' }, call)),
    );
    const [of, inner, outer, workflow] = pipeline.emitted;
    expect(of?.attributes).to.include({
      [names.GEN_AI_PROMPT_NAME]: 'inner',
      [names.GEN_AI_WORKFLOW_NAME]: 'w',
      [names.AGENT_VITALS_WORKFLOW_STAGE]: 's',
      [names.AGENT_VITALS_TIER]: 'cheap',
    });
    expect(of?.attributes).to.not.have.any.keys(names.AGENT_VITALS_PROMPT_VERSION, names.AGENT_VITALS_PROMPT_VARIANT);
    expect([inner, outer, workflow].map((span) => span?.attributes[names.AGENT_VITALS_RUN_CALLS])).to.deep.equal([
      1, 1, 1,
    ]);
    expect(workflow?.attributes).to.not.have.property(names.GEN_AI_PROMPT_NAME);
  });

  it('lets the same error through, and runs the function whatever it is told', async () => {
    const error = new Error('own');
    expect(() =>
      withPrompt({ name: 'p' }, () => {
        throw error;
      }),
    ).to.throw(error);
    expect(await withPrompt({ name: 'p' }, () => Promise.reject(error)).catch((thrown: unknown) => thrown)).to.equal(
      error,
    );
    for (const bad of [undefined, null, 7, {}, { name: {} }]) {
      expect(withPrompt(bad as never, (run) => (run.retry(), run.parsed(true), run.fail(), 'ran'))).to.equal('ran');
    }
    expect(runs()).to.have.length(2);
  });

  it('takes what it is told by functions that were taken out of the run', () => {
    withPrompt({ name: 'p' }, ({ retry, parsed, validated, fallback, fail }) => {
      retry();
      fallback({ from: 'a', to: 'b' });
      validated(true);
      parsed(true);
      fail(new RangeError('secret'));
    });
    expect(runs()[0]).to.deep.include({
      [names.AGENT_VITALS_RUN_RETRIES]: 1,
      [names.AGENT_VITALS_RUN_FALLBACK_TO]: ['b'],
      [names.AGENT_VITALS_PROMPT_PARSED]: true,
      [names.AGENT_VITALS_PROMPT_VALIDATED]: true,
      [names.ERROR_TYPE]: 'RangeError',
    });
  });

  class Unreadable extends Error {
    override get name(): string {
      throw new Error('name');
    }
  }
  const refuse = (): never => {
    throw new Error('trap');
  };
  const unreadable = [
    ['Unreadable', new Unreadable('secret')],
    ['_OTHER', new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse })],
    ['_OTHER', Object.defineProperty(new Error('secret'), 'constructor', { get: refuse })],
  ] as const;
  for (const [type, error] of unreadable) {
    it(`lets an error through that cannot be read, and notes it: ${type}`, async () => {
      const thrown: unknown[] = [];
      const caught = (other: unknown): void => void thrown.push(other);
      const raise = (): never => {
        throw error;
      };
      for (const run of [withPrompt, withWorkflow] as const) {
        const said = { name: 'p', workflow: 'w' };
        try {
          run(said, raise);
        } catch (other) {
          caught(other);
        }
        await run(said, async () => raise()).catch(caught);
        run(said, (open) => open.fail(error));
      }
      await withInference({ operation: 'chat', provider: 'openai' }, async () => raise()).catch(caught);
      expect(thrown.map((other) => other === error)).to.deep.equal([true, true, true, true, true]);
      expect(
        pipeline.emitted.map(({ attributes }) => [
          attributes[names.AGENT_VITALS_OUTCOME],
          attributes[names.ERROR_TYPE],
        ]),
      ).to.deep.equal(Array.from({ length: 7 }, () => ['error', type]));
      expect(JSON.stringify(runs())).to.not.include('secret');
    });
  }

  it('hands a client’s own promise back, and takes in its call', async () => {
    const provider = await startProvider();
    try {
      const client = instrument(new OpenAI({ apiKey: 'sk-test', baseURL: `${provider.url}/v1` }));
      const promise = withPrompt({ name: 'direct' }, () =>
        client.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hi' }] }),
      );
      const { data } = await promise.withResponse();
      expect(data.usage?.prompt_tokens).to.equal(120);
      await withPrompt({ name: 'awaited' }, async () => {
        await client.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hi' }] });
      });
      const stream = await withPrompt({ name: 'stream' }, async () =>
        client.chat.completions.create({
          model: 'gpt-5-mini',
          messages: [{ role: 'user', content: 'Hi' }],
          stream: true,
          stream_options: { include_usage: true },
        }),
      );
      for await (const _ of stream);
      for (const run of runs()) {
        expect(run, String(run[names.GEN_AI_PROMPT_NAME])).to.include({
          [names.AGENT_VITALS_RUN_CALLS]: 1,
          [names.AGENT_VITALS_PROMPT_OUTCOME]: 'success',
        });
        expect(run[names.AGENT_VITALS_RUN_INPUT_TOKENS]).to.be.greaterThan(0);
      }
      expect(runs().map((run) => run[names.GEN_AI_PROMPT_NAME])).to.deep.equal(['direct', 'awaited', 'stream']);
    } finally {
      await provider.close();
    }
  });

  it('ends as the call does whose own promise it hands back', async () => {
    const provider = await startProvider();
    try {
      const client = instrument(new OpenAI({ apiKey: 'sk-test', baseURL: `${provider.url}/v1`, maxRetries: 0 }));
      const controller = new AbortController();
      const ask = (name: string, model: string): Promise<unknown> =>
        withPrompt({ name }, () =>
          client.chat.completions.create(
            { model, messages: [{ role: 'user', content: 'Hi' }] },
            { signal: controller.signal },
          ),
        ).catch((error: unknown) => error);
      await ask('refused', 'gpt-5-mini+429');
      const aborted = ask('aborted', 'gpt-5-mini+hang');
      await eventually('it is asked', () => provider.requests.length === 2);
      controller.abort();
      await aborted;
      await eventually('both have ended', () => runs().length === 2);
      expect(
        runs().map((run) => [
          run[names.GEN_AI_PROMPT_NAME],
          run[names.AGENT_VITALS_PROMPT_OUTCOME],
          run[names.ERROR_TYPE],
        ]),
      ).to.deep.equal([
        ['refused', 'error', '429'],
        ['aborted', 'cancelled', undefined],
      ]);
    } finally {
      await provider.close();
    }
  });
});
