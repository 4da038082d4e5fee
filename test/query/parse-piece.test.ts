import { expect } from 'chai';
import { parsePiece } from '../../src/query/index/parse-piece.ts';
import * as names from '../../src/semconv.ts';
import { callLine } from '../support/journal-builder.ts';

describe('parsePiece', () => {
  it('counts a line whose numbers are damaged, of calls and of runs', () => {
    const damaged = (operation: string, name: string): string =>
      callLine({ attributes: { [names.GEN_AI_OPERATION_NAME]: operation, [name]: 17 } }).replace(
        '{"intValue":17}',
        '{"intValue":"1x"}',
      );
    const lines = [
      damaged('chat', names.GEN_AI_USAGE_INPUT_TOKENS),
      damaged('run_prompt', names.AGENT_VITALS_RUN_CALLS),
      // Of what no question is about it is as good as any other text.
      damaged('run_prompt', 'of.others'),
      damaged('chat', 'of.others'),
      damaged('execute_tool', 'of.others'),
    ];
    const { corruptLines, chunks } = parsePiece(Buffer.from(lines.map((line) => `${line}\n`).join('')), 0);
    expect(corruptLines).to.equal(2);
    expect(chunks.map(({ kind, rows }) => [kind, rows])).to.deep.equal([
      ['call', 2],
      ['prompt', 2],
    ]);
  });

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
