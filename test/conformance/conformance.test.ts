// The promise that nothing changes for the host, checked: every call shape of every SDK version, with and without us, must be the same to
// the caller and to the server, and must leave exactly the spans it should.
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { shapesOf, tagOf } from './child/shapes/index.ts';
import type { JournalSpan } from './journal.ts';
import { registerEntry, runBoth } from './run-both.ts';
import { type Run, runShapes } from './run-shapes.ts';
import { installSdks, sdkRuns, vendorOf } from './sdks.ts';
import { isInference, tagIn } from './spans.ts';
import { verdictOf } from './verdict.ts';

/** Over what the host takes by itself: the exit may be held up for 2 s at most. */
const END_GRACE_MILLIS = 2000;

describe('conformance', () => {
  before(async function () {
    this.timeout(300_000);
    if (!existsSync(registerEntry)) throw new Error('There is no dist/register.cjs: run `npm run build` first.');
    await installSdks();
  });

  for (const sdk of sdkRuns) {
    describe(`${sdk.alias} (${sdk.format})`, () => {
      const shapes = shapesOf(vendorOf(sdk));
      let without: Run;
      let withUs: Run;
      before(async function () {
        this.timeout(130_000);
        ({ without, withUs } = await runBoth(sdk));
      });

      for (const shape of shapes) {
        it(shape.name, () => {
          expect(verdictOf(shape, without, withUs).faults).to.deep.equal([]);
        });
      }

      it('process: output, exit code, and an end that is not held up', () => {
        const { endMillis, ...process } = withUs.process;
        const { endMillis: endMillisAlone, ...processAlone } = without.process;
        expect(process).to.deep.equal(processAlone);
        expect(endMillis).to.be.below(endMillisAlone + END_GRACE_MILLIS);
      });

      it('journal: no span of a call nobody made', () => {
        const tags = new Set(shapes.map(({ name }) => tagOf(name)));
        // A call without parameters names no model; where the SDK sends it all the same, the server refuses it.
        const isWithoutParameters = ({ attributes }: JournalSpan) =>
          attributes['gen_ai.request.model'] === undefined && attributes['error.type'] === '400';
        const stray = withUs.spans.filter(
          (span) => isInference(span) && !tags.has(tagIn(span) ?? '') && !isWithoutParameters(span),
        );
        expect(stray).to.deep.equal([]);
      });
    });
  }

  it('has every shape in the newest versions, but for what they gave up', async () => {
    for (const [alias, gone] of [
      ['openai-7.57.0', []],
      [
        'anthropic-1.12.0',
        ['prompt caching: create and stream', 'completions: create', 'completions: create as a stream'],
      ],
    ] as const) {
      const { observations } = await runShapes({ alias, format: 'esm' });
      const absent = [...observations].filter(([, { status }]) => status !== 'ran').map(([name]) => name);
      expect(absent).to.deep.equal(gone);
    }
  }).timeout(130_000);
});
