import { expect } from 'chai';
import { type Call, readCalls } from '../../src/query/call.ts';
import { type Run, readRuns } from '../../src/query/run.ts';
import * as names from '../../src/semconv.ts';
import { type CallSpec, callLine, spanOf, traceLine } from '../support/journal-builder.ts';

const T0 = 1_780_000_000_000;

function runLine(attributes: NonNullable<CallSpec['attributes']>, spec: CallSpec = {}): string {
  const none = { [names.GEN_AI_PROVIDER_NAME]: undefined, [names.GEN_AI_REQUEST_MODEL]: undefined };
  return callLine({ at: T0, millis: 1500, ...spec, attributes: { ...none, ...attributes } });
}

function read(line: string): Run[] {
  const runs: Run[] = [];
  expect(readRuns(line, runs)).to.equal(true);
  return runs;
}

describe('readRuns', () => {
  it('reads all that the span of a run says', () => {
    const [run] = read(
      runLine({
        [names.GEN_AI_OPERATION_NAME]: 'run_prompt',
        [names.GEN_AI_PROMPT_NAME]: 'classify',
        [names.AGENT_VITALS_PROMPT_VERSION]: '2',
        [names.AGENT_VITALS_PROMPT_VARIANT]: 'xml',
        [names.AGENT_VITALS_OUTCOME]: 'error',
        [names.AGENT_VITALS_PROMPT_OUTCOME]: 'parse_failed',
        [names.ERROR_TYPE]: 'parse_failed',
        [names.GEN_AI_WORKFLOW_NAME]: 'support',
        [names.AGENT_VITALS_RUN_CALLS]: 3,
        [names.AGENT_VITALS_RUN_CACHE_HITS]: 1,
        [names.AGENT_VITALS_RUN_TOOL_CALLS]: 2,
        [names.AGENT_VITALS_RUN_ERRORS]: 1,
        [names.AGENT_VITALS_RUN_INPUT_TOKENS]: 300,
        [names.AGENT_VITALS_RUN_OUTPUT_TOKENS]: 30,
        [names.AGENT_VITALS_RUN_COST_USD]: 0.25,
        [names.AGENT_VITALS_RUN_UNPRICED_CALLS]: 0,
        [names.AGENT_VITALS_RUN_RETRIES]: 2,
        [names.AGENT_VITALS_RUN_MODELS]: ['gpt-4o', 'gpt-4o-mini'],
        [names.AGENT_VITALS_RUN_PROVIDERS]: ['openai'],
        [names.AGENT_VITALS_RUN_FALLBACK_FROM]: ['gpt-4o', 'lost'],
        [names.AGENT_VITALS_RUN_FALLBACK_TO]: ['gpt-4o-mini'],
      }),
    );
    expect(run).to.deep.include({
      kind: 'prompt',
      timeMillis: T0,
      durationMillis: 1500,
      name: 'classify',
      version: '2',
      variant: 'xml',
      outcome: 'error',
      promptOutcome: 'parse_failed',
      errorType: 'parse_failed',
      workflow: 'support',
      agent: null,
      prompt: 'classify',
      calls: 3,
      cacheHits: 1,
      toolCalls: 2,
      errors: 1,
      inputTokens: 300,
      outputTokens: 30,
      costUsd: 0.25,
      unpricedCalls: 0,
      retries: 2,
      models: ['gpt-4o', 'gpt-4o-mini'],
      providers: ['openai'],
      fallbacks: [{ from: 'gpt-4o', to: 'gpt-4o-mini' }],
    });
  });

  it('does not know the tokens of a run that did not see its calls end', () => {
    const known = {
      [names.GEN_AI_OPERATION_NAME]: 'run_prompt',
      [names.AGENT_VITALS_RUN_INPUT_TOKENS]: 300,
      [names.AGENT_VITALS_RUN_OUTPUT_TOKENS]: 30,
      [names.AGENT_VITALS_RUN_COST_USD]: 0.25,
      [names.AGENT_VITALS_RUN_UNPRICED_CALLS]: 1,
    };
    expect(read(runLine({ ...known, [names.AGENT_VITALS_RUN_UNFINISHED_CALLS]: 1 }))[0]).to.include({
      inputTokens: null,
      outputTokens: null,
      costUsd: 0.25,
      unpricedCalls: 1,
    });
    expect(read(runLine({ ...known, [names.AGENT_VITALS_RUN_UNFINISHED_CALLS]: 0 }))[0]).to.include({
      inputTokens: 300,
    });
  });

  it('knows no totals of what others recorded, and their outcome by the status', () => {
    const agent = {
      [names.GEN_AI_OPERATION_NAME]: 'invoke_agent',
      [names.GEN_AI_AGENT_NAME]: 'scout',
      [names.AGENT_VITALS_OUTCOME]: undefined,
    };
    expect(read(runLine(agent))[0]).to.include({
      kind: 'agent',
      name: 'scout',
      outcome: 'completed',
      calls: null,
      costUsd: null,
      retries: null,
    });
    const failed = { ...spanOf({ attributes: agent }), status: { code: 2 } };
    expect(read(traceLine(failed))[0]).to.include({ outcome: 'error', errorType: '_OTHER' });
  });

  it('says of a run how it ended as a call says it', () => {
    for (const outcome of [undefined, 'completed', 'cancelled', 'error'])
      for (const errorType of [undefined, '429'])
        for (const code of [0, 2]) {
          const attributes = { [names.AGENT_VITALS_OUTCOME]: outcome, [names.ERROR_TYPE]: errorType };
          const ending = (operation: string): object => ({
            ...spanOf({ attributes: { ...attributes, [names.GEN_AI_OPERATION_NAME]: operation } }),
            status: { code },
          });
          const [run] = read(traceLine(ending('invoke_agent')));
          const calls: Call[] = [];
          readCalls(traceLine(ending('chat')), calls);
          const expected = outcome ?? (errorType !== undefined || code === 2 ? 'error' : 'completed');
          for (const record of [run, calls[0]])
            expect(record, JSON.stringify([outcome, errorType, code])).to.include({
              outcome: expected,
              errorType: errorType ?? (expected === 'error' ? '_OTHER' : null),
            });
        }
  });

  it('leaves out what is no run', () => {
    expect(read(callLine())).to.deep.equal([]);
    expect(read(runLine({ [names.GEN_AI_OPERATION_NAME]: 'execute_tool' }))).to.deep.equal([]);
  });

  it('takes the sound runs of a damaged line', () => {
    const run = spanOf({ attributes: { [names.GEN_AI_OPERATION_NAME]: 'invoke_workflow' } });
    const runs: Run[] = [];
    expect(readRuns(traceLine({ ...run, endTimeUnixNano: 'x' }, run, 7 as never), runs)).to.equal(false);
    expect(runs).to.have.length(1);
  });
});
