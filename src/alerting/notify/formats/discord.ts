// The body of a Discord webhook: one embed an alert.
import type { Severity } from '../../rule.ts';
import { andMore, cut, headingOf, labelsText, type Message, valueOf } from '../message.ts';

// Discord's limits: 10 embeds, together 6000 characters, and 2000 of content.
const MAX_EMBEDS = 10;
const MAX_CONTENT = 2000;
const MAX_TITLE = 100;
const MAX_DESCRIPTION = 250;
const MAX_FIELD = 90;
const COLOURS: Readonly<Record<Severity | 'resolved', number>> = {
  info: 0x3b82f6,
  warning: 0xf59e0b,
  critical: 0xdc2626,
  resolved: 0x16a34a,
};

export function discordBody(message: Message): unknown {
  const shown = message.alerts.slice(0, MAX_EMBEDS);
  const hidden = message.alerts.length - shown.length;
  const lines = [
    `**${escape(message.title)}**`,
    ...(message.text === '' ? [] : [escape(message.text)]),
    ...(hidden > 0 ? [andMore(hidden)] : []),
  ];
  return {
    content: cut(lines.join('\n'), MAX_CONTENT),
    // No name in a label pings anybody.
    allowed_mentions: { parse: [] },
    embeds: shown.map((alert) => ({
      title: cut(escape(headingOf(alert)), MAX_TITLE),
      description: cut(escape(alert.description), MAX_DESCRIPTION),
      color: COLOURS[alert.state === 'resolved' ? 'resolved' : alert.severity],
      timestamp: new Date(alert.endsAtMillis ?? alert.startsAtMillis).toISOString(),
      fields: [
        { name: 'Value', value: cut(valueOf(alert), MAX_FIELD), inline: true },
        ...(labelsText(alert) === ''
          ? []
          : [{ name: 'Labels', value: cut(escape(labelsText(alert)), MAX_FIELD), inline: true }]),
      ],
    })),
  };
}

/** Names have underscores that are no emphasis. */
function escape(text: string): string {
  return text.replaceAll(/[\\*_~`|>[\]#]/g, String.raw`\$&`);
}
