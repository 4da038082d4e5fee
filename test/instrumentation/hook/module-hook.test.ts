// Packages made for the test, with the names and files of the vendors' SDKs, loaded through the real hooks.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { closeHandover, openHandover } from '../../../src/instrumentation/hook/handover.ts';
import { type HookedModule, hookedModules } from '../../../src/instrumentation/hook/hooked-modules.ts';
import { hookLoading } from '../../../src/instrumentation/hook/load-hook.ts';
import { hookResolution, loadHooksAreSafe } from '../../../src/instrumentation/hook/resolve-hook.ts';
import { removeTempDirs, tempDir } from '../../support/temp-dir.ts';

const CLIENT =
  '{ request() {} makeRequest() {} methodRequest(m, p, o) { return this.request(o); } line() { return new Error().stack.split("\\n")[1]; } }';
const source = (file: string): string => new URL(`../../../src/instrumentation/hook/${file}`, import.meta.url).href;
const isPatched = (client: { prototype: { request: { [key: symbol]: unknown } } }): boolean =>
  client.prototype.request[Symbol.for('agent-vitals.patched')] === true;

for (const [name, install] of [
  ['the load hook', hookLoading],
  ['the resolve hook', hookResolution],
] as const) {
  describe(name, () => {
    let root: string;
    let hook: { deregister(): void };

    before(() => {
      root = tempDir();
      openHandover();
      hook = install();
    });
    after(() => {
      hook.deregister();
      closeHandover();
      removeTempDirs();
    });

    /** A package in a directory of any name, as an npm alias makes it. */
    function write(directory: string, manifest: object, files: Record<string, string>): string {
      const path = join(root, directory);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'package.json'), JSON.stringify(manifest));
      for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
      return path;
    }
    const load = (path: string): Promise<any> => import(pathToFileURL(path).href);
    const noted = (path: string): HookedModule | undefined => hookedModules().find((module) => module.path === path);

    it('patches a client that is imported, by whichever file and name', async () => {
      const path = write(
        'alias',
        { name: 'openai', version: '7.1.2' },
        {
          'client.mjs': `export class OpenAI ${CLIENT}`,
          'index.mjs': `export { OpenAI, OpenAI as default } from './client.mjs';`,
        },
      );
      const { default: OpenAI } = await load(join(path, 'index.mjs'));
      expect(isPatched(OpenAI)).to.equal(true);
      expect((await load(join(path, 'client.mjs'))).OpenAI).to.equal(OpenAI);
      expect(noted(join(path, 'client.mjs'))).to.deep.equal({
        package: 'openai',
        version: '7.1.2',
        path: join(path, 'client.mjs'),
        format: 'esm',
        state: 'hooked',
      });
      expect(noted(join(path, 'index.mjs'))).to.equal(undefined);
    });

    it('patches a client that is required', () => {
      const path = write(
        'cjs',
        { name: '@anthropic-ai/sdk', version: '1.0.0' },
        {
          'client.js': `class BaseAnthropic ${CLIENT}\nclass Anthropic extends BaseAnthropic {}\nmodule.exports = { BaseAnthropic, Anthropic };`,
          'index.js': `module.exports = require('./client.js');`,
        },
      );
      // In a process of its own: the loader of the tests reads required files by itself, past all hooks.
      const script = `
        import { createRequire } from 'node:module';
        const { openHandover } = await import('${source('handover.ts')}');
        const { hookedModules } = await import('${source('hooked-modules.ts')}');
        const { ${install.name} } = await import('${source(install === hookLoading ? 'load-hook.ts' : 'resolve-hook.ts')}');
        openHandover();
        ${install.name}();
        const { Anthropic } = createRequire(import.meta.url)(${JSON.stringify(path)});
        console.log(JSON.stringify({ patched: Symbol.for('agent-vitals.patched') in Anthropic.prototype.request, modules: hookedModules() }));`;
      const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        encoding: 'utf8',
        env: {},
      });
      expect(JSON.parse(output)).to.deep.equal({
        patched: true,
        modules: [
          {
            package: '@anthropic-ai/sdk',
            version: '1.0.0',
            path: join(path, 'client.js'),
            format: 'cjs',
            state: 'hooked',
          },
        ],
      });
    });

    it('patches the index of old versions, default export and all, and leaves line numbers as they are', async () => {
      const path = write(
        'old',
        { name: 'openai', version: '4.0.0' },
        {
          'index.mjs': `\n\nexport class OpenAI ${CLIENT}\nexport default OpenAI;\n//# sourceMappingURL=index.mjs.map`,
        },
      );
      const { default: OpenAI } = await load(join(path, 'index.mjs'));
      expect(isPatched(OpenAI)).to.equal(true);
      expect(new OpenAI().line()).to.match(/index\.mjs[^:]*:3:/);
    });

    it('shows two copies of one package', async () => {
      for (const copy of ['copy-a', 'copy-b']) {
        const path = write(
          copy,
          { name: 'openai', version: '6.0.0' },
          { 'client.mjs': `export class OpenAI ${CLIENT}` },
        );
        await load(join(path, 'client.mjs'));
      }
      expect(
        hookedModules().filter(({ path, state }) => path.startsWith(join(root, 'copy-')) && state === 'hooked'),
      ).to.have.length(2);
    });

    it("leaves alone what is not the vendor's, though it is called so", async () => {
      const own = write('own', { name: 'my-app' }, { 'client.mjs': `export class OpenAI ${CLIENT}` });
      expect(isPatched((await load(join(own, 'client.mjs'))).OpenAI)).to.equal(false);
      mkdirSync(join(root, 'bare'));
      writeFileSync(join(root, 'bare', 'client.mjs'), `export class OpenAI ${CLIENT}`);
      expect(isPatched((await load(join(root, 'bare', 'client.mjs'))).OpenAI)).to.equal(false);
    });

    it('says why a client is skipped, and lets its module load', async () => {
      const path = write(
        'strange',
        { name: 'openai', version: '99.0.0' },
        { 'client.mjs': 'export class OpenAI { fetch() {} }' },
      );
      expect((await load(join(path, 'client.mjs'))).OpenAI).to.be.a('function');
      expect(noted(join(path, 'client.mjs'))).to.include({
        state: 'skipped',
        reason: 'its client class has not the methods that are patched',
      });
    });

    it('lets a module fail as it would', async () => {
      const path = write(
        'broken',
        { name: 'openai', version: '7.0.0' },
        { 'client.mjs': 'export class OpenAI {}\nthrow new RangeError("own");' },
      );
      const error = await load(join(path, 'client.mjs')).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(RangeError);
      expect(noted(join(path, 'client.mjs'))).to.include({ state: 'skipped' });
    });
  });
}

describe('loadHooksAreSafe', () => {
  const verdicts: Record<string, boolean> = {
    '22.15.0': false,
    '22.22.2': false,
    '22.22.3': true,
    '23.11.0': false,
    '24.11.0': false,
    '24.11.1': true,
    '25.0.0': false,
    '25.1.0': true,
    '26.0.0': true,
  };
  for (const [version, safe] of Object.entries(verdicts)) {
    it(`${version}: ${safe}`, () => expect(loadHooksAreSafe(version.split('.').map(Number))).to.equal(safe));
  }
});
