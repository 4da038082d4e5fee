// From what people wrote to a channel. Every problem names the field and what is allowed; it must never show more of a secret than a URL's host.
import {
  CHANNEL_TYPES,
  type Channel,
  type ChannelSource,
  type CommandChannel,
  type EmailChannel,
  WEBHOOK_FORMATS,
  type WebhookChannel,
} from './channel.ts';
import { judgeTarget, type PrivateHosts } from './public-target.ts';
import { MASK, Secret } from './secret.ts';

export interface ParseOptions {
  readonly source: ChannelSource;
  readonly privateHosts: PrivateHosts;
  /** Where `${NAME}` is looked up; in the configuration alone. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface ParsedChannel {
  readonly channel: Channel;
  readonly warnings: readonly string[];
}

/** What is wrong with a channel, a sentence each. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,63}$/u;
const ADDRESS = /^[^\s@<>,;:"]{1,64}@[^\s@<>,;:"]{1,255}$/;
/** With a name before it: `Ops <ops@example.com>`. */
const SENDER =
  /^(?:[^<>\r\n,;:@]{0,100}<[^\s@<>,;:"]{1,64}@[^\s@<>,;:"]{1,255}>|[^\s@<>,;:"]{1,64}@[^\s@<>,;:"]{1,255})$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
/** Visible text and blanks: what would end the line is no value. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,4000}$/;
/** Ours to say. */
const OWN_HEADERS =
  /^(?:host|content-length|content-type|connection|transfer-encoding|upgrade|expect|te|trailer|proxy-.*|keep-alive)$/i;
const ROUTING_KEY = /^[\w-]{8,64}$/;
const MAX_RECEIVERS = 50;
const COMMAND_TIMEOUT_MILLIS = 30_000;

const FIELDS: Readonly<Record<Channel['type'], readonly string[]>> = {
  webhook: ['url', 'format', 'headers', 'routingKey'],
  email: ['to', 'from'],
  stdout: [],
  command: ['command', 'timeoutMillis'],
};
const COMMON_FIELDS = ['type', 'sendResolved'];
const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue';

/** @throws {ChannelError} */
export function parseChannel(name: string, spec: unknown, { source, privateHosts, env }: ParseOptions): ParsedChannel {
  const fields = new Fields(name, spec, source === 'config' ? env : undefined);
  if (!NAME.test(name)) fields.fail('a name has letters, digits, ".", "_" and "-", at most 64');
  const type = fields.choice('type', CHANNEL_TYPES);
  const known = [...COMMON_FIELDS, ...FIELDS[type]];
  const unknown = fields.names().filter((field) => !known.includes(field));
  if (unknown.length > 0) {
    fields.fail(
      `there is no ${unknown.map(shown).join(', ')} in a channel of type ${type}; there are ${known.join(', ')}`,
    );
  }
  const common = { name, sendResolved: fields.boolean('sendResolved', true) };
  switch (type) {
    case 'webhook':
      return parseWebhook(fields, common, privateHosts);
    case 'email':
      return { channel: parseEmail(fields, common), warnings: [] };
    case 'stdout':
      return { channel: { ...common, type }, warnings: [] };
    case 'command':
      if (source !== 'config')
        fields.fail(
          '"type" command is for the configuration file only: whoever may write a database must not start programs',
        );
      return { channel: parseCommand(fields, common), warnings: [] };
  }
}

type Common = Pick<Channel, 'name' | 'sendResolved'>;

function parseWebhook(fields: Fields, common: Common, privateHosts: PrivateHosts): ParsedChannel {
  const format = fields.choice('format', WEBHOOK_FORMATS, 'json');
  const url = fields.text('url', format === 'pagerduty' ? PAGERDUTY_URL : undefined);
  if (url.includes(MASK)) fields.fail(`"url" is masked; write the true one`);
  const target = judgeTarget(url, privateHosts);
  if (typeof target === 'string') {
    fields.fail(
      `"url" ${target}. A webhook leads to a public host over https, or to one that alerts.allowPrivateHosts names`,
    );
  }
  const routingKey = fields.optionalText('routingKey');
  if (format === 'pagerduty' && !isRoutingKey(routingKey ?? '')) {
    fields.fail('"routingKey" must be the integration key of a PagerDuty service (32 letters and digits)');
  }
  if (format !== 'pagerduty' && routingKey !== undefined) fields.fail('"routingKey" is for the format pagerduty only');
  const channel: WebhookChannel = {
    ...common,
    type: 'webhook',
    format,
    url: new Secret(target.url.href),
    origin: target.url.origin,
    headers: parseHeaders(fields),
    routingKey: routingKey === undefined ? undefined : new Secret(routingKey),
  };
  return { channel, warnings: target.warnings };
}

function parseHeaders(fields: Fields): WebhookChannel['headers'] {
  const headers: Record<string, Secret> = {};
  for (const [header, value] of Object.entries(fields.object('headers'))) {
    if (!HEADER_NAME.test(header)) fields.fail('"headers" has a name that is none of HTTP');
    if (OWN_HEADERS.test(header)) fields.fail(`"headers.${header}" is not yours to set`);
    const text = fields.resolved(value, `headers.${header}`);
    if (!HEADER_VALUE.test(text)) fields.fail(`"headers.${header}" must be one line of Latin text`);
    headers[header.toLowerCase()] = new Secret(text);
  }
  return headers;
}

/** An integration key of PagerDuty. */
export function isRoutingKey(text: string): boolean {
  return ROUTING_KEY.test(text);
}

/** An e-mail address, or Name <address>. */
export function isSender(text: string): boolean {
  return SENDER.test(text);
}

function parseEmail(fields: Fields, common: Common): EmailChannel {
  const to = fields
    .texts('to')
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const wrong = to.find((address) => !ADDRESS.test(address));
  if (wrong !== undefined) fields.fail(`"to": ${shown(wrong)} is no e-mail address`);
  if (to.length === 0 || to.length > MAX_RECEIVERS) fields.fail(`"to" must be 1 to ${MAX_RECEIVERS} e-mail addresses`);
  const from = fields.optionalText('from');
  if (from !== undefined && !isSender(from)) fields.fail('"from" must be an e-mail address, or Name <address>');
  return { ...common, type: 'email', to: [...new Set(to)], from };
}

function parseCommand(fields: Fields, common: Common): CommandChannel {
  const command = fields.texts('command');
  if (command.length === 0 || command[0] === '')
    fields.fail('"command" must be a list: the program, then its arguments');
  const timeoutMillis = fields.integer('timeoutMillis', COMMAND_TIMEOUT_MILLIS, 100, 300_000);
  return { ...common, type: 'command', command: command.map((text) => new Secret(text)), timeoutMillis };
}

/** The fields of one specification, each read with what is allowed for it. */
class Fields {
  readonly #name: string;
  readonly #spec: Readonly<Record<string, unknown>>;
  readonly #env: NodeJS.ProcessEnv | undefined;

