// What people can do about it that somebody could not be told: for reasons that lie in how things are set up here.

const EXPLANATIONS: readonly (readonly [RegExp, string])[] = [
  [/^no_smtp_host$/, 'No mail server is named: set alerts.smtp.host (SMTP_HOST).'],
  [/^no_sender$/, 'No sender is named: set alerts.smtp.from (SMTP_FROM), or "from" of the channel.'],
  [
    /self_signed_cert|unable_to_get_issuer_cert|unable_to_verify_leaf_signature|cert_untrusted/,
    "The server's certificate is not trusted here. To trust it, put it, or that of who issued it, into a PEM file and name the file in NODE_EXTRA_CA_CERTS before the process starts.",
  ],
  [/altname_invalid$/, "The server's certificate is for other names than the host that is set here."],
  [/cert_has_expired$/, "The server's certificate has expired."],
  [/cert_not_yet_valid$/, "The server's certificate is not valid yet, by the clock of this machine."],
  [/wrong_version_number$/, 'The server speaks no TLS on this port, or not from the first byte.'],
  [/econnrefused$/, 'Nothing listens on this host and port.'],
  [/enotfound$/, 'There is no such host, as far as the name server knows.'],
  [
    /^smtp_(eauth|530|534|535)$/,
    'The mail server refuses the user or password: alerts.smtp.user, alerts.smtp.password.',
  ],
  [/^http_(401|403)$/, 'The receiver refuses the secret in the URL or headers of the channel.'],
  [/^http_(404|410)$/, 'The receiver knows no such webhook: it may have been deleted there.'],
  [/^redirect_refused$/, 'The receiver answers with another URL, which is not followed: the channel needs that one.'],
  [/^private_address$/, 'The host has no public address: alerts.allowPrivateHosts names exceptions.'],
];

/** A sentence or two; `undefined` for what explains itself, or lies with the receiver. */
export function explainReason(reason: string): string | undefined {
  return EXPLANATIONS.find(([pattern]) => pattern.test(reason))?.[1];
}
