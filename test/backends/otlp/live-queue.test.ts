// The memory that waiting lines lie in is used again, and never while somebody may still read it.
import { expect } from 'chai';
import { LiveQueue } from '../../../src/backends/otlp/live-queue.ts';

const LIMITS = { maxRecords: 100_000, maxBytes: 100_000_000 };
const PATH = '/journal/traces.jsonl';
const line = (letter: string): Buffer => Buffer.from(`${letter.repeat(99_999)}\n`);

describe('LiveQueue', () => {
  it('leaves what is under way as it is when all is given up, and more comes', () => {
    const queue = new LiveQueue(LIMITS);
    const push = (letter: string): void => queue.push(line(letter), 1, { path: PATH, offset: 100_000 });
    for (const letter of 'abcd') push(letter);
    const taken = queue.peek({ maxRecords: 2, maxBytes: 1_000_000 });
    queue.dropJournaled(() => true);
    expect([queue.records, queue.bytes]).to.deep.equal([0, 0]);
    for (let round = 0; round < 40; round++) push('x');
    expect(taken?.parts.map(String)).to.deep.equal([String(line('a')), String(line('b'))]);
    if (taken) queue.commit(taken);
    expect([queue.records, queue.bytes]).to.deep.equal([40, 4_000_000]);
    expect(queue.peek(LIMITS)?.parts.every((part) => String(part) === String(line('x')))).to.equal(true);
  });

  it('makes no new memory for what comes after it has given up as much', () => {
    const queue = new LiveQueue(LIMITS);
    const blocks = new Set<ArrayBufferLike>();
    for (let outage = 0; outage < 20; outage++) {
      for (let i = 0; i < 10; i++) queue.push(line('x'), 1, { path: PATH, offset: 100_000 });
      // What was under way when the collector went.
      for (const { buffer } of queue.peek(LIMITS)?.parts ?? []) blocks.add(buffer);
      queue.release();
      queue.dropJournaled(() => true);
    }
    expect(blocks.size).to.be.at.most(6);
  });
});
