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
 * so what they come to can be kept. Of an app's own it is kept while one measurement goes from reader to reader.
 */
export const rememberFrozenLabelSets = change('remember-frozen-label-sets', /sdk-metrics\/dist\/utils\.mjs$/, [
  [
    'function hashAttributes(attributes) {',
    `const hashes = new WeakMap();
let measured, measuredHash;
function setMeasured(attributes) {
  measured = attributes;
  measuredHash = undefined;
}
function hashAttributes(attributes) {
  if (attributes !== measured) return hashOf(attributes);
  return (measuredHash ??= hashOf(attributes));
}
function hashOf(attributes) {
  let hash = hashes.get(attributes);
  if (hash === undefined) {
    hash = spellOut(attributes);
    if (Object.isFrozen(attributes)) hashes.set(attributes, hash);
  }
  return hash;
}
function spellOut(attributes) {`,
  ],
  ['hashAttributes, instrumentationScopeId,', 'hashAttributes, setMeasured, instrumentationScopeId,'],
]);
export const spellOutOnceForAllReaders = change(
  'spell-out-once-for-all-readers',
  /sdk-metrics\/dist\/state\/MultiWritableMetricStorage\.mjs$/,
  [
    [
      'import { context } from "@opentelemetry/api";',
      'import { context } from "@opentelemetry/api";\nimport { setMeasured } from "../utils.mjs";',
    ],
    [
      'for (let i = 0; i < storages.length; i++) storages[i].record(value, attributes, context$1, recordTime);',
      `setMeasured(attributes);
		try {
			for (let i = 0; i < storages.length; i++) storages[i].record(value, attributes, context$1, recordTime);
		} finally {
			setMeasured(undefined);
		}`,
    ],
  ],
);

/** For each attribute, a text or number too, the SDK makes a set that only circles need; and an array for each that a span starts with. */
export const judgeAttributesWithoutSets = change(
  'judge-attributes-without-sets',
  /core\/dist\/common\/attributes\.mjs$/,
  [
    [
      'function isAnyValue(val) {',
      `function isAnyValue(val) {
  if (typeof val === "string" || typeof val === "number" || typeof val === "boolean") return true;`,
    ],
    [
      'for (const [key, val] of Object.entries(inAttributes)) {',
      `for (const key of Object.keys(inAttributes)) {
      const val = inAttributes[key];`,
    ],
  ],
);

/** A span's attributes are cleaned without limits for the sampler, and again with them: only where a sampler added some or there are limits. */
export const cleanAttributesOnce = change('clean-attributes-once', /sdk-trace\/dist\/Tracer\.mjs$/, [
  [
    'const attrsData2 = cleanAttributes(Object.assign(attributes, samplingResult.attributes), this._spanLimits);',
    `const { attributeCountLimit, attributeValueLengthLimit } = this._spanLimits;
    const isClean = samplingResult.attributes === undefined && attributeValueLengthLimit === Infinity
      && Object.keys(attributes).length <= attributeCountLimit;
    const attrsData2 = isClean ? { attributes } : cleanAttributes(Object.assign(attributes, samplingResult.attributes), this._spanLimits);`,
  ],
]);

/** A plugin that replaces pieces of a file's text, each of which must be there. */
function change(name, filter, pieces) {
  return {
    name,
    setup(b) {
      b.onLoad({ filter }, ({ path }) => {
        let contents = readFileSync(path, 'utf8');
        for (const [from, to] of pieces) {
          if (!contents.includes(from)) throw new Error(`${path} has no longer: ${from}`);
          contents = contents.replace(from, () => to);
        }
        return { contents };
      });
    },
  };
}
