import { Resolver } from "node:dns/promises";

/** The addresses of a name, at least one; rejects when there is none. Asked once a request. Gives up when `signal` says so. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

export interface DnsOptions {
  /** `address` or `address:port`; the system's own unless given. */
  readonly servers?: readonly string[];
}

const attempt = { timeout: 1_500, tries: 2 } as const;

/**
 * Asks DNS and not the system's resolver: that one keeps a thread of the pool for as long as a slow name server likes, and
 * password hashes wait in the same pool. `/etc/hosts` and search domains do not count; they lead to private addresses.
 */
export const resolveOverDns = ({ servers }: DnsOptions = {}): Resolve => async (host, signal) => {
  // RFC 6761 section 6.3: these names never go to DNS.
  if (host === "localhost" || host.endsWith(".localhost")) return ["127.0.0.1", "::1"];
  const resolver = new Resolver(attempt);
  if (servers !== undefined) resolver.setServers(servers);
  const cancel = (): void => resolver.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = [v4, v6].flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    if (addresses.length === 0 && v4.status === "rejected") throw v4.reason;
    return addresses;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
};
