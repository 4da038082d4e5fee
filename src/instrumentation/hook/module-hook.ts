// Sees the vendors' SDKs as they are loaded, by `import` and `require` alike, and has their clients patched. Must cost other modules nothing
// to speak of, change no line of what is loaded, and never make a load fail.
import { abandonOpenInferences } from '../inference/open-inferences.ts';
import { setRecording } from '../inference/patch-client.ts';
import { closeHandover, openHandover } from './handover.ts';
import { type Hook, hookLoading } from './load-hook.ts';
import { hookResolution, loadHooksAreSafe } from './resolve-hook.ts';

let hook: Hook | undefined;

/** From now on the clients of the vendors' SDKs are recorded. Those loaded before are not: see `instrument()`. */
export function installModuleHook(): void {
  setRecording(true);
  openHandover();
  hook ??= loadHooksAreSafe() ? hookLoading() : hookResolution();
}

/** Ends what is open, as abandoned. From now on nothing is recorded; patched clients go on without us. */
export function uninstallModuleHook(): void {
  setRecording(false);
  abandonOpenInferences();
  closeHandover();
  hook?.deregister();
  hook = undefined;
}
