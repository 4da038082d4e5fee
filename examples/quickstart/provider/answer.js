// What the "model" says: chosen from the request by fixed rules, so that the same request always gets the same answer.

/** @typedef {{ text?: string, refusal?: string, reasoning?: string, calls?: { name: string, input: unknown }[] }} Answer */

const TEXT = 'The capital of France is Paris – a city on the Seine.';
const REFUSAL = 'I’m sorry, I cannot help with that.';
const REASONING = 'The user asks for a capital. France’s is Paris.';

/**
 * @param {object} question
 * @param {Set<string>} question.words
 * @param {{ name: string, schema: object }[]} question.tools what may be called now: none once results are in
 * @param {object} [question.schema] JSON schema the answer must follow
 * @param {string} [question.lastUserText]
 * @returns {Answer}
 */
export function answerTo({ words, tools, schema, lastUserText }) {
  const reasoning = words.has('reasoning') ? REASONING : undefined;
  if (words.has('refusal')) return { reasoning, refusal: REFUSAL };
  if (tools.length > 0) {
    const called = words.has('parallel') && tools.length === 1 ? [tools[0], tools[0]] : tools;
    return { reasoning, calls: called.map((tool) => ({ name: tool.name, input: sampleOf(tool.schema) })) };
  }
  if (schema !== undefined) return { reasoning, text: JSON.stringify(sampleOf(schema)) };
  if (words.has('echo')) return { reasoning, text: lastUserText ?? '' };
  return { reasoning, text: TEXT };
}

/** Pieces of a text as a stream would bring them. */
export function piecesOf(text) {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

/** A value that fits a JSON schema, the same every time. */
function sampleOf(schema, root = schema) {
  if (typeof schema !== 'object' || schema === null) return {};
  if (typeof schema.$ref === 'string') {
    const target = schema.$ref.split('/').slice(1);
    return sampleOf(
      target.reduce((at, key) => at?.[key], root),
      root,
    );
  }
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (choice !== undefined) return sampleOf(choice, root);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'string') return 'Paris';
  if (type === 'number' || type === 'integer') return 7;
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  if (type === 'array') return [sampleOf(schema.items, root)];
  const properties = Object.entries(schema.properties ?? {});
  return Object.fromEntries(properties.map(([name, property]) => [name, sampleOf(property, root)]));
}
