import { describe, expect, it } from "vitest";
import { isOwnLoopback, specialUse } from "../../src/outbound/special-use.ts";

const refused: readonly (readonly [address: string, why: string])[] = [
  ["0.0.0.0", "this host, as Linux takes it"],
  ["0.1.2.3", "the rest of 0/8"],
  ["10.0.0.1", "RFC 1918"],
  ["10.255.255.255", "its last address"],
  ["100.64.0.1", "carrier-grade NAT, and the inside of overlay networks"],
  ["100.127.255.255", "its last address"],
  ["100.100.100.200", "the metadata service of a cloud, inside of it"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback is a whole /8"],
  ["168.63.129.16", "public by number, a cloud's host agent by use"],
  ["169.254.169.254", "the metadata service of most clouds"],
  ["169.254.170.2", "the credentials of a container"],
  ["172.16.0.1", "RFC 1918, the first of its second block"],
  ["172.17.0.1", "the default bridge of containers"],
  ["172.31.255.255", "the last of that block, which prefix checks on 172.16. miss"],
  ["192.0.0.8", "IETF protocol assignments"],
  ["192.0.2.1", "documentation"],
  ["192.88.99.1", "6to4 relay"],
  ["192.168.0.1", "RFC 1918"],
  ["198.18.0.1", "benchmarking"],
  ["198.19.255.255", "its last address"],
  ["198.51.100.1", "documentation"],
  ["203.0.113.1", "documentation"],
  ["224.0.0.1", "multicast"],
  ["240.0.0.1", "reserved"],
  ["255.255.255.255", "broadcast"],
  ["::", "unspecified: this host"],
  ["::1", "loopback"],
  ["0:0:0:0:0:0:0:1", "the same, written out"],
  ["::ffff:10.0.0.1", "IPv4-mapped private use"],
  ["::ffff:a00:1", "the same in hexadecimal"],
  ["::ffff:127.0.0.1", "IPv4-mapped loopback"],
  ["::ffff:8.8.8.8", "IPv4-mapped at all: no resolver answers so"],
  ["::ffff:0:10.0.0.1", "IPv4-translated"],
  ["::127.0.0.1", "IPv4-compatible, deprecated"],
  ["64:ff9b::10.0.0.1", "NAT64 of private use"],
  ["64:ff9b::a9fe:a9fe", "NAT64 of a metadata service"],
  ["64:ff9b::7f00:1", "NAT64 of loopback"],
  ["64:ff9b::", "NAT64 of 0.0.0.0"],
  ["64:ff9b:1::a00:1", "NAT64 for local use, RFC 8215"],
  ["100::1", "discard only"],
  ["2001::1", "Teredo"],
  ["2001:0:a00:1::", "Teredo that holds a private address"],
  ["2001:10::1", "ORCHID"],
  ["2001:db8::1", "documentation"],
  ["2002:a00:1::1", "6to4 of 10.0.0.1"],
  ["2002:7f00:1::", "6to4 of 127.0.0.1"],
  ["3fff::1", "documentation, RFC 9637"],
  ["5f00::1", "segment routing"],
  ["fc00::1", "unique local"],
  ["fd00:ec2::254", "a metadata service over IPv6"],
  ["fe80::1", "link local"],
  ["fe80::1%eth0", "link local with its zone"],
  ["2606:4700::1%eth0", "a zone makes any address one of a link"],
  ["fec0::1", "site local, deprecated"],
  ["ff02::1", "multicast"],
  ["4000::1", "not assigned to anybody"],
  ["2130706433", "127.0.0.1 in decimal"],
  ["0x7f000001", "127.0.0.1 in hexadecimal"],
  ["0177.0.0.1", "127.0.0.1 in octal"],
  ["127.1", "127.0.0.1 in short"],
  ["010.0.0.1", "octal or decimal, as the reader likes"],
  ["10.0.0.1.", "a dot too many"],
  ["[::1]", "brackets belong to URLs"],
  [" 8.8.8.8", "a space too many"],
  ["localhost", "a name"],
  ["", "nothing"],
];

const allowed: readonly (readonly [address: string, why: string])[] = [
  ["8.8.8.8", "public"],
  ["9.255.255.255", "just before 10/8"],
  ["11.0.0.0", "just after 10/8"],
  ["100.63.255.255", "just before 100.64/10"],
  ["100.128.0.0", "just after 100.64/10"],
  ["168.63.129.17", "a neighbour of the host agent"],
  ["172.15.255.255", "just before 172.16/12"],
  ["172.32.0.0", "just after 172.16/12"],
  ["192.0.1.1", "between two blocks"],
  ["223.255.255.255", "the last before multicast"],
  ["2606:4700::1", "public"],
  ["2001:4860:4860::8888", "public, though it starts with 2001"],
  ["2001:200::1", "just after 2001::/23"],
  ["64:ff9b::8.8.8.8", "NAT64 of a public address: how networks without IPv4 reach it"],
  ["64:ff9b::808:808", "the same in hexadecimal"],
];

describe("an address", () => {
  it.each(refused)("%s is refused (%s)", (address) => {
    expect(specialUse(address)).toEqual(expect.any(String));
  });

  it.each(allowed)("%s is public (%s)", (address) => {
    expect(specialUse(address)).toBeUndefined();
  });

  it.each<[address: string, own: boolean, why: string]>([
    ["127.0.0.1", true, "localhost"],
    ["::1", true, "localhost"],
    ["127.0.0.2", false, "may be another service's own address"],
    ["::ffff:127.0.0.1", false, "another way to write it that nobody needs"],
    ["0.0.0.0", false, "reaches every service of the host"],
  ])("%s is our own loopback: %s (%s)", (address, own) => {
    expect(isOwnLoopback(address)).toBe(own);
  });
});
