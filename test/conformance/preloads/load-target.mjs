// What the harmful preloads share: the classes of the SDK under test, before the app has them.
import { load } from '../../sdks/load.js';

const alias = process.env.CONFORMANCE_SDK ?? '';
const { default: Client } = await load('esm', alias);

/** The resource `chat.completions`, whose `create` they replace. */
export const { completions } = new Client({ apiKey: 'sk-none' }).chat;
export const prototype = Object.getPrototypeOf(completions);
export { Client };

/** Replaces `create` for all clients of the process by what `wrap` makes of it. */
export function replaceCreate(wrap) {
  const original = prototype.create;
  prototype.create = {
    create(...given) {
      return wrap.call(this, original.bind(this), ...given);
    },
  }.create;
}
