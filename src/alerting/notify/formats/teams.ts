// The body for a Microsoft Teams webhook of Workflows ("When a Teams webhook request is received"): an Adaptive Card. The connectors before it are retired.
import type { Alert } from '../../alert.ts';
import type { Severity } from '../../rule.ts';
import { andMore, cut, headingOf, labelsText, type Message, valueOf } from '../message.ts';

/** Bytes that Teams takes, less what Workflows puts around a card. */
const MAX_BYTES = 27_000;
const MAX_ALERTS = 12;
// In UTF-16 units, each six bytes at most: a card of one alert fits whatever it says.
const MAX_TITLE = 300;
const MAX_TEXT = 2500;
const MAX_DESCRIPTION = 500;
const MAX_LABELS = 300;
const COLOURS: Readonly<Record<Severity | 'resolved', string>> = {
  info: 'Accent',
  warning: 'Warning',
  critical: 'Attention',
  resolved: 'Good',
};

export function teamsBody(message: Message): unknown {
  let shown = Math.min(message.alerts.length, MAX_ALERTS);
  let body = cardOf(message, shown);
  while (shown > 1 && Buffer.byteLength(JSON.stringify(body)) > MAX_BYTES) body = cardOf(message, --shown);
  return body;
}

function cardOf(message: Message, shown: number): unknown {
  const hidden = message.alerts.length - shown;
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            block([
              run(cut(message.title, MAX_TITLE), {
                size: 'Large',
                weight: 'Bolder',
                color: COLOURS[message.state === 'resolved' ? 'resolved' : message.severity],
              }),
            ]),
            ...(message.text === '' ? [] : [block([run(cut(message.text, MAX_TEXT))])]),
            ...message.alerts.slice(0, shown).flatMap(blocksOf),
            ...(hidden > 0 ? [block([run(andMore(hidden))])] : []),
          ],
        },
      },
    ],
  };
}

function blocksOf(alert: Alert): object[] {
  const labels = cut(labelsText(alert), MAX_LABELS);
  const color = COLOURS[alert.state === 'resolved' ? 'resolved' : alert.severity];
  return [
    block([run(headingOf(alert), { weight: 'Bolder', color })], { separator: true }),
    ...(alert.description === '' ? [] : [block([run(cut(alert.description, MAX_DESCRIPTION))])]),
    fact('Value', valueOf(alert)),
    fact('Since', new Date(alert.startsAtMillis).toISOString()),
    ...(alert.endsAtMillis === undefined ? [] : [fact('Until', new Date(alert.endsAtMillis).toISOString())]),
    ...(labels === '' ? [] : [fact('Labels', labels)]),
  ];
}

function fact(name: string, value: string): object {
  return block([run(`${name} `, { weight: 'Bolder' }), run(value)], { spacing: 'Small' });
}

/** `TextBlock` and `FactSet` read Markdown, and each device escapes it differently; this shows every text as it is. */
function block(inlines: readonly object[], changes: object = {}): object {
  return { type: 'RichTextBlock', inlines, ...changes };
}

function run(text: string, changes: object = {}): object {
  return { type: 'TextRun', text, ...changes };
}
