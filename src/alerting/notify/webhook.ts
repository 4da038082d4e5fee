// Tells a webhook: makes the body its format wants and posts it, once the URL has been judged anew.
import type { WebhookChannel } from './channel.ts';
import { alertmanagerBody, alertmanagerUrl } from './formats/alertmanager.ts';
import { discordBody } from './formats/discord.ts';
import { genericBody } from './formats/generic.ts';
import { pagerdutyEvents } from './formats/pagerduty.ts';
import { slackBody } from './formats/slack.ts';
import { teamsBody } from './formats/teams.ts';
import type { Resolve } from './guarded-lookup.ts';
import type { Message } from './message.ts';
import type { Attempt } from './outcome.ts';
import { post } from './post.ts';
import { judgeTarget, type PrivateHosts, type Target } from './public-target.ts';

export interface WebhookOptions {
  readonly privateHosts: PrivateHosts;
  readonly resolve?: Resolve | undefined;
  readonly timeoutMillis?: number | undefined;
}

/** Never rejects. Several requests where the format takes one alert a request: all of them, or the message has failed. */
export async function tellWebhook(
  channel: WebhookChannel,
  message: Message,
  options: WebhookOptions,
): Promise<Attempt> {
  const target = judgeTarget(channel.url.reveal(), options.privateHosts);
  if (typeof target === 'string') return { outcome: 'given_up', reason: 'private_address' };
  const headers = Object.fromEntries(Object.entries(channel.headers).map(([name, value]) => [name, value.reveal()]));
  const { resolve, timeoutMillis } = options;
  const settings = { headers, ...(resolve && { resolve }), ...(timeoutMillis && { timeoutMillis }) };
  let worst: Attempt = { outcome: 'delivered' };
  for (const body of bodiesOf(channel, message)) {
    const attempt = await post(placeOf(channel, target), body, settings);
    // Another try cannot help one that is refused, and must not keep the others from their turn.
    if (attempt.outcome === 'failed') return attempt;
    if (attempt.outcome === 'given_up') worst = attempt;
  }
  return worst;
}

function placeOf({ format }: WebhookChannel, target: Target): Target {
  return format === 'alertmanager' ? { ...target, url: alertmanagerUrl(target.url) } : target;
}

function bodiesOf({ format, routingKey }: WebhookChannel, message: Message): unknown[] {
  switch (format) {
    case 'json':
      return [genericBody(message)];
    case 'slack':
      return [slackBody(message)];
    case 'discord':
      return [discordBody(message)];
    case 'teams':
      return [teamsBody(message)];
    case 'pagerduty':
      return pagerdutyEvents(message, routingKey?.reveal() ?? '');
    case 'alertmanager':
      return [alertmanagerBody(message)];
  }
}
