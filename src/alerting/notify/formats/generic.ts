// Our own body of a webhook. Its schema is documented in docs/guide/alert-channels.md: keys are added, never changed.
import type { Message } from '../message.ts';

export function genericBody(message: Message): unknown {
  return {
    version: 1,
    id: message.id,
    status: message.state,
    title: message.title,
    text: message.text,
    severity: message.severity,
    sentAt: isoOf(message.atMillis),
    alerts: message.alerts.map((alert) => ({
      rule: alert.rule,
      fingerprint: alert.fingerprint,
      status: alert.state,
      severity: alert.severity,
      description: alert.description,
      labels: alert.labels,
      value: alert.value,
      op: alert.op,
      threshold: alert.threshold,
      unit: alert.unit ?? null,
      startsAt: isoOf(alert.startsAtMillis),
      endsAt: alert.endsAtMillis === undefined ? null : isoOf(alert.endsAtMillis),
    })),
  };
}

export function isoOf(millis: number): string {
  return new Date(millis).toISOString();
}
