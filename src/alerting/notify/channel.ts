// What a channel is, once it has been judged. Its secrets are wrapped: see Secret.
import type { Secret } from './secret.ts';

export const WEBHOOK_FORMATS = ['json', 'slack', 'discord', 'teams', 'pagerduty', 'alertmanager'] as const;
type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

interface Named {
  readonly name: string;
  /** Whether it is told of the end of an alert too; true unless said otherwise. */
  readonly sendResolved: boolean;
}
export interface WebhookChannel extends Named {
  readonly type: 'webhook';
  readonly format: WebhookFormat;
  readonly url: Secret;
  /** Scheme and host, for people. */
  readonly origin: string;
  readonly headers: Readonly<Record<string, Secret>>;
  /** Of PagerDuty. */
  readonly routingKey: Secret | undefined;
}
export interface EmailChannel extends Named {
  readonly type: 'email';
  readonly to: readonly string[];
  /** Instead of the sender of the mail server's settings. */
  readonly from: string | undefined;
}
interface StdoutChannel extends Named {
  readonly type: 'stdout';
}
export interface CommandChannel extends Named {
  readonly type: 'command';
  /** A program and its arguments; no shell reads them. They may hold secrets. */
  readonly command: readonly Secret[];
  readonly timeoutMillis: number;
}
export type Channel = WebhookChannel | EmailChannel | StdoutChannel | CommandChannel;

export const CHANNEL_TYPES = ['webhook', 'email', 'stdout', 'command'] as const satisfies readonly Channel['type'][];

/** Where the specification of a channel stands. Only the configuration may start programs and read the environment. */
export type ChannelSource = 'config' | 'database';

/** A channel as people see it: no secret in it. Keys are stable. */
export interface ChannelDescription {
  readonly name: string;
  readonly type: Channel['type'];
  readonly source: ChannelSource;
  readonly sendResolved: boolean;
  /** Where it leads, as far as that is no secret: scheme and host, receivers, the program. */
  readonly target: string;
  readonly format?: WebhookFormat;
  /** What is allowed and yet not well, as sentences. */
  readonly warnings: readonly string[];
}

export function targetOf(channel: Channel): string {
  switch (channel.type) {
    case 'webhook':
      return channel.origin;
    case 'email':
      return channel.to.join(', ');
    case 'stdout':
      return 'stdout';
    case 'command':
      return channel.command[0]?.reveal() ?? '';
  }
}
