import { expect } from 'chai';
import { parsePiece } from '../../src/query/index/parse-piece.ts';
import * as names from '../../src/semconv.ts';
import { callLine } from '../support/journal-builder.ts';

describe('parsePiece', () => {
  it('tells calls of as many versions and variants apart as there are, none of them compared with each other one', () => {
    const lines = Array.from({ length: 40_000 }, (_, call) =>
      callLine({
        attributes: {
          [names.AGENT_VITALS_PROMPT_VERSION]: String(Math.floor(call / 200)),
          [names.AGENT_VITALS_PROMPT_VARIANT]: String(call % 200),
        },
      }),
    );
    const [chunk] = parsePiece(Buffer.from(lines.map((line) => `${line}\n`).join('')), 0).chunks;
    expect(chunk?.rows).to.equal(40_000);
    expect(new Set(chunk?.details).size).to.equal(40_000);
  });
});
