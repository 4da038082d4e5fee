// Builds dist/: one bundle that the flag, the API and the command line share, small files loaded on demand beside it, and the types.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
// Made beside the old one and put into its place at the end: whoever runs the old one meanwhile does not find half of it.
const dist = join(root, `dist.${process.pid}.tmp`);

/** Loaded from node_modules when first needed: too large or too rarely used for the bundle. */
const external = ['@pydantic/genai-prices', 'commander', 'yaml', 'zod'];
/**
 * NodeSDK imports every exporter there is, gRPC with its protobuf runtime first of all: 550 kB that would be compiled at each process start.
 * They serve only signals that are left to its own choice, and the runtime leaves it none.
 */
const leaveOutUnusedExporters = {
  name: 'leave-out-unused-exporters',
  setup(b) {
    const filter = /^@opentelemetry\/exporter-((trace|metrics|logs)-otlp-(grpc|proto)|zipkin)$/;
    b.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }));
    b.onLoad({ filter, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};
/**
 * The SDK spells out a label set anew for each measurement and each reader: a third of what recording costs us. Ours are made once and frozen,
 * so what they come to can be kept.
 */
const rememberFrozenLabelSets = {
  name: 'remember-frozen-label-sets',
  setup(b) {
    b.onLoad({ filter: /sdk-metrics\/dist\/utils\.mjs$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replace(
        'function hashAttributes(attributes) {',
        `const hashes = new WeakMap();
function hashAttributes(attributes) {
  let hash = hashes.get(attributes);
  if (hash === undefined) {
    hash = spellOut(attributes);
    if (Object.isFrozen(attributes)) hashes.set(attributes, hash);
  }
  return hash;
}
function spellOut(attributes) {`,
      );
      if (contents === source) throw new Error('hashAttributes of sdk-metrics is not where it was');
      return { contents };
    });
  },
};
/**
 * The SDK makes a WeakSet for every attribute value it takes, to find circles in it, and texts and numbers have none: a fifth of what a call
 * of ours would allocate.
 */
const lookForCirclesInObjectsOnly = {
  name: 'look-for-circles-in-objects-only',
  setup(b) {
    b.onLoad({ filter: /opentelemetry\/core\/dist\/common\/attributes\.mjs$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replace(
        /return isAnyValueInternal\(val, .*new WeakSet\(\)\);/,
        "return isAnyValueInternal(val, typeof val === 'object' ? new WeakSet() : undefined);",
      );
      if (contents === source) throw new Error('isAnyValue of core is not where it was');
      return { contents };
    });
  },
};
const entries = {
  'agent-vitals': 'src/index.ts',
  cli: 'src/cli/main.ts',
  register: 'src/register.ts',
  schema: 'src/config/schema.ts',
  'openai/index': 'src/instrumentation/openai/index.ts',
  'anthropic/index': 'src/instrumentation/anthropic/index.ts',
};

await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(join(root, path)))),
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
  plugins: [leaveOutUnusedExporters, rememberFrozenLabelSets, lookForCirclesInObjectsOnly],
  legalComments: 'none',
  define: {
    'import.meta.url': '__bundleUrl',
    'import.meta.filename': '__filename',
    'import.meta.dirname': '__dirname',
  },
  banner: { js: "const __bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
});

// What --import and --require load. Checks the Node version before anything that an older one could not run.
// By name, not as the default: loaders such as tsx take the default of a CommonJS module for something else than Node does.
const names = Object.keys(createRequire(import.meta.url)(join(dist, 'agent-vitals.cjs'))).sort();
writeFileSync(join(dist, 'index.js'), `export { ${names.join(', ')} } from './agent-vitals.cjs';\n`);
writeFileSync(join(dist, 'register.d.cts'), 'export {};\n');

if (existsSync(join(dist, 'cli.cjs'))) {
  const bin = join(dist, 'bin', 'agent-vitals.cjs');
  mkdirSync(dirname(bin), { recursive: true });
  writeFileSync(bin, `#!/usr/bin/env node\nrequire('../cli.cjs');\n`);
  chmodSync(bin, 0o755);
}

execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', '--outDir', join(dist, 'types')], {
  cwd: root,
  stdio: 'inherit',
});

const place = join(root, 'dist');
rmSync(place, { recursive: true, force: true });
renameSync(dist, place);
