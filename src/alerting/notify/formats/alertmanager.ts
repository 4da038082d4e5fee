// Alerts for Alertmanager's API v2. It groups, repeats and silences by its own rules, and takes an alert for resolved at its `endsAt`.
import { type Message, valueOf } from '../message.ts';
import { isoOf } from './generic.ts';

const PATH = '/api/v2/alerts';
/** A message that is about no alert is an alert for so long. */
const PLAIN_MESSAGE_MILLIS = 3_600_000;

/** Of an Alertmanager's address: with `/api/v2/alerts` or without, below a prefix or not. */
export function alertmanagerUrl(base: URL): URL {
  const url = new URL(base);
  if (!url.pathname.endsWith(PATH)) url.pathname = `${url.pathname.replace(/\/+$/, '')}${PATH}`;
  return url;
}

export function alertmanagerBody(message: Message): unknown {
  if (message.alerts.length === 0) {
    return [
      {
        labels: { alertname: 'agent_vitals_message', severity: message.severity, message: message.id },
        annotations: { summary: message.title, description: message.text },
        startsAt: isoOf(message.atMillis),
        endsAt: isoOf(message.atMillis + PLAIN_MESSAGE_MILLIS),
      },
    ];
  }
  return message.alerts.map((alert) => ({
    labels: { ...labelsOf(alert.labels), alertname: alert.rule, severity: alert.severity },
    annotations: {
      summary: `${alert.rule}: ${valueOf(alert)}`,
      description: alert.description,
      value: alert.value === null ? '' : String(alert.value),
    },
    startsAt: isoOf(alert.startsAtMillis),
    endsAt: isoOf(alert.endsAtMillis ?? alert.expiresAtMillis),
  }));
}

/** As Prometheus has them, so that one route serves alerts of both: `gen_ai.request.model` is `gen_ai_request_model`. Empty ones are none. */
function labelsOf(labels: Readonly<Record<string, string>>): Record<string, string> {
  const named = Object.entries(labels).filter(([, value]) => value !== '');
  return Object.fromEntries(
    named.map(([name, value]) => [name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_'), value]),
  );
}
