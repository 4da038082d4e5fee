// Events of PagerDuty's Events API v2: one an alert, so that each opens and closes an incident of its own.
import { hostname } from 'node:os';
import type { Alert } from '../../alert.ts';
import { cut, type Message, valueOf } from '../message.ts';

const MAX_SUMMARY = 1024;
const MAX_KEY = 255;

/** The same key for each event of one alert: a trigger that is sent twice is one incident. */
export function pagerdutyEvents(message: Message, routingKey: string): unknown[] {
  const event = (action: string, key: string, payload?: object): object => ({
    routing_key: routingKey,
    event_action: action,
    dedup_key: cut(`agent-vitals/${key}`, MAX_KEY),
    ...(payload && { payload, client: 'agent-vitals' }),
  });
  if (message.alerts.length === 0) {
    const summary = cut(message.title, MAX_SUMMARY);
    const details = { text: message.text };
    return [
      event('trigger', message.id, {
        summary,
        source: hostname(),
        severity: message.severity,
        custom_details: details,
      }),
      ...(message.isTest ? [event('resolve', message.id)] : []),
    ];
  }
  return message.alerts.map((alert) =>
    // A resolve event needs no payload.
    alert.state === 'resolved'
      ? event('resolve', alert.fingerprint)
      : event('trigger', alert.fingerprint, payloadOf(alert)),
  );
}

function payloadOf(alert: Alert): object {
  return {
    summary: cut(`${alert.rule}: ${alert.description === '' ? valueOf(alert) : alert.description}`, MAX_SUMMARY),
    source: hostname(),
    severity: alert.severity,
    timestamp: new Date(alert.startsAtMillis).toISOString(),
    component: alert.rule,
    custom_details: {
      value: alert.value,
      op: alert.op,
      threshold: alert.threshold,
      unit: alert.unit ?? null,
      labels: alert.labels,
    },
  };
}
