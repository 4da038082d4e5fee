// Tells people by e-mail, through the mail server of the settings. The password goes nowhere but over TLS.
import { connect, type Socket } from 'node:net';
import type { SendMailOptions, Transporter } from 'nodemailer';
import type { EmailChannel } from './channel.ts';
import { type Message, plainText } from './message.ts';
import type { Attempt } from './outcome.ts';
import type { Secret } from './secret.ts';

/** The mail server: option `alerts.smtp`, or the variables `SMTP_*`. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte; `required`: STARTTLS or nothing; `auto`: STARTTLS where the server offers it; `none`: never. */
  readonly tls: 'implicit' | 'required' | 'auto' | 'none';
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly from: string | undefined;
}

/** Milliseconds that the server may take for each answer. */
const TIMEOUT_MILLIS = 10_000;
/** Milliseconds for all of it. */
const MAIL_MILLIS = 45_000;
const MAX_SUBJECT_LENGTH = 200;

/** Never rejects. */
export async function tellByEmail(
  channel: EmailChannel,
  message: Message,
  smtp: SmtpSettings | undefined,
): Promise<Attempt> {
  if (smtp === undefined) return { outcome: 'given_up', reason: 'no_smtp_host' };
  const from = channel.from ?? smtp.from;
  if (from === undefined) return { outcome: 'given_up', reason: 'no_sender' };
  let transport: Transporter | undefined;
  const { promise: late, resolve } = Promise.withResolvers<Attempt>();
  const timer = setTimeout(() => resolve({ outcome: 'failed', reason: 'timeout' }), MAIL_MILLIS);
  timer.unref();
  try {
    transport = await openTransport(smtp);
    return await Promise.race([transport.sendMail(mailOf(channel, message, from)).then(successOf), late]);
  } catch (error) {
    return failureOf(error as NodeJS.ErrnoException & { responseCode?: number });
  } finally {
    clearTimeout(timer);
    transport?.close();
  }
}

function successOf({ rejected = [] }: { readonly rejected?: readonly unknown[] }): Attempt {
  return rejected.length === 0 ? { outcome: 'delivered' } : { outcome: 'delivered', reason: 'some_receivers_refused' };
}

async function openTransport({ host, port, tls, user, password }: SmtpSettings): Promise<Transporter> {
  // When first needed: it is dear, and most processes send no mail.
  const { createTransport } = await import('nodemailer');
  return createTransport({
    host,
    port,
    secure: tls === 'implicit',
    // What is secret is not said in clear text, whatever the settings say.
    requireTLS: tls === 'required' || (password !== undefined && tls !== 'implicit'),
    ignoreTLS: tls === 'none' && password === undefined,
    ...(user !== undefined && { auth: { user, pass: password?.reveal() ?? '' } }),
    getSocket: (_options: unknown, done: (error: Error | null, socket: { connection: Socket } | false) => void) => {
      const socket = connect({ host, port, timeout: TIMEOUT_MILLIS });
      // The host ends when it wants to.
      socket.unref();
      socket.once('timeout', () => socket.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
      socket.once('error', (error) => done(error, false));
      socket.once('connect', () => {
        socket.removeAllListeners();
        done(null, { connection: socket });
      });
    },
    greetingTimeout: TIMEOUT_MILLIS,
    socketTimeout: TIMEOUT_MILLIS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function mailOf({ to }: EmailChannel, message: Message, from: string): SendMailOptions {
  return {
    from,
    to: [...to],
    subject: message.title.replaceAll(/\s+/g, ' ').slice(0, MAX_SUBJECT_LENGTH),
    text: `${plainText(message)}\n`,
    // > Auto-Submitted: auto-generated — nobody's holiday answers it.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Agent-Vitals-Message': message.id },
    ...(message.state === 'firing' && message.severity === 'critical' && { priority: 'high' }),
  };
}

/** By what nodemailer calls it and the server's number, never its words. */
function failureOf({ code = '', responseCode }: NodeJS.ErrnoException & { responseCode?: number }): Attempt {
  const reason = responseCode === undefined ? `smtp_${codeOf(code)}` : `smtp_${responseCode}`;
  // > 5yz Permanent Negative Completion reply
  const isPermanent = (responseCode ?? 0) >= 500 || code === 'EAUTH';
  return isPermanent ? { outcome: 'given_up', reason } : { outcome: 'failed', reason };
}

function codeOf(code: string): string {
  return /^[A-Z0-9_]{1,40}$/.test(code) ? code.toLowerCase() : 'failed';
}
