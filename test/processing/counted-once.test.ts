import { type Attributes, type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { expect } from 'chai';
import * as names from '../../src/semconv.ts';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';
import { removeTempDirs } from '../support/temp-dir.ts';

const ours = {
  [names.GEN_AI_OPERATION_NAME]: 'chat',
  [names.GEN_AI_PROVIDER_NAME]: 'openai',
  [names.GEN_AI_REQUEST_MODEL]: 'gpt-4o',
  [names.GEN_AI_USAGE_INPUT_TOKENS]: 100,
  [names.GEN_AI_USAGE_OUTPUT_TOKENS]: 10,
};
const theirs = {
  'openinference.span.kind': 'LLM',
  'llm.model_name': 'gpt-4o',
  'llm.token_count.prompt': 100,
  'llm.token_count.completion': 10,
};

function start({ provider }: Pipeline, attributes: Attributes, parent?: Span): Span {
  const context: Context = parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
  return provider.getTracer('x').startSpan('call', { attributes }, context);
}

async function countedCalls(pipeline: Pipeline): Promise<number> {
  const points = (await pipeline.collect()).get(names.METRIC_OPERATION_DURATION) ?? [];
  return points.reduce((sum, point) => sum + (point.count ?? 0), 0);
}

function countedBy(pipeline: Pipeline, span: Span): unknown {
  const { spanId } = span.spanContext();
  return pipeline.emitted.find((other) => other.spanContext().spanId === spanId)?.attributes[
    names.AGENT_VITALS_COUNTED_BY
  ];
}

describe('a call seen twice', () => {
  let pipeline: Pipeline;
  beforeEach(() => {
    pipeline = createPipeline();
  });
  after(removeTempDirs);

  it('is counted once, by the innermost', async () => {
    const outer = start(pipeline, theirs);
    const inner = start(pipeline, ours, outer);
    inner.end();
    outer.end();
    expect(await countedCalls(pipeline)).to.equal(1);
    expect(countedBy(pipeline, outer)).to.equal(inner.spanContext().spanId);
    expect(countedBy(pipeline, inner)).to.equal(undefined);
    const [, written] = pipeline.emitted;
    expect(written?.attributes).to.not.have.property(names.AGENT_VITALS_COST_USD);
  });

  it('is counted once by three', async () => {
    const outer = start(pipeline, theirs);
    const middle = start(pipeline, { 'llm.request.type': 'chat' }, outer);
    const inner = start(pipeline, ours, middle);
    inner.end();
    middle.end();
    outer.end();
    expect(await countedCalls(pipeline)).to.equal(1);
    expect(countedBy(pipeline, outer)).to.equal(middle.spanContext().spanId);
    expect(countedBy(pipeline, middle)).to.equal(inner.spanContext().spanId);
  });

  it('is counted once when the outer one is in the context in a wrapper of its instrumentation', async () => {
    const outer = start(pipeline, theirs);
    const wrapper = { span: outer, spanContext: () => outer.spanContext() } as unknown as Span;
    const inner = start(pipeline, ours, wrapper);
    inner.end();
    outer.end();
    expect(await countedCalls(pipeline)).to.equal(1);
    expect(countedBy(pipeline, outer)).to.equal(inner.spanContext().spanId);
  });

  it('is counted once when the outer one ends first, as with a stream it returned', async () => {
    const outer = start(pipeline, theirs);
    const inner = start(pipeline, ours, outer);
    outer.end();
    inner.end();
    expect(await countedCalls(pipeline)).to.equal(1);
    expect(countedBy(pipeline, outer)).to.equal(inner.spanContext().spanId);
  });

  it('is counted once when other spans lie between', async () => {
    const outer = start(pipeline, theirs);
    const http = start(pipeline, { 'http.request.method': 'POST' }, outer);
    const inner = start(pipeline, ours, http);
    inner.end();
    http.end();
    outer.end();
    expect(await countedCalls(pipeline)).to.equal(1);
  });

  it('is counted once when the inner one says only at its end what it is', async () => {
    const outer = start(pipeline, theirs);
    const inner = start(pipeline, {}, outer);
    inner.setAttributes(ours);
    inner.end();
    outer.end();
    expect(await countedCalls(pipeline)).to.equal(1);
  });

  it('counts every request of one that made several', async () => {
    const outer = start(pipeline, theirs);
    start(pipeline, ours, outer).end();
    start(pipeline, ours, outer).end();
    outer.end();
    expect(await countedCalls(pipeline)).to.equal(2);
  });

  it('is not mistaken for the calls of an agent, a tool or a workflow', async () => {
    const agent = start(pipeline, { [names.GEN_AI_OPERATION_NAME]: 'invoke_agent' });
    const call = start(pipeline, ours, agent);
    const tool = start(pipeline, { [names.GEN_AI_OPERATION_NAME]: 'execute_tool' }, call);
    const callOfTool = start(pipeline, ours, tool);
    for (const span of [callOfTool, tool, call, agent]) span.end();
    expect(await countedCalls(pipeline)).to.equal(2);
    for (const span of [agent, call, tool, callOfTool]) expect(countedBy(pipeline, span)).to.equal(undefined);
  });

  it('is not mistaken for a later call in the context of one that has ended', async () => {
    const first = start(pipeline, ours);
    first.end();
    const second = start(pipeline, ours, first);
    second.end();
    expect(await countedCalls(pipeline)).to.equal(2);
  });

  it('is not mistaken for a call behind a request to another process', async () => {
    const outer = start(pipeline, ours);
    const remote = trace.wrapSpanContext({ ...outer.spanContext(), isRemote: true });
    start(pipeline, ours, remote).end();
    outer.end();
    expect(await countedCalls(pipeline)).to.equal(2);
  });

  it('counts the inner calls of the AI SDK and not the loop around them', async () => {
    const outer = start(pipeline, { 'ai.operationId': 'ai.generateText', 'ai.usage.inputTokens': 200 });
    const step = {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.model.id': 'gpt-4o',
      'ai.usage.inputTokens': 100,
    };
    start(pipeline, step, outer).end();
    start(pipeline, { 'ai.operationId': 'ai.toolCall' }, outer).end();
    start(pipeline, step, outer).end();
    outer.end();
    expect(await countedCalls(pipeline)).to.equal(2);
    const points = (await pipeline.collect()).get(names.METRIC_TOKEN_USAGE) ?? [];
    expect(points.reduce((sum, point) => sum + point.sum, 0)).to.equal(200);
  });

  it('is counted once by the spans it annotates too', async () => {
    pipeline = createPipeline({ annotate: true });
    const outer = start(pipeline, theirs);
    const inner = start(pipeline, ours, outer);
    inner.end();
    outer.end();
    expect(await countedCalls(pipeline)).to.equal(1);
    expect(countedBy(pipeline, outer)).to.equal(inner.spanContext().spanId);
  });
});
