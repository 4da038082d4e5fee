// The native spans of `@anthropic-ai/sdk` send their context to whoever is asked, once the app has a propagator.
import Anthropic from '@anthropic-ai/sdk';
import { context, logs, metrics, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { expect } from 'chai';
import { startProvider } from '../../examples/quickstart/provider/start-provider.js';
import { adapter } from '../../src/instrumentation/anthropic/index.ts';
import { type Patchable, patchClient } from '../../src/instrumentation/inference/patch-client.ts';
import { configureInstrumentation, settings } from '../../src/instrumentation/inference/settings.ts';
import { keepTraceHeadersFromVendors } from '../../src/runtime/vendor-propagator.ts';

const question = { model: 'claude-haiku-4-5', max_tokens: 10, messages: [{ role: 'user' as const, content: 'Hi' }] };

class Recorded extends Anthropic {}

describe('keepTraceHeadersFromVendors', () => {
  let provider: Awaited<ReturnType<typeof startProvider>>;
  let client: Anthropic;

  before(async () => {
    patchClient(Recorded.prototype as unknown as Patchable, adapter);
    provider = await startProvider();
    client = new Recorded({ apiKey: 'sk-ant-test', baseURL: provider.url });
  });

  // Its propagators are those of an app that asks for none in particular: trace context and baggage.
  beforeEach(() =>
    new NodeSDK({
      autoDetectResources: false,
      spanProcessors: [new SimpleSpanProcessor({ exporter: new InMemorySpanExporter() })],
      metricReaders: [],
      logRecordProcessors: [],
    }).start(),
  );

  afterEach(() => {
    for (const api of [trace, context, propagation, metrics, logs]) api.disable();
  });

  after(() => provider.close());

  const lastHeaders = () => provider.requests.at(-1)?.headers;

  it('keeps them from inferences and all other requests', async () => {
    keepTraceHeadersFromVendors();
    await client.messages.create(question);
    expect(lastHeaders()).not.to.have.property('traceparent');
    await client.messages.countTokens(question);
    expect(lastHeaders()).not.to.have.property('traceparent');
    await client.messages.batches.list();
    expect(lastHeaders()).not.to.have.property('traceparent');
  });

  it('lets them through where the user wants that, and where nobody guards them', async () => {
    await client.messages.create(question);
    expect(lastHeaders()).to.have.property('traceparent');
    keepTraceHeadersFromVendors();
    const before = settings;
    configureInstrumentation({ ...settings, propagateToVendors: true });
    try {
      await client.messages.create(question);
    } finally {
      configureInstrumentation(before);
    }
    expect(lastHeaders()).to.have.property('traceparent');
  });

  it('leaves the app its propagator, in both directions', () => {
    keepTraceHeadersFromVendors();
    const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
    const carrier: Record<string, string> = {};
    propagation.inject(trace.setSpanContext(ROOT_CONTEXT, spanContext), carrier);
    expect(carrier.traceparent).to.equal('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    const extracted = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, carrier));
    expect(extracted?.spanId).to.equal(spanContext.spanId);
    expect(propagation.fields()).to.include('traceparent');
  });

  it('does nothing where there is no propagator', () => {
    propagation.disable();
    keepTraceHeadersFromVendors();
    expect(propagation.fields()).to.deep.equal([]);
  });
});
