// Whether a URL may be told alerts: it leads to a public host, or to one that the operator named as an exception. Must never put more of a URL into a message than its host.
import { isIP } from 'node:net';
import { judgeAddress } from './public-address.ts';

/** Hosts that need not be public: `alertmanager.internal`, `10.1.2.3`, `localhost:9093` (that port only). From the configuration, never from the database. */
export type PrivateHosts = readonly string[];

export interface Target {
  readonly url: URL;
  /** Named as an exception, so that it may be private. */
  readonly isException: boolean;
  /** What is allowed and yet not well, as sentences. */
  readonly warnings: readonly string[];
}

const MAX_URL_LENGTH = 4096;

const HOST_NAME = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;
/** Names that mean this machine, its network or its cloud, whatever a resolver says of them. */
const CLOSED_NAMES = ending(
  'localhost localdomain localdomain6 local internal intranet private corp home lan arpa svc default consul onion',
);
const CLOUD_NAMES = ending(
  'metadata metadata.goog metadata-flavor instance-data rancher-metadata metadata.tencentyun.com metadata.platformequinix.com metadata.packet.net api.metadata.cloud.ibm.com',
);
/** Whoever asks these gets the address that stands in the name, or this machine's. */
const ADDRESS_NAMES = ending(
  'nip.io sslip.io xip.io xip.name localtest.me lvh.me vcap.me localh.st localho.st local.gd traefik.me lacolhost.com yoogle.com nicob.net dod.network rbndr.us 1u.ms burpcollaborator.net',
);

/** Of services that trust who reaches them. Below 1024 all but 80 and 443 are closed. */
const CLOSED_PORTS = new Set(
  `databases:      1433 1434 1521 3306 5432 5433 5439 5984 6333 6334 6379 6380 6432 7000 7001 7199 7474 7687 7700
                   8086 8091 8123 8529
                   8983 9042 9160 9200 9300 11211 16379 19530 20160 26257 26379 27017 27018 27019 28015 28017 33060 50000
   queues:         1883 2181 2888 3888 4222 4369 5671 5672 6222 6650 8222 8883 9092 9093 9094 15672 25672 61613 61616
   orchestration:  2375 2376 2377 2379 2380 4243 4646 4647 4648 5000 6443 7233 7946 8001 8200 8201 8265 8300 8301 8302 8400
                   8472
                   8500 8501 8502 8600 8848 9345 9870 10250 10251 10252 10255 10256 10257 10259 16443 30000
   monitoring:     3000 3100 3200 4040 4317 4318 5044 5601 6060 8125 9090 9091 9095 9100 9115 9121 9187 9411 9464 9600 9901 10050 10051
                   14268 15000 16686 19999
   remote control: 1099 2222 3389 3632 4444 4848 5001 5037 5555 5858 5900 5901 5985 5986 6066 7077 8005 8009 8020 8042
                   8081 8082 8088 8089 8140 8161 8787 8888 9000 9001 9002 9080 9229 9999 10000 11434 35357 50070 60010
   mail, proxies, files, and what browsers refuse:
                   1025 1080 1194 1719 1720 1723 2049 2525 3128 3659 4045 4190 4873 5060 5061 6000 6566 6665 6666 6667
                   6668 6669 6679 6697 8025 9050 9418 10080`
    .match(/\d+/g)
    ?.map(Number),
);

/**
 * @returns the reason as a sentence without subject when it may not: `leads to 10.0.0.1, which is private`.
 */
export function judgeTarget(text: string, privateHosts: PrivateHosts = []): Target | string {
  const url = text.length <= MAX_URL_LENGTH && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return 'is no URL';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is neither https nor http';
  if (url.username !== '' || url.password !== '') {
    return 'has a user or password before its host; put what the receiver wants to know into "headers"';
  }
  // The URL parser has made decimal, octal and hexadecimal addresses, other digits and other dots plain.
  const host = hostOf(url);
  if (host === '') return 'has no host';
  const isException = privateHosts.some((named) => isNamed(named, host, portOf(url)));
  if (!isException) {
    const reason = closedHost(host) ?? closedPort(portOf(url));
    if (reason !== undefined) return reason;
  }
  const warnings =
    url.protocol === 'http:' && !isException
      ? [`${host} is told over http, which anybody on the way can read; use https`]
      : [];
  return { url, isException, warnings };
}

/**
 * Whether an address that `host` was resolved to may be connected to.
 * @returns the reason when not, as above.
 */
export function judgeResolved(host: string, address: string, isException: boolean): string | undefined {
  const judged = judgeAddress(address, { mayTranslate: true });
  const isOpen = judged.isPublic || (isException && (judged.isPrivate || address === host));
  return isOpen ? undefined : `leads to ${address}, which is ${judged.kind}`;
}

/** Of a URL, lower case, without brackets and without the dot of the root. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.+$/, '');
}

export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

function closedHost(host: string): string | undefined {
  if (isIP(host) > 0) {
    const judged = judgeAddress(host);
    return judged.isPublic ? undefined : `leads to ${host}, which is ${judged.kind}`;
  }
  if (!HOST_NAME.test(host)) return 'has a host that is no name of the internet';
  const isLocal = !host.includes('.') || CLOSED_NAMES.test(host) || CLOUD_NAMES.test(host);
  if (isLocal) return `leads to ${host}, a name of a local network`;
  if (ADDRESS_NAMES.test(host)) return `leads to ${host}, a name that stands for any address`;
  return undefined;
}

function closedPort(port: number): string | undefined {
  const isClosed = port < 1024 ? port !== 80 && port !== 443 : CLOSED_PORTS.has(port);
  return isClosed ? `leads to port ${port}, where internal services are` : undefined;
}

function isNamed(named: string, host: string, port: number): boolean {
  // `::1` has no port, `[::1]:80` has.
  const text = isIP(named) === 6 ? `[${named}]` : named;
  const base = `http://${text.trim()}`;
  if (!URL.canParse(base)) return false;
  const url = new URL(base);
  // Port 80 is written or not: the parser takes it away.
  const given = /:(\d+)$/.exec(text.trim())?.[1];
  return hostOf(url) === host && (given === undefined || Number(given) === port);
}

/** Matches these names and all below them. */
function ending(names: string): RegExp {
  return new RegExp(`(?:^|\\.)(?:${names.replaceAll('.', String.raw`\.`).replaceAll(' ', '|')})$`);
}
