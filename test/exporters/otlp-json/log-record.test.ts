// A log record's line against the official serialiser.
import { JsonLogsSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { expect } from 'chai';
import { encodeLogRecord } from '../../../src/exporters/otlp-json/log-record.ts';
import { comparable } from '../../support/otlp-records.ts';
import { RandomRecords } from './random-records.ts';

describe('encodeLogRecord', () => {
  it('means the same as the official serialiser for 1000 random records', () => {
    const random = new RandomRecords(7);
    for (let round = 0; round < 1000; round++) {
      const record = random.logRecord();
      const line = encodeLogRecord(record);
      expect(line).not.to.match(/[\n\r]/);
      const official = Buffer.from(JsonLogsSerializer.serializeRequest([record]) as Uint8Array).toString();
      expect(comparable([line])).to.deep.equal(comparable([official]));
    }
  });

  it('leaves out a body that cannot be written, and keeps the record', () => {
    const body: Record<string, unknown> = {};
    body['self'] = body;
    const record = { ...new RandomRecords(1).logRecord(), body, eventName: 'kept' } as unknown as ReadableLogRecord;
    const written = JSON.parse(encodeLogRecord(record)).resourceLogs[0].scopeLogs[0].logRecords[0];
    expect(written).not.to.have.property('body');
    expect(written.eventName).to.equal('kept');
  });
});
