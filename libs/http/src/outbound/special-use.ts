import { BlockList, isIP } from "node:net";

/** Block, prefix length, what it is for: the IANA special-purpose registries (RFC 6890 as updated), and what clouds keep for themselves. */
const v4Blocks: readonly (readonly [network: string, prefix: number, use: string])[] = [
  ["0.0.0.0", 8, "this network"],
  ["10.0.0.0", 8, "private use"],
  ["100.64.0.0", 10, "shared address space"],
  ["127.0.0.0", 8, "loopback"],
  ["168.63.129.16", 32, "a cloud's own host agent"],
  ["169.254.0.0", 16, "link local, with the metadata services of clouds"],
  ["172.16.0.0", 12, "private use"],
  ["192.0.0.0", 24, "IETF protocol assignments"],
  ["192.0.2.0", 24, "documentation"],
  ["192.31.196.0", 24, "AS112"],
  ["192.52.193.0", 24, "AMT"],
  ["192.88.99.0", 24, "6to4 relays"],
  ["192.168.0.0", 16, "private use"],
  ["192.175.48.0", 24, "AS112"],
  ["198.18.0.0", 15, "benchmarking"],
  ["198.51.100.0", 24, "documentation"],
  ["203.0.113.0", 24, "documentation"],
  ["224.0.0.0", 4, "multicast"],
  ["240.0.0.0", 4, "reserved, with broadcast"],
];

/** Inside 2000::/3; what lies outside of it is no global unicast address and needs no row. */
const v6Blocks: readonly (readonly [network: string, prefix: number, use: string])[] = [
  ["2001::", 23, "IETF protocol assignments, with Teredo and ORCHID"],
  ["2001:db8::", 32, "documentation"],
  ["2002::", 16, "6to4, which holds an IPv4 address"],
  ["2620:4f:8000::", 48, "AS112"],
  ["3fff::", 20, "documentation"],
];

const listOf = (family: "ipv4" | "ipv6", network: string, prefix: number): BlockList => {
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list;
};

const specialV4 = v4Blocks.map(([network, prefix, use]) => ({ list: listOf("ipv4", network, prefix), use }));
const specialV6 = v6Blocks.map(([network, prefix, use]) => ({ list: listOf("ipv6", network, prefix), use }));
const globalUnicast = listOf("ipv6", "2000::", 3);
const nat64 = listOf("ipv6", "64:ff9b::", 96);

/** The last 32 bits of an IPv6 address, in dotted form. URL() spells the address in its one canonical way. */
const embeddedV4 = (address: string): string => {
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(":");
  const [high = 0, low = 0] = groups.slice(-2).map((group) => (group === "" ? 0 : Number.parseInt(group, 16)));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
};

const specialUseOfV6 = (address: string): string | undefined => {
  // Networks without IPv4 reach the public one through this prefix, and nothing else may be reached through it.
  if (nat64.check(address, "ipv6")) return specialUse(embeddedV4(address));
  if (!globalUnicast.check(address, "ipv6")) return "not a global unicast address";
  return specialV6.find(({ list }) => list.check(address, "ipv6"))?.use;
};

/**
 * Why an address is not one of the public internet, undefined when it is. Takes the spelling of resolvers and sockets:
 * whatever else (decimal, octal, hexadecimal, short forms, zones) is not an address, and so not a public one.
 */
export const specialUse = (address: string): string | undefined => {
  switch (isIP(address)) {
    case 4:
      return specialV4.find(({ list }) => list.check(address, "ipv4"))?.use;
    case 6:
      return address.includes("%") ? "an address of one link" : specialUseOfV6(address);
    default:
      return "not an address";
  }
};

/** The two addresses that an authorization server on `localhost` has itself; the rest of 127.0.0.0/8 may be anybody. */
export const isOwnLoopback = (address: string): boolean => address === "127.0.0.1" || address === "::1";
