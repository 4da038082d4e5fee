// Carries a context across `await` where the app has no OpenTelemetry SDK to do it: what is said once still holds below.
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api';

/** Made when first needed: an SDK brings its own. */
let own: AsyncLocalStorage<Context> | undefined;

/** Runs `fn` with `inner` as the active context. @returns what `fn` returns. */
export function runIn<T>(inner: Context, fn: () => T): T {
  return context.with(inner, () => {
    if (context.active() === inner) return fn();
    own ??= new AsyncLocalStorage();
    return own.run(inner, fn);
  });
}

export function activeContext(): Context {
  const active = context.active();
  return active === ROOT_CONTEXT ? (own?.getStore() ?? active) : active;
}
