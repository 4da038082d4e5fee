// The questions of `agent-vitals alerts init`. They change nothing: what comes of them is a plan.
import type * as Clack from '@clack/prompts';
import { WEBHOOK_FORMATS } from '../../alerting/notify/channel.ts';
import { isRoutingKey } from '../../alerting/notify/parse-channel.ts';
import { judgeTarget, type PrivateHosts } from '../../alerting/notify/public-target.ts';
import { type PresetName, presetOf } from '../../alerting/presets.ts';
import type { RuleInput } from '../../alerting/rule.ts';
import { Failure } from '../failure.ts';
import { formatValue } from './rule-view.ts';
import { RECOMMENDED, type Suggestion } from './suggestion.ts';

export interface Plan {
  readonly rules: readonly RuleInput[];
  /** To be added; `undefined`: those there are. */
  readonly channel: { readonly name: string; readonly spec: object } | undefined;
  /** Whether a test is sent. */
  readonly test: boolean;
}

/**
 * @param taken names that rules have already.
 * @param channels names of the channels there are.
 * @param privateHosts that webhooks may lead to.
 * @throws {Failure} when it is given up.
 */
export async function askForPlan(
  suggestions: readonly Suggestion[],
  taken: ReadonlySet<string>,
  channels: readonly string[],
  privateHosts: PrivateHosts,
): Promise<Plan> {
  const clack = await import('@clack/prompts');
  const free = suggestions.filter(({ preset }) => !taken.has(preset));
  if (free.length === 0)
    throw new Failure('There is a rule of every preset already: agent-vitals alerts add makes others.');
  clack.intro('agent-vitals alerts');
  const presets = answered(
    clack,
    await clack.multiselect({
      message: 'What is to be watched?',
      options: free.map(({ preset, threshold, seen }) => ({
        value: preset,
        label: preset,
        hint: hintOf(preset, threshold, seen),
      })),
      initialValues: RECOMMENDED.filter((preset) => !taken.has(preset)),
      required: true,
    }),
  );
  const rules: RuleInput[] = [];
  for (const { preset, threshold, seen } of free) {
    if (!presets.includes(preset)) continue;
    const { op, unit } = presetOf(preset);
    const ago = seen === null ? '' : `, ${shown(preset, seen)} in the last days`;
    const text = answered(
      clack,
      await clack.text({
        message: `${preset} ${op} (${unit === '1' ? 'a part of 1' : unit.replaceAll(/[{}]/g, '')}${ago})`,
        initialValue: String(threshold),
        validate: (given) => (isNumber(given) ? undefined : 'It must be a number.'),
      }),
    );
    rules.push({ name: preset, preset, threshold: Number(text) });
  }
  const channel = await askForChannel(clack, channels, privateHosts);
  const test =
    channel === undefined && channels.length === 0
      ? false
      : answered(clack, await clack.confirm({ message: 'Send a test?', initialValue: true }));
  clack.outro(`${rules.length} rules`);
  return { rules, channel, test };
}

async function askForChannel(
  clack: typeof Clack,
  channels: readonly string[],
  privateHosts: PrivateHosts,
): Promise<Plan['channel']> {
  const way = answered(
    clack,
    await clack.select({
      message: 'Who is told?',
      options: [
        ...(channels.length > 0 ? [{ value: 'known', label: `those there are: ${channels.join(', ')}` }] : []),
        { value: 'webhook', label: 'a webhook', hint: WEBHOOK_FORMATS.join(', ') },
        { value: 'email', label: 'an email address', hint: 'SMTP_HOST and the like name the mail server' },
        { value: 'stdout', label: 'whoever looks at agent-vitals alerts watch' },
        { value: 'nobody', label: 'nobody yet' },
      ],
    }),
  );
  if (way === 'known' || way === 'nobody') return undefined;
  if (way === 'stdout') return { name: 'stdout', spec: { type: 'stdout' } };
  if (way === 'email') {
    const to = answered(
      clack,
      await clack.text({
        message: 'Addresses, with commas',
        validate: (given) => (given ? undefined : 'There must be one.'),
      }),
    );
    return { name: 'email', spec: { type: 'email', to: to.split(',') } };
  }
  const format = answered(
    clack,
    await clack.select({
      message: 'What does the webhook take?',
      options: WEBHOOK_FORMATS.map((value) => ({ value, label: value })),
    }),
  );
  // Their tokens are nobody else's. PagerDuty's address is known.
  const secret =
    format === 'pagerduty'
      ? { routingKey: answered(clack, await clack.password({ message: 'Integration key', validate: keyProblem })) }
      : {
          url: answered(
            clack,
            await clack.password({ message: 'URL', validate: (given) => urlProblem(given, privateHosts) }),
          ),
        };
  return {
    name: format === 'json' ? 'webhook' : format,
    spec: { type: 'webhook', format, ...secret },
  };
}

function urlProblem(given: string | undefined, privateHosts: PrivateHosts): string | undefined {
  if (!given) return 'There must be one.';
  const target = judgeTarget(given, privateHosts);
  return typeof target === 'string' ? `It ${target}.` : undefined;
}

function keyProblem(given: string | undefined): string | undefined {
  return given && isRoutingKey(given) ? undefined : 'It must be that of a PagerDuty service (32 letters and digits).';
}

/** @throws {Failure} when Ctrl-C or Escape was the answer. */
function answered<T>(clack: typeof Clack, answer: T): Exclude<T, symbol> {
  if (!clack.isCancel(answer)) return answer as Exclude<T, symbol>;
  clack.cancel('Given up.');
  throw new Failure('Nothing was changed.');
}

function hintOf(preset: PresetName, threshold: number, seen: number | null): string {
  const { op } = presetOf(preset);
  return `${op} ${shown(preset, threshold)}${seen === null ? '' : `, was ${shown(preset, seen)}`}`;
}

function shown(preset: PresetName, value: number): string {
  const { unit, statistic } = presetOf(preset);
  return formatValue(value, { unit, statistic });
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '' && Number.isFinite(Number(text));
}
