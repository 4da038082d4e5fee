// The zod schema of the options, made from the option table. Only loaded when options are given in code or by file, or prices in the environment: zod is dear at process start.
import * as z from 'zod/mini';
import { expected } from './environment.ts';
import { type Option, type OptionTable, optionTable } from './option-table.ts';

const USD = { error: 'must be a number of US dollars per million tokens, 0 or more' };
const usd = z.number(USD).check(z.gte(0, USD));
const price = z.strictObject(
  {
    input: usd,
    cacheRead: z.optional(usd),
    cacheWrite: z.optional(usd),
    output: z.optional(usd),
  },
  { error: 'must be an object of prices' },
);

const model = textOf('must be the name of a model, or a pattern such as "*haiku*"');
const models = z.array(model, { error: 'must be a list of models, for example ["gpt-4o-mini", "*haiku*"]' });

function schemaOf(option: Option): z.ZodMiniType {
  const error = `must be ${expected(option)}`;
  switch (option.kind) {
    case 'boolean':
      return z.boolean({ error });
    case 'integer':
      return z.int({ error }).check(z.gte(option.min, { error }), z.lte(option.max, { error }));
    case 'choice':
      return z.enum(option.choices, { error });
    case 'prices':
      return z.record(z.string(), price, { error });
    case 'tiers':
      return z.record(z.string().check(z.minLength(1)), models, {
        error: ({ code }) => (code === 'invalid_key' ? 'needs a name for the tier, for example "cheap"' : error),
      });
    case 'rules':
      // What a rule may hold is for the room of alerting to say.
      return z.array(z.looseObject({}, { error }), { error });
    case 'list':
      return textList(error);
    case 'channels':
      // And what a channel may hold too.
      return z.record(z.string(), z.looseObject({}, { error }), { error });
    case 'string':
      return textOf(error);
  }
}

function objectOf(table: OptionTable): z.ZodMiniType {
  const shape = Object.entries(table).map(([name, entry]): [string, z.ZodMiniType] => [
    name,
    z.optional(typeof entry.kind === 'string' ? schemaOf(entry) : objectOf(entry)),
  ]);
  return z.strictObject(Object.fromEntries(shape), { error: 'must be an object' });
}

function textOf(error: string): z.ZodMiniType {
  return z.string({ error }).check(z.minLength(1, { error }));
}

function textList(error: string): z.ZodMiniType {
  return z.array(textOf(error), { error });
}

const schema = objectOf(optionTable);

/** Whether `value` can be what `option` is. */
export function fits(option: Option, value: unknown): boolean {
  return schemaOf(option).safeParse(value).success;
}

/**
 * What is wrong with `given`, one sentence a problem: where, what is allowed there. Empty when all is well.
 * @param where how the place is called to people: `start(options)` or the file's path.
 */
export function findProblems(given: unknown, where: string): string[] {
  const result = schema.safeParse(given);
  if (result.success) return [];
  return result.error.issues.map((issue) => {
    const path = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return `${where}: there is no option ${issue.keys.map((key) => `"${[...issue.path, key].join('.')}"`).join(', ')}. Options here: ${optionsAt(issue.path).join(', ')}.`;
    }
    return `${where}: ${path === '' ? 'the options' : `"${path}"`} ${issue.message}.`;
  });
}

function optionsAt(path: readonly PropertyKey[]): string[] {
  let table: unknown = optionTable;
  for (const name of path) table = (table as OptionTable)[String(name)] ?? {};
  const names = Object.keys(table as OptionTable);
  return names.includes('kind') || names.length === 0 ? Object.keys(price.shape) : names;
}
