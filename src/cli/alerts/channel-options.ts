// The options that say what a channel is, as `alerts channels add` and `alerts init` have them.
import { UsageError } from '../failure.ts';

export interface ChannelOptions {
  readonly type?: string | undefined;
  readonly url?: string | undefined;
  readonly format?: string | undefined;
  readonly header?: readonly string[] | undefined;
  readonly routingKey?: string | undefined;
  readonly to?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly sendResolved?: boolean | undefined;
}

/** A specification of what was given. @throws {UsageError} */
export function channelSpec({ header, format, ...fields }: ChannelOptions): Record<string, unknown> {
  const ofKey = fields.routingKey === undefined ? undefined : 'pagerduty';
  const spec = { ...fields, format: format ?? ofKey, headers: header && headersOf(header) };
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
}

export function collectHeader(given: string, before: readonly string[] = []): readonly string[] {
  return [...before, given];
}

/** Not while the options are parsed: Commander would show the text, which may be a secret. */
function headersOf(given: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const header of given) {
    const at = header.indexOf(':');
    if (at < 1) throw new UsageError('--header must be "Name: value", as in --header "Authorization: Bearer TOKEN".');
    headers[header.slice(0, at).trim()] = header.slice(at + 1).trim();
  }
  return headers;
}
