import { expect } from 'chai';
import { fitContent } from '../../../src/instrumentation/inference/content.ts';

const message = (content: string): object => ({ role: 'user', parts: [{ type: 'text', content }] });

describe('fitContent', () => {
  /** What came out, which must fit and be JSON. */
  function fit(content: unknown, maxBytes: number): { json: string; value: any } {
    const json = fitContent(content, maxBytes) ?? '';
    expect(Buffer.byteLength(json)).to.be.at.most(maxBytes);
    return { json, value: JSON.parse(json) };
  }

  it('leaves alone what fits, to the byte', () => {
    const content = [message('é'.repeat(1000))];
    const bytes = Buffer.byteLength(JSON.stringify(content));
    expect(fitContent(content, bytes)).to.equal(JSON.stringify(content));
    expect(fitContent(content, bytes - 1)).to.include('characters cut]');
  });

  it('shortens long texts and keeps every message', () => {
    const { value } = fit([message('x'.repeat(50_000)), message('short')], 1024);
    expect(value).to.have.length(2);
    expect(value[0].parts[0].content).to.match(/^x+…\[\d+ characters cut\]$/);
    expect(value[1]).to.deep.equal(message('short'));
  });

  it('keeps the newest of too many messages, and says how many are missing', () => {
    const { value } = fit(
      Array.from({ length: 500 }, (_, i) => message(`number ${i}`)),
      1024,
    );
    expect(value.at(-1)).to.deep.equal(message('number 499'));
    const missing = 500 - (value.length - 1);
    expect(value[0]).to.deep.equal({
      role: 'system',
      parts: [{ type: 'text', content: `[agent-vitals: ${missing} items cut]` }],
    });
  });

  it('cuts what is neither', () => {
    expect(fit({ deep: Array.from({ length: 1000 }, (_, i) => i) }, 256).value).to.deep.equal({
      type: 'text',
      content: '[agent-vitals: content cut]',
    });
    const wide = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, i]));
    expect(fit([wide], 256).value).to.deep.equal([{ type: 'text', content: '[agent-vitals: 1 items cut]' }]);
  });

  it('never cuts a character in two', () => {
    const { json } = fit([message('🙂'.repeat(5000))], 1001);
    expect(json).to.not.match(/\\ud[89ab]/i);
  });

  it('writes nothing for nothing', () => {
    expect(fitContent(undefined, 1000)).to.equal(undefined);
    expect(fitContent([], 1000)).to.equal(undefined);
  });
});
