// Sees the vendors' SDKs as they are loaded, by `import` and `require` alike, and has their clients patched. Must cost other modules nothing
// to speak of, change no line of what is loaded, and never make a load fail.
import { existsSync, readFileSync } from 'node:fs';
import { type LoadFnOutput, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorName, guard } from '../../internal/guard.ts';
import { type Patchable, patchClient, setRecording } from '../inference/patch-client.ts';
import { loadAdapter, type Vendor, vendors } from '../vendors.ts';
import { type HookedModule, noteModule } from './hooked-modules.ts';

/** The global function to which the line added to a client module hands its class. */
const HANDOVER = Symbol.for('agent-vitals.hook');
/** `client` since openai 5 and @anthropic-ai/sdk 0.4x, `index` before. */
const CLIENT_FILE = /\/(?:client|index)\.m?js(?:\?|$)/;

type Handover = (path: string, clientClass: unknown) => void;
const global = globalThis as { [HANDOVER]?: Handover };

const pending = new Map<string, { readonly vendor: Vendor; readonly module: HookedModule }>();
let hooks: { deregister(): void } | undefined;

/** From now on the clients of the vendors' SDKs are recorded. Those loaded before are not: see `instrument()`. */
export function installModuleHook(): void {
  setRecording(true);
  global[HANDOVER] = (path, clientClass) => guard('instrumenting a module', () => takeOver(path, clientClass));
  hooks ??= registerHooks({
    load(url, context, nextLoad) {
      // A synchronous hook gets no promise, whatever the type says.
      const loaded = nextLoad(url, context) as LoadFnOutput;
      // Most modules end here.
      if (!CLIENT_FILE.test(url)) return loaded;
      return guard('hooking a module', () => withHandover(url, loaded), loaded);
    },
  });
}

/** From now on nothing is recorded. Patched clients go on without us. */
export function uninstallModuleHook(): void {
  setRecording(false);
  hooks?.deregister();
  hooks = undefined;
  delete global[HANDOVER];
}

/** The module with one line more at its end, so that no line changes its number. */
function withHandover(url: string, loaded: LoadFnOutput): LoadFnOutput {
  const { source, format } = loaded;
  if (!source || (format !== 'module' && format !== 'commonjs')) return loaded;
  const bytes = typeof source === 'string' ? source : Buffer.from(source as Uint8Array);
  const candidates = vendors.filter(({ classNames }) => classNames.some((name) => bytes.includes(name)));
  if (candidates.length === 0) return loaded;
  const path = fileURLToPath(url);
  const owner = readPackage(dirname(path));
  const vendor = candidates.find(({ packageName }) => packageName === owner?.name);
  if (!vendor || !owner) return loaded;
  const text = bytes.toString();
  // The index of later versions only passes on what the client module declares.
  const className = vendor.classNames.find((each) => new RegExp(`\\b(?:class|var) ${each}\\b`).test(text));
  if (className === undefined) return loaded;
  const module: HookedModule = {
    package: vendor.packageName,
    version: owner.version ?? '',
    path,
    format: format === 'module' ? 'esm' : 'cjs',
    state: 'skipped',
    reason: 'its client class was not handed over: the module failed while loading',
  };
  noteModule(module);
  pending.set(path, { vendor, module });
  const line = `;try{globalThis[Symbol.for('agent-vitals.hook')]?.(${JSON.stringify(path)},${className})}catch{}`;
  return { ...loaded, source: `${text}\n${line}\n` };
}

function takeOver(path: string, clientClass: unknown): void {
  const { vendor, module } = pending.get(path) ?? {};
  if (!vendor || !module) return;
  pending.delete(path);
  const reason = guard('patching a client', () => patch(vendor, clientClass), 'patching it failed');
  const { reason: _, ...known } = module;
  noteModule(reason === undefined ? { ...known, state: 'hooked' } : { ...known, state: 'skipped', reason });
}

/** @returns why it could not be done. */
function patch(vendor: Vendor, clientClass: unknown): string | undefined {
  if (typeof clientClass !== 'function') return 'its client class is none';
  let adapter: ReturnType<typeof loadAdapter>;
  try {
    adapter = loadAdapter(vendor);
  } catch (error) {
    return `the adapter could not be loaded: ${errorName(error)}`;
  }
  const patched = patchClient(clientClass.prototype as Patchable, adapter);
  return patched ? undefined : 'its client class has not the methods that are patched';
}

/** The package whose root is `directory`, if it is one: the file may as well be the host's own `client.js`. */
function readPackage(directory: string): { name?: string; version?: string } | undefined {
  const file = join(directory, 'package.json');
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
}
