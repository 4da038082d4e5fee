// The channels there are: those of the configuration, and those that were added by command. One of the configuration goes before one of the same name.
import type { DatabaseSync } from 'node:sqlite';
import { type Channel, type ChannelDescription, type ChannelSource, targetOf } from './channel.ts';
import { ClosedAddressError, type Resolve, resolveBySystem, resolveTarget } from './guarded-lookup.ts';
import { ChannelError, type ParsedChannel, type ParseOptions, parseChannel } from './parse-channel.ts';
import { prepared } from './prepared.ts';
import { judgeTarget, type PrivateHosts } from './public-target.ts';
import { MASK } from './secret.ts';

export interface ChannelBookOptions {
  readonly database: () => DatabaseSync;
  /** Option `alerts.channels`: specifications by name. */
  readonly configured: Readonly<Record<string, unknown>>;
  readonly privateHosts: PrivateHosts;
  readonly env?: NodeJS.ProcessEnv;
  readonly resolve?: Resolve | undefined;
}

export class ChannelBook {
  /** What of the configuration cannot be used, a sentence each. */
  readonly problems: readonly string[];
  /** What of it can be used and yet is not well. */
  readonly warnings: readonly string[];
  readonly #configured = new Map<string, ParsedChannel>();
  readonly #database: () => DatabaseSync;
  readonly #privateHosts: PrivateHosts;
  readonly #resolve: Resolve;

  constructor({ database, configured, privateHosts, env = {}, resolve = resolveBySystem }: ChannelBookOptions) {
    this.#database = database;
    this.#privateHosts = privateHosts;
    this.#resolve = resolve;
    const problems: string[] = [];
    for (const [name, spec] of Object.entries(configured)) {
      const parsed = tryParse(name, spec, { source: 'config', privateHosts, env });
      if (typeof parsed === 'string') problems.push(parsed);
      else this.#configured.set(name, parsed);
    }
    this.problems = problems;
    const parsed = [...this.#configured.values()];
    this.warnings = parsed.flatMap(({ channel, warnings }) =>
      warnings.map((text) => `channel "${channel.name}": ${text}.`),
    );
  }

  /** `undefined` for a name that there is not, or whose specification cannot be used. */
  get(name: string): Channel | undefined {
    return this.#find(name)?.channel;
  }

  /** All there are, in order; one of the database that somebody spoilt too. */
  names(): string[] {
    const stored = prepared(this.#database(), 'SELECT name FROM channel').all();
    return [...new Set([...this.#configured.keys(), ...stored.map(({ name }) => name as string)])].sort();
  }

  /** All that can be used, for people: without a secret. */
  list(): ChannelDescription[] {
    return this.names()
      .map((name) => this.describe(name))
      .filter((description) => description !== undefined);
  }

  describe(name: string): ChannelDescription | undefined {
    const found = this.#find(name);
    if (found === undefined) return undefined;
    const { channel, warnings } = found;
    return {
      name,
      type: channel.type,
      source: this.#configured.has(name) ? 'config' : 'database',
      sendResolved: channel.sendResolved,
      target: targetOf(channel),
      ...(channel.type === 'webhook' && { format: channel.format }),
      warnings,
    };
  }

  /** As it could be written into a configuration file, with a mask for each secret. */
  exported(name: string): Readonly<Record<string, unknown>> | undefined {
    const channel = this.get(name);
    if (channel === undefined) return undefined;
    const { type, sendResolved } = channel;
    const common = { type, ...(sendResolved ? {} : { sendResolved }) };
    switch (channel.type) {
      case 'webhook':
        return {
          ...common,
          format: channel.format,
          url: `${channel.origin}/${MASK}`,
          ...(Object.keys(channel.headers).length > 0 && {
            headers: Object.fromEntries(Object.keys(channel.headers).map((header) => [header, MASK])),
          }),
          ...(channel.routingKey && { routingKey: MASK }),
        };
      case 'email':
        return { ...common, to: channel.to, ...(channel.from !== undefined && { from: channel.from }) };
      case 'stdout':
        return common;
      case 'command':
        return {
          ...common,
          command: [targetOf(channel), ...channel.command.slice(1).map(() => MASK)],
          timeoutMillis: channel.timeoutMillis,
        };
    }
  }

  /**
   * Keeps a channel in the database, in the place of one of its name there.
   * @throws {ChannelError} when it cannot be used: as written, or because its host leads to an address that is not public.
   */
  async save(name: string, spec: unknown, nowMillis = Date.now()): Promise<ChannelDescription> {
    if (this.#configured.has(name)) {
      throw new ChannelError(`channel "${name}": the configuration has one of this name; change it there.`);
    }
    const parsed = parseChannel(name, spec, this.#options('database'));
    const unresolved = await this.#checkHost(parsed.channel);
    this.#database()
      .prepare(
        `INSERT INTO channel (name, spec, created_at) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET spec = excluded.spec`,
      )
      .run(name, JSON.stringify(spec), nowMillis);
    const description = this.describe(name) as ChannelDescription;
    return { ...description, warnings: [...description.warnings, ...unresolved] };
  }

  /**
   * Forgets a channel of the database.
   * @returns whether there was one. Those of the configuration stay.
   */
  remove(name: string): boolean {
    return this.#database().prepare('DELETE FROM channel WHERE name = ?').run(name).changes > 0;
  }

  /** Why one of the database cannot be used, as a sentence; `undefined` when it can, or when there is none. */
  problemOf(name: string): string | undefined {
    const found = this.#read(name);
    return typeof found === 'string' ? found : undefined;
  }

  #find(name: string): ParsedChannel | undefined {
    const found = this.#read(name);
    return typeof found === 'string' ? undefined : found;
  }

  #read(name: string): ParsedChannel | string | undefined {
    const configured = this.#configured.get(name);
    if (configured !== undefined) return configured;
    const row = prepared(this.#database(), 'SELECT spec FROM channel WHERE name = ?').get(name);
    // Anybody may have written it, and what is allowed may have changed: it is judged anew each time.
    return row && tryParse(name, parseJson(row.spec as string), this.#options('database'));
  }

  #options(source: ChannelSource): ParseOptions {
    return { source, privateHosts: this.#privateHosts };
  }

  /** @returns a warning when the host cannot be resolved now: whether it is public is then found out when it is told something. */
  async #checkHost(channel: Channel): Promise<string[]> {
    if (channel.type !== 'webhook') return [];
    const target = judgeTarget(channel.url.reveal(), this.#privateHosts);
    if (typeof target === 'string') throw new ChannelError(`channel "${channel.name}": "url" ${target}.`);
    try {
      await resolveTarget(target, this.#resolve);
      return [];
    } catch (error) {
      if (error instanceof ClosedAddressError) {
        throw new ChannelError(
          `channel "${channel.name}": "url" ${error.message}. A webhook leads to a public host, or to one that alerts.allowPrivateHosts names.`,
        );
      }
      return [`${target.url.hostname} cannot be resolved now`];
    }
  }
}

function tryParse(name: string, spec: unknown, options: ParseOptions): ParsedChannel | string {
  try {
    return parseChannel(name, spec, options);
  } catch (error) {
    if (error instanceof ChannelError) return error.message;
    throw error;
  }
}

/** `undefined` when it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
