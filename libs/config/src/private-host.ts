import { BlockList, isIP } from "node:net";

/** Addresses that mean something else in every network (RFC 1918, RFC 3927, RFC 6598; RFC 4193, RFC 4291 section 2.5.6). */
const privateRanges = new BlockList();
for (const [network, prefix] of [["10.0.0.0", 8], ["172.16.0.0", 12], ["192.168.0.0", 16], ["169.254.0.0", 16], ["100.64.0.0", 10]] as const)
  privateRanges.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [["fc00::", 7], ["fe80::", 10]] as const) privateRanges.addSubnet(network, prefix, "ipv6");

/** Ends of names that no public authority gives certificates for (RFC 6761, RFC 6762 with its appendix G, RFC 8375). */
const privateEnds = ["localhost", "test", "local", "intranet", "internal", "private", "corp", "home", "lan", "home.arpa"];

/** Whether a host that is not loopback is one of a private network: by address, by the end of its name, or by a name without a dot. */
export const isPrivateHost = (host: string): boolean => {
  const version = isIP(host);
  if (version !== 0) return privateRanges.check(host, version === 4 ? "ipv4" : "ipv6");
  return !host.includes(".") || privateEnds.some((end) => host.endsWith(`.${end}`));
};
