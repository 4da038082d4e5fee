import { type AnyValue, SeverityNumber } from '@opentelemetry/api';
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import { expect } from 'chai';
import { encodeLogRecord } from '../../src/exporters/otlp-json/log-record.ts';
import {
  VitalsLogRecordProcessor,
  type VitalsLogRecordProcessorOptions,
} from '../../src/processing/vitals-log-record-processor.ts';
import * as names from '../../src/semconv.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const SECRET = 'the canary sings';

function pipeline(
  captureContent: VitalsLogRecordProcessorOptions['config']['captureContent'] = 'none',
  emit?: () => void,
) {
  const emitted: ReadableLogRecord[] = [];
  const seen = new InMemoryLogRecordExporter();
  const processor = new VitalsLogRecordProcessor({
    config: { captureContent, contentMaxBytes: 1000, dir: tempDir(), userIdKey: 'k' },
    emit: emit ?? ((record) => void emitted.push(record)),
  });
  const provider = new LoggerProvider({ processors: [processor, new SimpleLogRecordProcessor({ exporter: seen })] });
  return { logger: provider.getLogger('x'), emitted, seen };
}

describe('VitalsLogRecordProcessor', () => {
  after(removeTempDirs);

  it('hands on records of others, without credentials', () => {
    const { logger, emitted } = pipeline();
    logger.emit({
      body: 'used Bearer abcdef123456',
      attributes: { a: 1, 'user.id': 'bob' },
      severityNumber: SeverityNumber.INFO,
    });
    expect(emitted).to.have.length(1);
    expect(emitted[0]).to.include({ body: 'used Bearer [masked]', severityNumber: SeverityNumber.INFO });
    expect(emitted[0]?.attributes).to.deep.equal({ a: 1, 'user.id': 'bob' });
  });

  it('writes no content, message or user id of GenAI events, and changes nothing that others see', () => {
    const { logger, emitted, seen } = pipeline();
    const content = { [names.GEN_AI_INPUT_MESSAGES]: SECRET, 'exception.message': SECRET, 'user.id': SECRET } as Record<
      string,
      AnyValue
    >;
    for (const eventName of [
      'gen_ai.user.message',
      names.EVENT_INFERENCE_DETAILS,
      names.EVENT_OPERATION_EXCEPTION,
      'gen_ai.evaluation.result',
    ]) {
      logger.emit({ eventName, body: SECRET, attributes: { ...content, [names.EXCEPTION_TYPE]: 'TypeError' } });
    }
    logger.emit({ body: SECRET, attributes: { 'gen_ai.system': 'openai' } });
    expect(emitted.map(({ eventName }) => eventName)).to.deep.equal([
      names.EVENT_OPERATION_EXCEPTION,
      'gen_ai.evaluation.result',
      undefined,
    ]);
    expect(emitted[0]?.attributes).to.include({ [names.EXCEPTION_TYPE]: 'TypeError' });
    for (const { body, attributes } of emitted) expect(JSON.stringify([body, attributes])).to.not.contain('canary');
    expect(
      JSON.stringify(seen.getFinishedLogRecords().map(({ body, attributes }) => [body, attributes])).match(/canary/g),
    ).to.have.length(17);
  });

  it('writes content where it is to be captured in events', () => {
    for (const captureContent of ['event', 'both'] as const) {
      const { logger, emitted } = pipeline(captureContent);
      const messages = [{ role: 'user', parts: [{ type: 'text', content: 'key sk-abcdefghijklmnop' }] }];
      logger.emit({
        eventName: names.EVENT_INFERENCE_DETAILS,
        attributes: { [names.GEN_AI_INPUT_MESSAGES]: messages, 'user.id': 'bob' },
      });
      expect(emitted[0]?.attributes[names.GEN_AI_INPUT_MESSAGES]).to.deep.equal([
        { role: 'user', parts: [{ type: 'text', content: 'key [masked]' }] },
      ]);
      expect(emitted[0]?.attributes).to.not.have.property('user.id');
    }
    const { logger, emitted } = pipeline('span');
    logger.emit({ eventName: names.EVENT_INFERENCE_DETAILS, body: SECRET });
    expect(emitted).to.have.length(0);
  });

  it('writes a body that holds itself, that is too deep or that throws, without what cannot be written', () => {
    const { logger, emitted } = pipeline();
    const circle: Record<string, AnyValue> = { key: 'sk-abcdefghijklmnop', kept: 1 };
    Object.assign(circle, { self: circle, list: [circle, [circle], 'kept'] });
    logger.emit({ body: circle });
    let deep: AnyValue = ['sk-abcdefghijklmnop'];
    for (let i = 0; i < 100_000; i++) deep = [deep];
    logger.emit({ body: deep });
    const thrower = Object.defineProperty({}, 'body', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    logger.emit({ body: thrower, attributes: { kept: 1 } });
    expect(emitted).to.have.length(3);
    expect(emitted[0]?.body).to.deep.equal({
      key: '[masked]',
      kept: 1,
      self: undefined,
      list: [null, [null], 'kept'],
    });
    expect(JSON.stringify(emitted[1]?.body)).to.match(/^\[{10,100}null\]{10,100}$/);
    expect(emitted[2]).to.deep.include({ body: undefined, attributes: { kept: 1 } });
    for (const record of emitted) expect(encodeLogRecord(record)).to.not.include('sk-');
  });

  it('survives an emit that throws', () => {
    const { logger, seen } = pipeline('none', () => {
      throw new Error('no');
    });
    expect(() => logger.emit({ body: 'x' })).to.not.throw();
    expect(seen.getFinishedLogRecords()).to.have.length(1);
  });
});
