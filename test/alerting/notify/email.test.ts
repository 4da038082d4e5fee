import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { selfSigned } from '../../support/self-signed.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { anAlert } from './an-alert.ts';
import { notify } from './start-notifying.ts';

const PASSWORD = 'CANARY-password';

interface Mail {
  readonly to: string[];
  readonly from: string;
  readonly isSecure: boolean;
  readonly user: string | undefined;
  readonly text: string;
}

/** A mail server on a free port that keeps what it gets. */
class MailServer {
  readonly mails: Mail[] = [];
  /** Passwords that came, over TLS or not. */
  readonly passwords: string[] = [];
  readonly #server: SMTPServer;

  private constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      authOptional: true,
      onAuth: ({ username, password }, _session, done) => {
        this.passwords.push(String(password));
        if (password === PASSWORD) done(null, { user: username });
        else done(new Error(`wrong password ${password}`));
      },
      onData: (stream, session, done) => {
        let text = '';
        stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        stream.on('end', () => {
          this.mails.push({
            to: session.envelope.rcptTo.map(({ address }) => address),
            from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
            isSecure: session.secure,
            user: session.user,
            text,
          });
          done();
        });
      },
      ...options,
    });
    // A client that goes away is its own affair.
    this.#server.on('error', () => {});
  }

  static async start(options: SMTPServerOptions = {}): Promise<MailServer> {
    const server = new MailServer(options);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server.server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }
}

describe('an e-mail channel', function () {
  this.timeout(120_000);
  let files: ReturnType<typeof selfSigned>;
  let server: MailServer;
  before(() => (files = selfSigned()));
  afterEach(() => server.stop());

  const tls = (): SMTPServerOptions => ({ key: readFileSync(files.key), cert: readFileSync(files.cert) });
  const send = async (env: Record<string, string>): Promise<{ outcomes: string[]; printed: string }> => {
    const { history, printed } = await notify({
      dir: tempDir(),
      channels: { mail: { type: 'email', to: ['a@example.com', 'b@example.com'] } },
      alerts: [
        anAlert({ channels: ['mail'], severity: 'critical', description: 'Über 10 USD\nBcc: evil@example.com' }),
        anAlert({ channels: ['mail'], rule: 'error\nrate' }),
      ],
      env: { SMTP_HOST: 'localhost', SMTP_PORT: String(server.port), SMTP_FROM: 'Vitals <vitals@example.com>', ...env },
    });
    const outcomes = history.map((entry) =>
      entry.kind === 'delivery' ? [entry.outcome, entry.reason].join(' ').trim() : entry.kind,
    );
    expect(printed).not.to.include('CANARY');
    return { outcomes, printed };
  };

  it('sends one mail to several receivers, over TLS, as who it is told to be', async () => {
    server = await MailServer.start(tls());
    const env = { SMTP_USER: 'ops', SMTP_PASSWORD: PASSWORD, NODE_EXTRA_CA_CERTS: files.cert };
    expect((await send(env)).outcomes).to.deep.equal(['delivered']);
    const [mail, ...others] = server.mails;
    expect(others).to.deep.equal([]);
    expect(mail).to.deep.include({
      to: ['a@example.com', 'b@example.com'],
      from: 'vitals@example.com',
      isSecure: true,
      user: 'ops',
    });
    expect(mail?.text).to.match(/^Subject: \[FIRING:2\] daily_cost, error rate\r$/m);
    expect(mail?.text).to.match(/^Auto-Submitted: auto-generated\r$/m);
    const [head = ''] = mail?.text.split('\r\n\r\n') ?? [];
    expect(head).not.to.match(/^bcc:/im);
  });

  it('speaks TLS from the first byte where that is asked for', async () => {
    server = await MailServer.start({ ...tls(), secure: true });
    expect((await send({ SMTP_TLS: 'implicit', NODE_EXTRA_CA_CERTS: files.cert })).outcomes).to.deep.equal([
      'delivered',
    ]);
    expect(server.mails[0]?.isSecure).to.equal(true);
  });

  it('never says its password in clear text', async () => {
    server = await MailServer.start({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
    const env = { SMTP_USER: 'ops', SMTP_PASSWORD: PASSWORD, SMTP_TLS: 'none' };
    expect((await send(env)).outcomes).to.deep.equal(['given_up smtp_500']);
    expect(server.passwords).to.deep.equal([]);
  });

  it('does not trust a server that nobody vouches for', async () => {
    for (const [secure, mode] of [
      [false, 'required'],
      [true, 'implicit'],
    ] as const) {
      await server?.stop();
      server = await MailServer.start({ ...tls(), secure });
      const { outcomes } = await send({ SMTP_USER: 'ops', SMTP_PASSWORD: PASSWORD, SMTP_TLS: mode });
      expect(outcomes).to.deep.equal(['failed smtp_depth_zero_self_signed_cert']);
      expect(server.passwords).to.deep.equal([]);
    }
  });

  it('needs no TLS where there is no secret', async () => {
    server = await MailServer.start({ disabledCommands: ['STARTTLS', 'AUTH'] });
    expect((await send({})).outcomes).to.deep.equal(['delivered']);
  });

  it('says what went wrong without the words of the server', async () => {
    server = await MailServer.start({
      ...tls(),
      onRcptTo: (_address, _session, done) => done(new Error(`no CANARY here`)),
    });
    expect((await send({ NODE_EXTRA_CA_CERTS: files.cert })).outcomes).to.deep.equal(['given_up smtp_550']);
    await server.stop();
    server = await MailServer.start(tls());
    const env = { SMTP_USER: 'ops', SMTP_PASSWORD: 'CANARY-wrong', NODE_EXTRA_CA_CERTS: files.cert };
    const { outcomes, printed } = await send(env);
    expect(outcomes).to.deep.equal(['given_up smtp_535']);
    expect(printed).to.include('channel "mail" cannot be told of alerts: smtp_535.');
  });

  it('tells of receivers that were refused', async () => {
    server = await MailServer.start({
      ...tls(),
      onRcptTo: ({ address }, _session, done) => done(address.startsWith('a') ? null : new Error('unknown')),
    });
    expect((await send({ NODE_EXTRA_CA_CERTS: files.cert })).outcomes).to.deep.equal([
      'delivered some_receivers_refused',
    ]);
    expect(server.mails[0]?.to).to.deep.equal(['a@example.com']);
  });

  it('says when there is no server or no sender', async () => {
    server = await MailServer.start(tls());
    expect((await send({ SMTP_HOST: '' })).outcomes).to.deep.equal(['given_up no_smtp_host']);
    expect((await send({ SMTP_FROM: '' })).outcomes).to.deep.equal(['given_up no_sender']);
    const wrong = await send({ SMTP_FROM: 'nobody' });
    expect(wrong.outcomes).to.deep.equal(['given_up no_sender']);
    expect(wrong.printed).to.include('SMTP_FROM must be an e-mail address');
  });
});
