// What of the vendors' SDKs has been loaded in this process and whether it is recorded: for `agent-vitals doctor`.

export interface HookedModule {
  readonly package: string;
  readonly version: string;
  /** Of the file that holds the client class. Two of one package and format are two copies of it. */
  readonly path: string;
  readonly format: 'esm' | 'cjs';
  readonly state: 'hooked' | 'skipped';
  /** Why it is skipped, in words for people. */
  readonly reason?: string;
}

/** A broken host could load endless copies. */
const MAX_MODULES = 100;
const modules = new Map<string, HookedModule>();

let onModule: (() => void) | undefined;

export function noteModule(module: HookedModule): void {
  if (modules.has(module.path) || modules.size < MAX_MODULES) modules.set(module.path, module);
  onModule?.();
}

/** Calls `listener` for each module that is loaded from now on; only the last one given is called. */
export function whenModuleLoaded(listener: (() => void) | undefined): void {
  onModule = listener;
}

/** Client modules seen so far, in the order in which they were loaded. */
export function hookedModules(): HookedModule[] {
  return [...modules.values()];
}
