// The packed tarball in an empty project, as a user has it, on every Node line it is for, and on one it is not for.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { type Provider, startProvider } from '../../examples/quickstart/provider/start-provider.js';
import { inferenceSpans } from '../support/journal-files.ts';
import { nodeVersion } from '../support/node-version.ts';
import { attribute } from '../support/otlp-records.ts';
import { cleanEnv, type ProcessResult, runProcess } from '../support/run-process.ts';
import { removeTempDirs, tempDir } from '../support/temp-dir.ts';

const root = join(import.meta.dirname, '../..');
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const IMPORT = '--import=agent-vitals/register';
const REQUIRE = '--require=agent-vitals/register';

/** How people switch it on: the command line, and NODE_OPTIONS if any. */
const waysIn: [command: string[], nodeOptions?: string][] = [
  [['node', IMPORT, 'app.mjs']],
  [['node', REQUIRE, 'app.cjs']],
  [['node', REQUIRE, 'app.mjs']],
  [['node', IMPORT, 'app.cjs']],
  [['node', 'app.mjs'], IMPORT],
  [['node', 'app.cjs'], REQUIRE],
  [['agent-vitals', 'run', '--', 'node', 'app.mjs']],
  [['agent-vitals', 'run', '--', 'node', 'app.cjs']],
  [['node', 'by-code.mjs']],
  [['node', 'by-code.cjs']],
];

describe('the packed tarball in an empty project', function () {
  this.timeout(300_000);
  let provider: Provider;
  let project: string;

  before(async () => {
    provider = await startProvider();
    const tarballs = tempDir();
    // Without its build step: that was done, and would take dist/ from under other tests.
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', tarballs], {
      cwd: root,
      env: cleanEnv(),
      encoding: 'utf8',
    });
    project = tempDir();
    writeFileSync(join(project, 'package.json'), '{ "private": true }');
    const packages = [join(tarballs, packed.trim()), `openai@${devDependencies.openai}`];
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--silent', ...packages], {
      cwd: project,
      env: cleanEnv(),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    cpSync(join(import.meta.dirname, 'apps/installed'), project, { recursive: true });
  });
  after(async () => {
    await provider.close();
    removeTempDirs();
  });

  function run(nodeDir: string, command: readonly string[], env: Record<string, string> = {}): Promise<ProcessResult> {
    const path = [nodeDir, join(project, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
    const [program = '', ...args] = command;
    return runProcess('env', [program, ...args], {
      cwd: project,
      env: {
        PATH: path,
        OPENAI_API_KEY: 'none',
        OPENAI_BASE_URL: `${provider.url}/v1`,
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        ...env,
      },
    });
  }

  function outcome({ code, signal, stdout, stderr }: ProcessResult): object {
    return { code, signal, stdout, stderr };
  }

  for (const version of ['22.15.0', '22', '24', '26']) {
    describe(`on Node ${version}`, () => {
      let nodeDir: string;
      let plain: object;
      before(async () => {
        nodeDir = nodeVersion(version);
        const result = await run(nodeDir, ['node', 'app.mjs']);
        expect(result).to.deep.include({ code: 7, stderr: '' });
        expect(result.stdout).to.include('Paris');
        plain = outcome(result);
      });

      for (const [command, nodeOptions] of waysIn) {
        it([...(nodeOptions ? [`NODE_OPTIONS=${nodeOptions}`] : []), ...command].join(' '), async () => {
          const dir = mkdtempSync(join(project, 'data-'));
          const env = { AGENT_VITALS_DIR: dir, ...(nodeOptions && { NODE_OPTIONS: nodeOptions }) };
          expect(outcome(await run(nodeDir, command, env))).to.deep.equal(plain);
          const spans = inferenceSpans(dir);
          expect(spans.map((span) => attribute(span, 'gen_ai.request.model'))).to.deep.equal([
            'gpt-4.1',
            'gpt-4.1-mini',
          ]);
          expect(spans.map((span) => attribute(span, 'agent_vitals.outcome'))).to.deep.equal([
            'completed',
            'completed',
          ]);
          expect(attribute(spans[0] ?? {}, 'agent_vitals.cost.usd')).to.be.above(0);

          const stats = await run(nodeDir, ['agent-vitals', 'stats', '--json', '--dir', dir]);
          expect(stats, stats.stderr).to.deep.include({ code: 0, stderr: '' });
          expect(JSON.parse(stats.stdout)).to.be.an('object');
        });
      }
    });
  }

  describe('on Node 20', () => {
    const line = /^agent-vitals: needs Node >= 22\.15, this is 20\.\d+\.\d+[^\n]*\n$/;
    let nodeDir: string;
    before(() => {
      nodeDir = nodeVersion('20');
    });

    for (const [flag, app] of [
      [IMPORT, 'app.mjs'],
      [REQUIRE, 'app.cjs'],
    ] as const) {
      it(`${flag} says one line and lets ${app} run as before`, async () => {
        const dir = join(project, 'data-20');
        const plain = await run(nodeDir, ['node', app]);
        const { stderr, ...result } = await run(nodeDir, ['node', flag, app], { AGENT_VITALS_DIR: dir });
        expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: plain.code, stdout: plain.stdout });
        expect(plain.stdout).to.include('Paris');
        expect(stderr.replace(plain.stderr, '')).to.match(line);
        expect(existsSync(dir)).to.equal(false);
      });
    }

    it('the command line exits 1 with the same line', async () => {
      const flagged = await run(nodeDir, ['node', REQUIRE, '--eval', '0']);
      expect(flagged.stderr).to.match(line);
      for (const command of ['stats', 'doctor', '--help']) {
        const { code, stdout, stderr } = await run(nodeDir, ['agent-vitals', command]);
        expect({ code, stdout }, command).to.deep.equal({ code: 1, stdout: '' });
        expect(stderr, command).to.equal(flagged.stderr);
      }
    });
  });
});
