// Whether an IP address is a public one. What is not known to be public is not: an address range that is new to us stays closed.
import ipaddr from 'ipaddr.js';

/** Addresses of clouds' own services that lie in public ranges. */
const CLOUD_SERVICES = new Set(['168.63.129.16']); // Azure's wire server: certificates and settings of the machine

const NAMES: Readonly<Record<string, string>> = {
  unspecified: 'unspecified',
  loopback: 'loopback',
  private: 'private',
  uniqueLocal: 'unique local (private)',
  linkLocal: 'link-local (where clouds keep their metadata)',
  carrierGradeNat: 'carrier-grade NAT (private)',
  multicast: 'multicast',
  broadcast: 'broadcast',
  deprecatedSiteLocal: 'site-local (private)',
  benchmarking: 'benchmarking',
};
/** What a host on the list of exceptions may resolve to. */
const OPEN_TO_EXCEPTIONS = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat', 'deprecatedSiteLocal']);

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
const ISATAP = 0x5efe;

export interface JudgedAddress {
  /** In words for people. */
  readonly kind: string;
  readonly isPublic: boolean;
  /** Private, and so open to those who name it as an exception; what is neither is open to nobody but who names the address itself. */
  readonly isPrivate: boolean;
}

/**
 * @param address as the system's resolver or a URL gives it, brackets taken off.
 * @param options.mayTranslate whether NAT64 (64:ff9b::/96) of a public address is public: a resolver gives these on networks that have no IPv4,
 * nobody writes them into a URL for a good reason.
 */
export function judgeAddress(address: string, { mayTranslate = false } = {}): JudgedAddress {
  let parsed: ipaddr.IPv4 | ipaddr.IPv6;
  try {
    parsed = ipaddr.parse(address);
  } catch {
    return closed('no IP address');
  }
  if (parsed instanceof ipaddr.IPv4) return judgeIPv4(parsed);
  if (parsed.zoneId !== undefined) return closed('of one network interface only');
  const range = parsed.range();
  const embedded = ipaddr.fromByteArray(parsed.toByteArray().slice(12)) as ipaddr.IPv4;
  // What is behind it is what a connection goes to.
  if (range === 'ipv4Mapped') return mayTranslate ? judgeIPv4(embedded) : closed('an IPv4 address in disguise');
  if (parsed.match(NAT64)) return mayTranslate ? judgeIPv4(embedded) : closed('an IPv4 address in disguise');
  if (range === 'unicast' && parsed.match(GLOBAL_UNICAST) && parsed.parts[5] !== ISATAP) return PUBLIC;
  return range === 'unicast' ? closed('reserved') : judgedAs(range);
}

const PUBLIC: JudgedAddress = { kind: 'public', isPublic: true, isPrivate: false };

function judgeIPv4(address: ipaddr.IPv4): JudgedAddress {
  if (CLOUD_SERVICES.has(address.toString())) return closed("a cloud's own service");
  const range = address.range();
  return range === 'unicast' ? PUBLIC : judgedAs(range);
}

function judgedAs(range: string): JudgedAddress {
  return { kind: NAMES[range] ?? 'reserved', isPublic: false, isPrivate: OPEN_TO_EXCEPTIONS.has(range) };
}

function closed(kind: string): JudgedAddress {
  return { kind, isPublic: false, isPrivate: false };
}
