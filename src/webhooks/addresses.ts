import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** What is of this machine, of a private network, or nobody's: a client of the API must not reach it through us. */
const FORBIDDEN = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  FORBIDDEN.addSubnet(network, bits, 'ipv4');
}
/** Of IPv6 only what is global unicast is public, and of that not what is, or leads to, an IPv4 address. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
FORBIDDEN.addSubnet('2001::', 23, 'ipv6');
FORBIDDEN.addSubnet('2001:db8::', 32, 'ipv6');
FORBIDDEN.addSubnet('2002::', 16, 'ipv6');
FORBIDDEN.addSubnet('3fff::', 20, 'ipv6');

/** Whether these are addresses of somebody on the internet, all of them: a socket may connect to any. */
export function arePublic(addresses: readonly string[]): boolean {
  return addresses.every(isPublic);
}

function isPublic(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !FORBIDDEN.check(address, 'ipv4');
  return version === 6 && GLOBAL.check(address, 'ipv6') && !FORBIDDEN.check(address, 'ipv6');
}

/** Resolves a name for a socket, which then connects to the very addresses that were looked at. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    // Nothing is there beside an error, whatever the types say.
    const [first] = error === null ? addresses : [];
    if (first === undefined) {
      callback(error ?? new Error('the name has no address'), '');
    } else if (!arePublic(addresses.map(({ address }) => address))) {
      callback(new Error('the name leads to an address that is not public'), '');
    } else if (options.all === true) {
      callback(null, addresses);
    } else {
      callback(null, first.address, first.family);
    }
  });
};
