import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { removeTempDirs, tempDir } from './support/temp-dir.ts';

const root = join(import.meta.dirname, '..');

/** What TypeScript says of a file of a project that has the package installed. */
function problemsOf(file: string, text: string, module: string): string {
  const project = tempDir();
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(root, join(project, 'node_modules/agent-vitals'));
  symlinkSync(join(root, 'node_modules/@types'), join(project, 'node_modules/@types'));
  writeFileSync(join(project, file), text);
  const compilerOptions = {
    module,
    target: 'es2022',
    strict: true,
    noEmit: true,
    types: ['node'],
    skipLibCheck: false,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
  try {
    return execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', project], { encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

const USE = `
  const length: number = withPrompt({ name: 'p' }, ({ retry, parsed }) => (retry(), parsed(true), 'text')).length;
  const settings: Options = { tiers: { cheap: ['gpt-4o-mini'] } };
  const [texts, bytes]: [AsyncIterable<string>, AsyncIterable<Uint8Array>] = [
    openJournal().export(),
    openJournal().export({ format: 'parquet', of: 'runs' }),
  ];
  const lines: AsyncIterable<string> = openJournal().export({ format: 'csv', since: '7d' });
  openJournal({ dir: 'x' }).stats().then(({ totals }) => [totals.calls + length, settings, texts, bytes, lines]);`;

describe('the types of the package', () => {
  after(removeTempDirs);

  const ESM = `import { openJournal, type Options, withPrompt } from 'agent-vitals'; ${USE}`;
  for (const [file, module, text] of [
    ['app.mts', 'node16', ESM],
    ['app.cts', 'node16', ESM],
    ['app.cts', 'node18', ESM],
    [
      'app.cts',
      'node16',
      `import vitals = require('agent-vitals'); const { openJournal, withPrompt } = vitals; type Options = vitals.Options; ${USE}`,
    ],
  ] as const) {
    it(`are found by ${file} with module ${module}: ${text.slice(0, 45)}`, () => {
      expect(problemsOf(file, text, module)).to.equal('');
    });
  }

  it('are true', () => {
    const text = "import { withPrompt } from 'agent-vitals'; withPrompt({ nam: 'p' }, () => 1);";
    expect(problemsOf('app.cts', text, 'node16')).to.match(/error TS\d+: .*'nam'/);
  });
});
