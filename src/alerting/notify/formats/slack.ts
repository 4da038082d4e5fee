// The body of a Slack incoming webhook: blocks, and a text for where blocks are not shown.
import { type Alert } from '../../alert.ts';
import { andMore, cut, headingOf, labelsText, MAX_SHOWN, type Message, valueOf } from '../message.ts';

// Slack's limits, in characters. A message has 50 blocks at most: two an alert, and three more.
const MAX_HEADER = 150;
const MAX_SECTION = 3000;
const MAX_DESCRIPTION = 1500;
const MAX_CONTEXT = 1000;
const SIGNS = { info: '🔵', warning: '🟠', critical: '🔴', resolved: '✅' } as const;

export function slackBody(message: Message): unknown {
  const shown = message.alerts.slice(0, MAX_SHOWN);
  const hidden = message.alerts.length - shown.length;
  return {
    text: cut(escape(message.title), MAX_SECTION),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(message.title, MAX_HEADER), emoji: false } },
      ...(message.text === '' ? [] : [section(escape(message.text))]),
      ...shown.flatMap(blocksOf),
      ...(hidden > 0 ? [section(andMore(hidden))] : []),
    ],
  };
}

function blocksOf(alert: Alert): object[] {
  const labels = cut(labelsText(alert), MAX_CONTEXT);
  const sign = SIGNS[alert.state === 'resolved' ? 'resolved' : alert.severity];
  const lines = [
    `${sign} *${escape(headingOf(alert))}*`,
    ...(alert.description === '' ? [] : [cut(escape(alert.description), MAX_DESCRIPTION)]),
    `\`${escape(valueOf(alert)).replaceAll('`', "'")}\` since ${dateOf(alert.startsAtMillis)}`,
  ];
  return [
    section(lines.join('\n')),
    ...(labels === '' ? [] : [{ type: 'context', elements: [{ type: 'plain_text', text: labels, emoji: false }] }]),
  ];
}

/** Verbatim: no name that stands in a text is made into a mention or a link. */
function section(text: string): object {
  return { type: 'section', text: { type: 'mrkdwn', text: cut(text, MAX_SECTION), verbatim: true } };
}

/** > replace the ampersand with &amp;, the less-than sign with &lt;, the greater-than sign with &gt; — so no label can be `<!channel>`. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** In the reader's own time zone, with UTC where that cannot be shown. */
function dateOf(millis: number): string {
  return `<!date^${Math.floor(millis / 1000)}^{date_short_pretty} {time_secs}|${new Date(millis).toISOString()}>`;
}
