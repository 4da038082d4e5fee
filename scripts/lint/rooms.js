// Lint rule: who may import whom. Its message says where to go instead. The rooms are those in CONTRIBUTING.
import { dirname, relative, resolve } from 'node:path';

const base = ['internal', 'semconv'];
const settings = [...base, 'config', 'pricing'];
const work = ['instrumentation', 'processing', 'exporters', 'alerting', 'coordination', 'query'];

/** A room and the rooms it may import. A file directly under `src` is a room of its own. */
const mayImport = {
  internal: [],
  semconv: [],
  config: base,
  pricing: [...base, 'config'],
  ...Object.fromEntries(work.map((room) => [room, settings])),
  alerting: [...settings, 'query'],
  backends: [...settings, 'exporters', 'query'],
  runtime: [...settings, ...work, 'backends'],
  dashboard: [...settings, ...work, 'backends', 'runtime'],
  cli: [...settings, ...work, 'backends', 'runtime', 'dashboard'],
  index: [...settings, ...work, 'backends', 'runtime'],
  register: ['internal', 'runtime'],
};
const mayImportSdk = ['exporters', 'alerting', 'backends', 'processing', 'runtime', 'index'];
const vendorSdk = /^(openai|@anthropic-ai\/sdk|@google\/genai|ai)(\/|$)/;

const src = resolve(import.meta.dirname, '../../src');
const roomOf = (path) => relative(src, path).split('/')[0].replace(/\.ts$/, '');

function problem(file, from, isType) {
  const room = roomOf(file);
  const allowed = mayImport[room];
  if (!allowed) return `"${room}" is not a room. Put the file into one of: ${Object.keys(mayImport).join(', ')}.`;
  if (from.startsWith('.')) {
    const target = roomOf(resolve(dirname(file), from));
    if (target === room || allowed.includes(target)) return undefined;
    return `${room} may not import ${target}, only ${allowed.join(', ') || 'nothing'}. Move what both need down into one of these, or have runtime pass it in.`;
  }
  if (from.startsWith('@opentelemetry/sdk-') && !isType && !mayImportSdk.includes(room)) {
    return `${room} may not import the SDK, only ${mayImportSdk.join(', ')} may. Use @opentelemetry/api here.`;
  }
  if (vendorSdk.test(from)) return 'A vendor SDK is never imported. Feature-detect what the module hook hands over.';
  return undefined;
}

const direction = {
  create(context) {
    const file = context.filename;
    if (relative(src, file).startsWith('..')) return {};
    const check = (node) => {
      // `import(name)` of a variable is nobody's to judge.
      if (typeof node.source?.value !== 'string') return;
      const isType = (node.importKind ?? node.exportKind) === 'type';
      const message = problem(file, node.source.value, isType);
      if (message) context.report({ node, message });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

export default { meta: { name: 'rooms' }, rules: { direction } };
