// Lines joined into a request: nothing lost, nothing changed, in order.
import { resourceFromAttributes } from '@opentelemetry/resources';
import { expect } from 'chai';
import { encodeLogRecord } from '../../../src/exporters/otlp-json/log-record.ts';
import { createRequestEncoder } from '../../../src/exporters/otlp-json/request-body.ts';
import { encodeSpan } from '../../../src/exporters/otlp-json/span.ts';
import { RandomRecords } from './random-records.ts';

describe('createRequestEncoder', () => {
  it('holds every span of 500 random lines once, with its own resource and scope', () => {
    const random = new RandomRecords(42);
    const lines = Array.from({ length: 500 }, () => encodeSpan(random.span()));
    const body = createRequestEncoder('traces')(bytesOf(lines)).toString();
    const records = (text: string): string[] =>
      JSON.parse(text).resourceSpans.flatMap(({ scopeSpans, ...resource }: { scopeSpans: any[] }) =>
        scopeSpans.flatMap(({ spans, ...scope }) =>
          spans.map((span: object) => JSON.stringify([resource, scope, span])),
        ),
      );
    expect(records(body).sort()).to.deep.equal(lines.flatMap(records).sort());
  });

  it('gives neighbours of one resource and scope one entry, in their order', () => {
    const random = new RandomRecords(3);
    const { resource, instrumentationScope } = random.logRecord();
    const lines = ['a', 'b', 'c'].map((eventName) =>
      encodeLogRecord({ ...random.logRecord(), resource, instrumentationScope, eventName }),
    );
    const { resourceLogs } = JSON.parse(createRequestEncoder('logs')(bytesOf(lines)).toString());
    expect(resourceLogs).to.have.length(1);
    expect(resourceLogs[0].scopeLogs[0].logRecords.map((record: any) => record.eventName)).to.deep.equal([
      'a',
      'b',
      'c',
    ]);
  });

  it('is one line itself when there is one line', () => {
    const line = encodeSpan(new RandomRecords(5).span());
    expect(createRequestEncoder('traces')(bytesOf([line])).toString()).to.equal(line);
  });

  it('joins lines of metrics with several scopes as they stand', () => {
    const line =
      '{"resourceMetrics":[{"resource":{},"scopeMetrics":[{"metrics":[{"name":"a"}]},{"metrics":[{"name":"b"}]}]}]}';
    const { resourceMetrics } = JSON.parse(createRequestEncoder('metrics')(bytesOf([line, line])).toString());
    expect(resourceMetrics).to.deep.equal([JSON.parse(line).resourceMetrics[0], JSON.parse(line).resourceMetrics[0]]);
  });

  it('carries the whole resource when it is given, and leaves the lines of others alone', () => {
    const random = new RandomRecords(11);
    const resource = resourceFromAttributes({ 'service.name': 'shop', 'deployment.environment.name': '$& prod' });
    const other = resourceFromAttributes({ 'service.name': 'bank' });
    const lines = [resource, other].map((each) => encodeSpan({ ...random.span(), resource: each }));
    const { resourceSpans } = JSON.parse(createRequestEncoder('traces', resource)(bytesOf(lines)).toString());
    expect(
      resourceSpans.map((each: any) => each.resource.attributes.map(({ key, value }: any) => [key, value.stringValue])),
    ).to.deep.equal([
      [
        ['service.name', 'shop'],
        ['deployment.environment.name', '$& prod'],
      ],
      [['service.name', 'bank']],
    ]);
  });
});

function bytesOf(lines: readonly string[]): Buffer[] {
  return lines.map((line) => Buffer.from(`${line}\n`));
}
