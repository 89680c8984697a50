/** The first four groups of an IPv6 address: one customer gets at least that many addresses to choose from. */
const first64Bits = (address: string): string => {
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const missing = tail === undefined ? 0 : 8;
  return [...groups, ...Array.from({ length: missing }, () => "0")]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, "").toLowerCase())
    .join(":");
};

/**
 * What limits per address count by: an IPv4 address, or the /64 of an IPv6 address (counting single ones would limit nobody).
 * Takes what `clientAddress` says.
 */
export const addressBlock = (address: string): string => (address.includes(":") ? `${first64Bits(address)}::/64` : address);
