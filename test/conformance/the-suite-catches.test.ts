// A suite that cannot fail proves nothing: harm that is known to be done by instrumentations must show, in the very shapes it hurts.
import { resolve } from 'node:path';
import { expect } from 'chai';
import { differencesOf } from './compare.ts';
import { type Run, runShapes } from './run-shapes.ts';
import { installSdks } from './sdks.ts';

const sdk = { alias: 'openai-7.57.0', format: 'esm' } as const;
const harms: readonly { harm: string; hurts: readonly string[] }[] = [
  { harm: 'eager-then', hurts: ['chat: asResponse'] },
  { harm: 'plain-promise', hurts: ['chat: create', 'chat: withResponse'] },
  { harm: 'header', hurts: ['chat: create', 'chat: 401', 'chat stream: full'] },
  { harm: 'tee', hurts: ['chat stream: break'] },
  { harm: 'generator', hurts: ['chat stream: full', 'chat stream: controller.abort'] },
  { harm: 'writes-parameters', hurts: ['chat: parameters untouched'] },
  { harm: 'swallows', hurts: ['chat: failed and never awaited'] },
  { harm: 'rejects', hurts: ['chat: 401'] },
  { harm: 'wraps-errors', hurts: ['chat: 401'] },
];
const only = [...new Set(harms.flatMap(({ hurts }) => hurts))];
const preload = (name: string) => ['--import', resolve(import.meta.dirname, 'preloads', `${name}.mjs`)];

describe('the conformance suite catches', () => {
  let plain: Run;
  before(async function () {
    this.timeout(300_000);
    await installSdks();
    plain = await runShapes({ ...sdk, only });
  });

  for (const { harm, hurts } of harms) {
    it(`${harm.replaceAll('-', ' ')}, in ${hurts.join(', ')}`, async () => {
      const harmed = await runShapes({ ...sdk, only: hurts, flags: preload(`harmful-${harm}`) });
      for (const shape of hurts) expect(differencesOf(shape, plain, harmed), shape).to.not.be.empty;
    });
  }

  it('prints, in the output of the process', async () => {
    const harmed = await runShapes({ ...sdk, only: ['chat: create'], flags: preload('harmful-prints') });
    expect(harmed.process.stdout).to.not.equal(plain.process.stdout);
  });

  it('keeps alive, in the time the process takes to end', async () => {
    const harmed = await runShapes({ ...sdk, only: ['chat: create'], flags: preload('harmful-keeps-alive') });
    expect(harmed.process.endMillis).to.be.above(plain.process.endMillis + 2000);
  });

  it('nothing where there is no harm', async () => {
    const same = await runShapes({ ...sdk, only, flags: preload('harmless') });
    for (const shape of only) expect(differencesOf(shape, plain, same), shape).to.deep.equal([]);
    expect({ ...same.process, endMillis: 0 }).to.deep.equal({ ...plain.process, endMillis: 0 });
  });
});
