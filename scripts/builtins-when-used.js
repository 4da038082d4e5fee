// Loads parts of Node that most processes do not need at their start when they are first used, rather than with the bundle that imports them.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const filter = /^(node:)?(child_process|crypto|fs\/promises|https|tls|zlib)$/;

/** Each export becomes a getter: what is imported by name is read where it is used. */
export const builtinsWhenUsed = {
  name: 'builtins-when-used',
  setup(b) {
    b.onResolve({ filter }, ({ path }) => ({ path: path.replace(/^node:/, ''), namespace: 'builtin' }));
    b.onLoad({ filter, namespace: 'builtin' }, ({ path }) => {
      const getters = Object.getOwnPropertyNames(require(`node:${path}`)).map(
        (name) => `get ${name}() { return load().${name}; }`,
      );
      return {
        contents: `const load = () => process.getBuiltinModule('node:${path}');\nmodule.exports = { ${getters.join(', ')} };`,
      };
    });
  },
};
