// Resolves a webhook's host and judges what comes out, so that the address connected to is the one that was judged: there is no second question to the DNS.
import { promises as dns, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { hostOf, judgeResolved, type Target } from './public-target.ts';

/** All addresses of a name. The system's, unless a test brings its own. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export const resolveBySystem: Resolve = (host) => dns.lookup(host, { all: true });

/** The host leads to an address that webhooks may not reach. */
export class ClosedAddressError extends Error {
  override readonly name = 'ClosedAddressError';
}

/** @throws {ClosedAddressError} when one of the addresses is closed: a name with both kinds is a trick. And what `resolve` throws. */
export async function resolveTarget(target: Target, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const host = hostOf(target.url);
  const addresses = await resolve(host);
  for (const { address } of addresses) {
    const reason = judgeResolved(host, address, target.isException);
    if (reason !== undefined) throw new ClosedAddressError(reason);
  }
  return addresses;
}

/** For the `lookup` of a socket. A host that is an address is never looked up: it was judged with the URL. */
export function guardedLookup(target: Target, resolve: Resolve): LookupFunction {
  return (_host, options, callback) => {
    const answer = async (): Promise<void> => {
      let addresses: readonly LookupAddress[];
      try {
        addresses = await resolveTarget(target, resolve);
      } catch (error) {
        callback(error as NodeJS.ErrnoException, '', 0);
        return;
      }
      const [first] = addresses;
      if (first === undefined) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 0);
      else if (options.all) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    };
    void answer();
  };
}
