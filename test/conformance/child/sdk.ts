// One SDK as an app has it: its client class, every class it lets a caller name, and ways to load more of it.
import { load } from '../../sdks/load.js';

export interface Sdk {
  readonly vendor: 'openai' | 'anthropic';
  readonly alias: string;
  readonly format: 'esm' | 'cjs';
  readonly model: string;
  readonly module: any;
  readonly Client: any;
  readonly classes: Map<string, any>;
  readonly zod: any;
  /** A module below the package, or `undefined` where this version has none of that name. */
  sub(path: string): Promise<any>;
  /** Another package of the tree. */
  load(specifier: string): Promise<any>;
  loadAs(format: 'esm' | 'cjs', specifier: string): Promise<any>;
}

/** Where versions keep the classes they do not export from the root. */
const moreClasses = ['streaming', 'core', 'core/api-promise', 'core/streaming'];

export async function loadSdk(alias: string, format: 'esm' | 'cjs'): Promise<Sdk> {
  const vendor = alias.startsWith('anthropic') ? 'anthropic' : 'openai';
  const module = await load(format, alias);
  const sub = (path: string) => load(format, `${alias}/${path}`).catch(() => undefined);
  const classes = new Map<string, any>();
  const found = [['', module], ...(await Promise.all(moreClasses.map(async (path) => [`${path}.`, await sub(path)])))];
  for (const [prefix, exported] of found) {
    for (const [name, value] of Object.entries(exported ?? {})) {
      if (typeof value === 'function' && value.prototype !== undefined && /^[A-Z]/.test(name))
        classes.set(`${prefix}${name}`, value);
    }
  }
  return {
    vendor,
    alias,
    format,
    model: vendor === 'openai' ? 'gpt-5-mini' : 'claude-sonnet-4-5',
    module,
    Client: module.default ?? module,
    classes,
    zod: await load(format, 'zod'),
    sub,
    load: (specifier) => load(format, specifier),
    loadAs: load,
  };
}
