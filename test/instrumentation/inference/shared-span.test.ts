import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Span, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect } from 'chai';
import { shareSpan } from '../../../src/instrumentation/inference/shared-span.ts';

describe('shareSpan', () => {
  let exporter: InMemorySpanExporter;
  let span: Span;

  beforeEach(() => {
    exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    span = provider.getTracer('vendor').startSpan('call');
  });

  const ended = (): ReadableSpan[] => exporter.getFinishedSpans();

  it('waits for us when the owner ends it, and keeps the time of the owner', async () => {
    const endOurs = shareSpan(span);
    span.end();
    const latest = performance.timeOrigin + performance.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ended()).to.have.length(0);
    expect(span.isRecording()).to.equal(true);
    span.setAttribute('late', true);
    endOurs({});
    expect(ended()).to.have.length(1);
    const [seconds = 0, nanos = 0] = ended()[0]?.endTime ?? [];
    // The clock of the span is corrected by less than a millisecond.
    expect(seconds * 1000 + nanos / 1e6).to.be.at.most(latest + 1);
    expect(ended()[0]?.attributes).to.deep.equal({ late: true });
  });

  it('lets the owner write after us, but not over us', async () => {
    const endOurs = shareSpan(span);
    endOurs({ attributes: { 'error.type': '429' } });
    await Promise.resolve();
    span.setAttributes({ 'error.type': 'client_error', 'vendor.request.id': 'req_1' });
    span.end();
    expect(ended()[0]?.attributes).to.deep.equal({ 'error.type': '429', 'vendor.request.id': 'req_1' });
  });

  it('does not wait longer than a turn for an owner that never ends it', async () => {
    shareSpan(span)({});
    expect(ended()).to.have.length(0);
    await nextTurn();
    expect(ended()).to.have.length(1);
  });

  it('ends at once when nothing can come after', () => {
    shareSpan(span)({ now: true });
    expect(ended()).to.have.length(1);
  });

  it('ends once, however often it is told to', async () => {
    const endOurs = shareSpan(span);
    span.end();
    span.end();
    endOurs({});
    endOurs({ now: true });
    span.end();
    await nextTurn();
    expect(ended()).to.have.length(1);
    expect(trace.isSpanContextValid(span.spanContext())).to.equal(true);
  });
});
