// The module hook for Nodes whose load hooks break other people's modules: before 22.22.3, and from 23 to 24.11.0, a CommonJS module that is
// imported cannot require an ES module that imports, once there is any load hook ("request for '...' is not in cache"). Resolve hooks are safe.
import { readFileSync } from 'node:fs';
import { type ResolveFnOutput, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { guard } from '../../internal/guard.ts';
import { type ClientModule, mayBeClientModule, recogniseClientModule } from './client-module.ts';
import { handoverLine } from './handover.ts';
import { type Hook, loadWithHandover } from './load-hook.ts';

/** On the URL of the vendor's own module, behind ours. */
const ORIGINAL = 'agent-vitals-original';

export function loadHooksAreSafe(
  [major = 0, minor = 0, patch = 0] = process.versions.node.split('.').map(Number),
): boolean {
  switch (major) {
    case 22:
      return minor > 22 || (minor === 22 && patch >= 3);
    case 24:
      return minor > 11 || (minor === 11 && patch >= 1);
    case 25:
      return minor >= 1;
    default:
      return major > 25;
  }
}

export function hookResolution(): Hook {
  let loading: Hook | undefined;
  /** A module is resolved by all who import it, and evaluated once. */
  const standIns = new Map<string, string>();
  const disarm = (): void => {
    loading?.deregister();
    loading = undefined;
  };
  const hook = registerHooks({
    resolve(specifier, context, nextResolve) {
      disarm();
      // A synchronous hook gets no promise, whatever the type says.
      const resolved = nextResolve(specifier, context) as ResolveFnOutput;
      if (!mayBeClientModule(resolved.url) || resolved.url.endsWith(ORIGINAL)) return resolved;
      return guard(
        'hooking a module',
        () => {
          const known = standIns.get(resolved.url);
          if (known !== undefined) return { ...resolved, url: known, format: 'module' };
          const module = recogniseClientModule(resolved.url, resolved.url.endsWith('.mjs') ? 'esm' : 'cjs');
          if (!module) return resolved;
          if (module.format === 'esm') {
            const url = standIn(resolved.url, module);
            standIns.set(resolved.url, url);
            return { ...resolved, url, format: 'module' };
          }
          // `require` loads what it resolves before it resolves anything else: the load hook lives for this one module.
          loading = registerHooks({
            load(url, loadContext, nextLoad) {
              disarm();
              return loadWithHandover(url, loadContext, nextLoad);
            },
          });
          return resolved;
        },
        resolved,
      );
    },
  });
  return {
    deregister(): void {
      disarm();
      hook.deregister();
    },
  };
}

/** A module that exports what the vendor's does and hands its class over. Whoever imports the one gets the other. */
function standIn(url: string, module: ClientModule): string {
  const original = JSON.stringify(`${url}${url.includes('?') ? '&' : '?'}${ORIGINAL}`);
  const hasDefault = /^export default\b|\bas default\b/m.test(readFileSync(fileURLToPath(url), 'utf8'));
  const code = [
    `import*as client from${original};`,
    `export*from${original};`,
    hasDefault ? `export{default}from${original};` : '',
    handoverLine(module, `client.${module.className}`),
  ];
  return `data:text/javascript,${encodeURIComponent(code.join(''))}`;
}
