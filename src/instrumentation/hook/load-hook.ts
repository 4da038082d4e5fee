// Adds a line to client modules as they are loaded, at the end, so that no line changes its number.
import { type LoadFnOutput, type LoadHookContext, registerHooks } from 'node:module';
import { guard } from '../../internal/guard.ts';
import { mayBeClientModule, recogniseClientModule } from './client-module.ts';
import { handoverLine } from './handover.ts';

export interface Hook {
  deregister(): void;
}

/** For Nodes on which a load hook harms nobody: see {@link hookResolution}. */
export function hookLoading(): Hook {
  return registerHooks({ load: loadWithHandover });
}

type NextLoad = Parameters<NonNullable<Parameters<typeof registerHooks>[0]['load']>>[2];

export function loadWithHandover(url: string, context: LoadHookContext, nextLoad: NextLoad): LoadFnOutput {
  // A synchronous hook gets no promise, whatever the type says.
  const loaded = nextLoad(url, context) as LoadFnOutput;
  // Most modules end here.
  if (!mayBeClientModule(url)) return loaded;
  return guard('hooking a module', () => withHandover(url, loaded), loaded);
}

function withHandover(url: string, loaded: LoadFnOutput): LoadFnOutput {
  const { source, format } = loaded;
  if (!source) return loaded;
  const bytes = typeof source === 'string' ? source : Buffer.from(source as Uint8Array);
  // Without a `type` in the package.json there may be no format yet. The line serves both.
  const module = recogniseClientModule(url, format === 'module' ? 'esm' : 'cjs', bytes);
  return module ? { ...loaded, source: `${bytes.toString()}\n${handoverLine(module, module.className)}\n` } : loaded;
}
