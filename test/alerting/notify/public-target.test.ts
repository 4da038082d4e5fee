import { BlockList } from 'node:net';
import { expect } from 'chai';
import { judgeAddress } from '../../../src/alerting/notify/public-address.ts';
import { judgeResolved, judgeTarget } from '../../../src/alerting/notify/public-target.ts';
import { Random } from '../../support/random.ts';
import { GOOD, HOSTILE } from './hostile-urls.ts';

const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '168.63.129.16/32',
];
const EDGES = [
  0, 1, 9, 10, 11, 15, 16, 31, 32, 63, 64, 100, 127, 128, 168, 169, 172, 192, 198, 203, 223, 224, 254, 255,
];

describe('a target of webhooks', () => {
  it('is tried with enough of them', () => {
    expect(new Set(Object.values(HOSTILE).flat()).size).to.be.above(300);
  });

  for (const [what, urls] of Object.entries(HOSTILE)) {
    it(`is not ${what}`, () => {
      const open = urls.filter((url) => typeof judgeTarget(url) !== 'string');
      expect(open).to.deep.equal([]);
    });
  }

  it('is what is public', () => {
    for (const url of GOOD) expect(judgeTarget(url), url).to.be.an('object');
  });

  it('is what the registry of special addresses leaves, for any address in any notation', () => {
    // IANA's, and what is reserved with it.
    const special = new BlockList();
    for (const subnet of SPECIAL_IPV4) {
      const [address = '', prefix] = subnet.split('/');
      special.addSubnet(address, Number(prefix));
    }
    const random = new Random(7);
    for (let i = 0; i < 20_000; i++) {
      // Half of the time an octet at which some range begins or ends.
      const octet = (): number => (random.maybe() ? random.pick(EDGES) : random.below(256));
      const octets = [octet(), octet(), octet(), octet()];
      const all = octets.reduce((sum, one) => sum * 256 + one, 0);
      const plain = octets.join('.');
      const notation = random.pick([plain, `${plain}.`, String(all), `0x${all.toString(16)}`, `0${all.toString(8)}`]);
      const isOpen = typeof judgeTarget(`https://${notation}/`) !== 'string';
      expect(isOpen, notation).to.equal(!special.check(plain));
    }
  });

  it('had better be https', () => {
    for (const url of GOOD) {
      const target = judgeTarget(url);
      const warnings = typeof target === 'string' ? [] : target.warnings;
      expect(warnings.length, url).to.equal(url.startsWith('http:') ? 1 : 0);
    }
  });

  it('is never shown but for its host', () => {
    for (const url of [
      'https://10.0.0.1/T0KEN?sig=T0KEN',
      'https://T0KEN:T0KEN@example.com/',
      'ftp://example.com/T0KEN',
      'T0KEN',
    ]) {
      expect(judgeTarget(url)).to.be.a('string').that.does.not.include('T0KEN');
    }
  });
});

describe('an exception', () => {
  const isOpen = (url: string, ...names: string[]): boolean => typeof judgeTarget(url, names) !== 'string';

  it('opens the host it names, in whatever notation, with all its ports', () => {
    expect(isOpen('http://localhost:9093/', 'localhost')).to.equal(true);
    expect(isOpen('http://LOCALHOST.:6379/', 'localhost')).to.equal(true);
    expect(isOpen('http://127.0.0.1/', '127.0.0.1')).to.equal(true);
    expect(isOpen('http://2130706433/', '127.0.0.1')).to.equal(true);
    expect(isOpen('http://127.0.0.1/', '0x7f.1')).to.equal(true);
    expect(isOpen('http://[::1]:8080/', '::1')).to.equal(true);
    expect(isOpen('http://[0:0::1]:8080/', '[::1]')).to.equal(true);
    expect(isOpen('https://b\u00fccher.internal/', 'xn--bcher-kva.internal')).to.equal(true);
  });

  it('with a port opens that port only', () => {
    expect(isOpen('http://localhost:9093/', 'localhost:9093')).to.equal(true);
    expect(isOpen('http://localhost:9094/', 'localhost:9093')).to.equal(false);
    expect(isOpen('http://localhost/', 'localhost:80')).to.equal(true);
    expect(isOpen('https://localhost/', 'localhost:80')).to.equal(false);
    expect(isOpen('http://[::1]:81/', '[::1]:81')).to.equal(true);
  });

  it('opens nothing else', () => {
    for (const name of [
      'localhost',
      'localhost:80',
      '',
      '*',
      '.',
      'example.com',
      'a b',
      '127.0.0.2',
      '::2',
      'http://127.0.0.1',
    ]) {
      expect(isOpen('http://127.0.0.1/', name), name).to.equal(false);
    }
    expect(isOpen('http://a.localhost/', 'localhost')).to.equal(false);
    expect(isOpen('http://user@localhost/', 'localhost')).to.equal(false);
    expect(isOpen('ftp://localhost/', 'localhost')).to.equal(false);
  });

  it('that is a name may resolve to a private address, never to metadata', () => {
    const judge = (address: string): string | undefined => judgeResolved('alertmanager.internal', address, true);
    for (const address of ['10.1.2.3', '127.0.0.1', '::1', 'fd00::1', '100.64.0.1', '8.8.8.8']) {
      expect(judge(address), address).to.equal(undefined);
    }
    for (const address of [
      '169.254.169.254',
      'fe80::1',
      '0.0.0.0',
      '224.0.0.1',
      '::ffff:169.254.169.254',
      '255.255.255.255',
    ]) {
      expect(judge(address), address).to.be.a('string');
    }
    expect(judgeResolved('169.254.169.254', '169.254.169.254', true), 'named itself').to.equal(undefined);
  });
});

describe('a resolved address', () => {
  it('may be a public one behind NAT64, as networks without IPv4 have them', () => {
    expect(judgeResolved('example.com', '64:ff9b::808:808', false)).to.equal(undefined);
    for (const address of [
      '64:ff9b::7f00:1',
      '64:ff9b::a9fe:a9fe',
      '64:ff9b:1::808:808',
      '::ffff:10.0.0.1',
      'fe80::1%eth0',
      '',
      'x',
    ]) {
      expect(judgeResolved('example.com', address, false), address).to.be.a('string');
    }
  });

  it('is judged in words', () => {
    expect(judgeAddress('169.254.169.254').kind).to.include('metadata');
    expect(judgeAddress('100.64.1.1').kind).to.include('carrier-grade');
    expect(judgeAddress('fd00::1').kind).to.include('unique local');
  });
});
