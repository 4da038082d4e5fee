// The rules that count: those of the configurations and those of the command line, parsed. A rule that is none is left out and said, once.
import { type ParsedRules, parseRule } from '../parse-rule.ts';
import type { Problems } from '../problems.ts';
import type { Rule, RuleInput } from '../rule.ts';
import type { RuleStore, StoredRule } from '../store/rule-store.ts';

interface Parsed {
  readonly rule: Rule;
  readonly input: RuleInput;
}

export class RuleSet {
  /** Of this process's configuration. */
  readonly own: readonly RuleInput[];
  readonly #problems: Problems;
  /** All that were good when they were read last. */
  #known: readonly RuleInput[];
  #revision: number | undefined;
  #rules: readonly Rule[];
  /** By what was written, so that one new rule among a thousand does not cost the parsing of all. */
  #parsed = new Map<string, Parsed>();

  /** @param parsed what the option `alerts.rules` says. */
  constructor(parsed: ParsedRules, problems: Problems) {
    const { rules, problems: wrong } = parsed;
    this.#problems = problems;
    if (wrong.length > 0) problems.warn('alerts:rules', `alert rules are left out: ${wrong.join(' ')}`);
    this.own = rules.map(({ input }) => input);
    for (const { rule, input } of rules) this.#parsed.set(JSON.stringify(input), { rule, input });
    this.#rules = rules.map(({ rule }) => rule);
    this.#known = this.own;
  }

  get rules(): readonly Rule[] {
    return this.#rules;
  }

  /** As they were written: for a database of this process alone, when the other cannot be read. */
  get known(): readonly RuleInput[] {
    return this.#known;
  }

  /** Reads what the database has, when it has changed. Says whether it has. */
  refresh(store: RuleStore): boolean {
    const revision = store.revision();
    if (revision === this.#revision) return false;
    this.#revision = revision;
    const rules = new Map<string, Parsed>();
    for (const stored of store.brought()) this.#take(stored, rules);
    const configured = new Set(rules.keys());
    for (const stored of store.list()) {
      const key = `alerts:twice:${stored.name}`;
      if (!configured.has(stored.name)) {
        this.#problems.clear(key);
        this.#take(stored, rules);
        continue;
      }
      this.#problems.warn(
        key,
        `the alert rule "${stored.name}" is in the configuration and was added by command too: the configuration counts`,
      );
    }
    const all = [...rules.values()];
    this.#rules = all.map(({ rule }) => rule);
    this.#known = all.map((one) => one.input);
    this.#parsed = new Map(all.map((one) => [JSON.stringify(one.input), one]));
    return true;
  }

  /** The database is another one. */
  reset(): void {
    this.#revision = undefined;
  }

  #take({ name, input }: StoredRule, rules: Map<string, Parsed>): void {
    const known = this.#parsed.get(JSON.stringify(input));
    const parsed = known ?? parseRule(input);
    if (parsed.rule) rules.set(parsed.rule.name, parsed);
    // Another version of this package may have saved it.
    else this.#problems.warn(`alerts:rule:${name}`, `an alert rule is left out: ${parsed.problems.join(' ')}`);
  }
}
