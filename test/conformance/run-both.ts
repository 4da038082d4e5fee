// The two runs the promise is about: an SDK without us, and with us.
import { resolve } from 'node:path';
import { type Run, runShapes } from './run-shapes.ts';
import { type SdkRun, tracesItself } from './sdks.ts';

export const registerEntry = resolve(import.meta.dirname, '../../dist/register.cjs');
const bareTracerProvider = resolve(import.meta.dirname, 'preloads/bare-tracer-provider.cjs');

/**
 * Both at once. An SDK that traces itself is given a tracer provider in the run without us: whatever it changes once an app has one is its
 * own doing, and we are to change nothing more.
 */
export async function runBoth(sdk: SdkRun): Promise<{ without: Run; withUs: Run }> {
  const flag = sdk.format === 'cjs' ? '--require' : '--import';
  const [without, withUs] = await Promise.all([
    runShapes({ ...sdk, flags: tracesItself(sdk) ? [flag, bareTracerProvider] : [] }),
    runShapes({ ...sdk, flags: [flag, registerEntry] }),
  ]);
  return { without, withUs };
}
