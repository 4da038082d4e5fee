// Says a message through a channel, whatever its type.
import type { Channel } from './channel.ts';
import { tellCommand } from './command.ts';
import { type SmtpSettings, tellByEmail } from './email.ts';
import type { Message } from './message.ts';
import type { Attempt } from './outcome.ts';
import { type Print, tellTerminal } from './stdout.ts';
import { tellWebhook, type WebhookOptions } from './webhook.ts';

export interface TellOptions extends WebhookOptions {
  readonly smtp: SmtpSettings | undefined;
  readonly print: Print;
}

/** One attempt. Never rejects, and takes no longer than the channel's timeout. */
export async function tell(channel: Channel, message: Message, options: TellOptions): Promise<Attempt> {
  switch (channel.type) {
    case 'webhook':
      return tellWebhook(channel, message, options);
    case 'email':
      return tellByEmail(channel, message, options.smtp);
    case 'stdout':
      return tellTerminal(message, options.print);
    case 'command':
      return tellCommand(channel, message);
  }
}