  constructor(name: string, spec: unknown, env: NodeJS.ProcessEnv | undefined) {
    this.#name = name;
    this.#env = env;
    if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) this.fail('must be an object with a "type"');
    this.#spec = spec as Record<string, unknown>;
  }

  fail(problem: string): never {
    throw new ChannelError(`channel ${shown(this.#name)}: ${problem}.`);
  }

  names(): string[] {
    return Object.keys(this.#spec);
  }

  choice<T extends string>(field: string, choices: readonly T[], fallback?: T): T {
    const value = this.#spec[field] ?? fallback;
    const choice = choices.find((one) => one === value);
    if (choice === undefined) {
      const given = typeof value === 'string' ? ` ${shown(value)}` : '';
      this.fail(`"${field}"${given} must be one of ${choices.join(', ')}`);
    }
    return choice;
  }

  boolean(field: string, fallback: boolean): boolean {
    const value = this.#spec[field] ?? fallback;
    if (typeof value !== 'boolean') this.fail(`"${field}" must be true or false`);
    return value;
  }

  integer(field: string, fallback: number, min: number, max: number): number {
    const value = this.#spec[field] ?? fallback;
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
      this.fail(`"${field}" must be a whole number from ${min} to ${max}`);
    }
    return value as number;
  }

  text(field: string, fallback?: string): string {
    return this.resolved(this.#spec[field] ?? fallback, field);
  }

  optionalText(field: string): string | undefined {
    return this.#spec[field] === undefined ? undefined : this.text(field);
  }

  /** A list, or one text for a list of one. */
  texts(field: string): string[] {
    const value = this.#spec[field];
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.map((item) => this.resolved(item, field));
  }

  object(field: string): Readonly<Record<string, unknown>> {
    const value = this.#spec[field] ?? {};
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      this.fail(`"${field}" must be an object of texts`);
    return value as Record<string, unknown>;
  }

  /** A text with `${NAME}` replaced by the variable, where the environment may be read. */
  resolved(value: unknown, field: string): string {
    if (value === undefined) this.fail(`"${field}" must be given`);
    if (typeof value !== 'string' || value === '') this.fail(`"${field}" must be a text`);
    const env = this.#env;
    if (env === undefined) return value;
    return value.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
      const found = env[name];
      if (found === undefined || found === '') this.fail(`"${field}" names the variable ${name}, which is not set`);
      return found;
    });
  }
}

/** What stands where a secret has no place. An address may have come there by mistake, and holds one. */
export function shown(text: string): string {
  return text.includes('://') ? '(a URL)' : `"${text.slice(0, 64)}"`;
}
