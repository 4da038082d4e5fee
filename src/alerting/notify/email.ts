// Tells people by e-mail, through the mail server of the settings. The password goes nowhere but over TLS.
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
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
    return failureOf(error as SmtpError);
  } finally {
    clearTimeout(timer);
    transport?.close();
  }
}

function successOf({ rejected = [] }: { readonly rejected?: readonly unknown[] }): Attempt {
  return rejected.length === 0 ? { outcome: 'delivered' } : { outcome: 'delivered', reason: 'some_receivers_refused' };
}

async function openTransport(smtp: SmtpSettings): Promise<Transporter> {
  const { host, port, tls, user, password } = smtp;
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
    getSocket: (_options: unknown, done: Done) => openSocket(smtp, done),
    connectionTimeout: TIMEOUT_MILLIS,
    socketTimeout: TIMEOUT_MILLIS,
    socketCloseTimeout: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

type Done = (error: Error | null, opened: { readonly connection: Socket; readonly secured: boolean } | false) => void;

/**
 * A connection whose server has begun to speak. While nodemailer waits for that itself it holds the process with a timer: the host ends when it
 * wants to.
 */
function openSocket({ host, port, tls }: SmtpSettings, done: Done): void {
  const secured = tls === 'implicit';
  const place = { host, port, timeout: TIMEOUT_MILLIS };
  const servername = isIP(host) === 0 ? host : '';
  const connection = secured ? connectSecurely({ ...place, servername }) : connect(place);
  connection.unref();
  const fail = (error: Error): void => done(error, false);
  const giveUp = (): void => void connection.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' }));
  // Whoever listens later: what nobody hears would end the host.
  connection.on('error', () => {});
  connection.once('error', fail).once('timeout', giveUp).once('end', giveUp);
  connection.once('readable', () => {
    connection.off('error', fail).off('timeout', giveUp).off('end', giveUp);
    // A stream that nobody reads flows again only in the next turn.
    setImmediate(() => {
      if (connection.destroyed) fail(Object.assign(new Error('closed'), { code: 'ECONNECTION' }));
      else done(null, { connection, secured });
    });
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

interface SmtpError extends NodeJS.ErrnoException {
  readonly responseCode?: number;
  /** What the system or TLS calls it: why a certificate is not trusted. */
  readonly originalCode?: string;
}

/** By what the system, TLS or nodemailer calls it and the server's number, never its words. */
function failureOf({ code = '', originalCode = code, responseCode }: SmtpError): Attempt {
  const reason = responseCode === undefined ? `smtp_${codeOf(originalCode)}` : `smtp_${responseCode}`;
  // > 5yz Permanent Negative Completion reply
  const isPermanent = (responseCode ?? 0) >= 500 || code === 'EAUTH';
  return isPermanent ? { outcome: 'given_up', reason } : { outcome: 'failed', reason };
}

function codeOf(code: string): string {
  return /^[A-Z0-9_]{1,40}$/.test(code) ? code.toLowerCase() : 'failed';
}
