// How a client class gets from the vendor's module to us: by a line of code that calls a global function, which cannot make the module fail.
import { errorName, guard } from '../../internal/guard.ts';
import { type Patchable, patchClient } from '../inference/patch-client.ts';
import { loadAdapter, type Vendor } from '../vendors.ts';
import type { ClientModule } from './client-module.ts';
import { type HookedModule, noteModule } from './hooked-modules.ts';

const KEY = 'agent-vitals.hook';
const HANDOVER = Symbol.for(KEY);

type Handover = (path: string, clientClass: unknown) => void;
const global = globalThis as { [HANDOVER]?: Handover };

const expected = new Map<string, ClientModule>();

export function openHandover(): void {
  global[HANDOVER] = (path, clientClass) => guard('instrumenting a module', () => takeOver(path, clientClass));
}

export function closeHandover(): void {
  delete global[HANDOVER];
}

/** The line that hands `expression`, the client class, over. Until it has run, the module counts as skipped. */
export function handoverLine(module: ClientModule, expression: string): string {
  expected.set(module.path, module);
  note(module, 'its client class was not handed over: the module failed while loading');
  return `;try{globalThis[Symbol.for('${KEY}')]?.(${JSON.stringify(module.path)},${expression})}catch{}`;
}

function takeOver(path: string, clientClass: unknown): void {
  const module = expected.get(path);
  if (module)
    note(
      module,
      guard('patching a client', () => patch(module.vendor, clientClass), 'patching it failed'),
    );
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

/** @param reason why it is skipped; it is hooked when there is none. */
function note({ vendor, version, path, format }: ClientModule, reason: string | undefined): void {
  const module = { package: vendor.packageName, version, path, format };
  noteModule(
    reason === undefined
      ? { ...module, state: 'hooked' }
      : ({ ...module, state: 'skipped', reason } satisfies HookedModule),
  );
}
