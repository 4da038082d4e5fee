// What the bundle does to the OpenTelemetry SDK on its way in, for the start-up and the hot path. Each change is looked for and the build fails
// where the SDK no longer has the place: an update is never patched by half. The tests of the package run on the bundle.
import { readFileSync } from 'node:fs';

/**
 * NodeSDK imports every exporter there is, gRPC with its protobuf runtime first of all: 550 kB that would be compiled at each process start.
 * They serve only signals that are left to its own choice, and the runtime leaves it none.
 */
export const leaveOutUnusedExporters = {
  name: 'leave-out-unused-exporters',
  setup(b) {
    const filter = /^@opentelemetry\/exporter-((trace|metrics|logs)-otlp-(grpc|proto)|zipkin)$/;
    b.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }));
    b.onLoad({ filter, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};
/**
 * The SDK spells out a label set anew for each measurement and each reader: a third of what recording costs us. Ours are made once and frozen,
 * so what they come to can be kept.
 */
export const rememberFrozenLabelSets = {
  name: 'remember-frozen-label-sets',
  setup(b) {
    b.onLoad({ filter: /sdk-metrics\/dist\/utils\.mjs$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replace(
        'function hashAttributes(attributes) {',
        `const hashes = new WeakMap();
function hashAttributes(attributes) {
  let hash = hashes.get(attributes);
  if (hash === undefined) {
    hash = spellOut(attributes);
    if (Object.isFrozen(attributes)) hashes.set(attributes, hash);
  }
  return hash;
}
function spellOut(attributes) {`,
      );
      if (contents === source) throw new Error('hashAttributes of sdk-metrics is not where it was');
      return { contents };
    });
  },
};
