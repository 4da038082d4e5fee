// The body for a Microsoft Teams webhook of Workflows ("When a Teams webhook request is received"): an Adaptive Card. The connectors before it are retired.
import type { Alert } from '../../alert.ts';
import type { Severity } from '../../rule.ts';
import { andMore, cut, headingOf, labelsText, type Message, valueOf } from '../message.ts';

// A card has 28 KB at most; of each alert some 900 characters are shown.
const MAX_ALERTS = 12;
const MAX_TEXT = 4000;
const MAX_DESCRIPTION = 500;
const MAX_LABELS = 300;
const COLOURS: Readonly<Record<Severity | 'resolved', string>> = {
  info: 'Accent',
  warning: 'Warning',
  critical: 'Attention',
  resolved: 'Good',
};

export function teamsBody(message: Message): unknown {
  const shown = message.alerts.slice(0, MAX_ALERTS);
  const hidden = message.alerts.length - shown.length;
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
            textBlock(cut(message.title, 300), {
              size: 'Large',
              weight: 'Bolder',
              color: COLOURS[message.state === 'resolved' ? 'resolved' : message.severity],
            }),
            ...(message.text === '' ? [] : [textBlock(cut(message.text, MAX_TEXT))]),
            ...shown.flatMap(blocksOf),
            ...(hidden > 0 ? [textBlock(andMore(hidden))] : []),
          ],
        },
      },
    ],
  };
}

function blocksOf(alert: Alert): object[] {
  const labels = cut(labelsText(alert), MAX_LABELS);
  const facts = [
    { title: 'Value', value: valueOf(alert) },
    { title: 'Since', value: new Date(alert.startsAtMillis).toISOString() },
    ...(alert.endsAtMillis === undefined
      ? []
      : [{ title: 'Until', value: new Date(alert.endsAtMillis).toISOString() }]),
    ...(labels === '' ? [] : [{ title: 'Labels', value: labels }]),
  ];
  const heading = {
    weight: 'Bolder',
    separator: true,
    color: COLOURS[alert.state === 'resolved' ? 'resolved' : alert.severity],
  };
  return [
    textBlock(headingOf(alert), heading),
    ...(alert.description === '' ? [] : [textBlock(cut(alert.description, MAX_DESCRIPTION))]),
    { type: 'FactSet', facts },
  ];
}

function textBlock(text: string, changes: object = {}): object {
  return { type: 'TextBlock', text, wrap: true, ...changes };
}
