// Builds dist/: one bundle that the flag, the API and the command line share, small files loaded on demand beside it, and the types.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { builtinsWhenUsed } from './builtins-when-used.js';
import {
  cleanAttributesOnce,
  judgeAttributesWithoutSets,
  leaveOutUnusedExporters,
  rememberFrozenLabelSets,
  spellOutOnceForAllReaders,
} from './sdk-in-the-bundle.js';
import { writeNotices } from './third-party-notices.js';
import { writeTypesForRequire } from './types-for-require.js';

const root = resolve(import.meta.dirname, '..');
// Made beside the old one and put into its place at the end: whoever runs the old one meanwhile does not find half of it.
const dist = join(root, `dist.${process.pid}.tmp`);
// A build that fails leaves nothing behind; of one that does not it is gone by then.
process.on('exit', () => rmSync(dist, { recursive: true, force: true }));

/** Loaded from node_modules when first needed: too large or too rarely used for the bundle. */
const external = ['@clack/prompts', '@pydantic/genai-prices', 'hyparquet-writer', 'nodemailer', 're2js', 'yaml'];
const entries = {
  'agent-vitals': 'src/index.ts',
  cli: 'src/cli/main.ts',
  register: 'src/register.ts',
  schema: 'src/config/schema.ts',
  alerting: 'src/alerting/alerting.ts',
  'rule-schema': 'src/alerting/rule-schema.ts',
  journal: 'src/query/journal.ts',
  'piece-worker': 'src/query/index/piece-worker.ts',
  'openai/index': 'src/instrumentation/openai/index.ts',
  'anthropic/index': 'src/instrumentation/anthropic/index.ts',
  'redis/redis-store': 'src/coordination/store/redis/redis-store.ts',
  'approval-notice': 'src/runtime/approval-notice.ts',
  'loop-report': 'src/coordination/agents/loop-report.ts',
  'sqlite/sqlite-store': 'src/coordination/store/sqlite/sqlite-store.ts',
};

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: entries,
  metafile: true,
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  // The oldest Node that may meet the files, not the oldest that is supported: there they must parse and say so.
  target: 'node20',
  format: 'cjs',
  // The ESM builds of the SDK shake; their CJS builds do not.
  mainFields: ['module', 'main'],
  conditions: ['import'],
  external,
  minifySyntax: true,
  minifyWhitespace: true,
  // A third less to be parsed at each start.
  minifyIdentifiers: true,
  plugins: [
    builtinsWhenUsed,
    leaveOutUnusedExporters,
    rememberFrozenLabelSets,
    spellOutOnceForAllReaders,
    judgeAttributesWithoutSets,
    cleanAttributesOnce,
  ],
  legalComments: 'none',
  define: {
    'import.meta.url': '__bundleUrl',
    'import.meta.filename': '__filename',
    'import.meta.dirname': '__dirname',
  },
  banner: { js: "const __bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
});

// By name, not as the default: loaders such as tsx take the default of a CommonJS module for something else than Node does.
const names = Object.keys(createRequire(import.meta.url)(join(dist, 'agent-vitals.cjs'))).sort();
writeFileSync(join(dist, 'index.js'), `export { ${names.join(', ')} } from './agent-vitals.cjs';\n`);
writeFileSync(join(dist, 'register.d.cts'), 'export {};\n');

const bin = join(dist, 'bin', 'agent-vitals.cjs');
mkdirSync(dirname(bin), { recursive: true });
writeFileSync(bin, `#!/usr/bin/env node\nrequire('node:module').enableCompileCache?.();\nrequire('../cli.cjs');\n`);
chmodSync(bin, 0o755);

writeNotices(join(dist, 'THIRD-PARTY-NOTICES.txt'), Object.keys(metafile.inputs), root);

execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', '--outDir', join(dist, 'types')], {
  cwd: root,
  stdio: 'inherit',
});

writeTypesForRequire(join(dist, 'types'), 'index');

const place = join(root, 'dist');
rmSync(place, { recursive: true, force: true });
renameSync(dist, place);
