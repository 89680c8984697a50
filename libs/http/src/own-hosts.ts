export const loopbackNames = ["localhost", "127.0.0.1", "[::1]"] as const;

export const isLoopbackName = (hostname: string): boolean =>
  loopbackNames.some((name) => name === hostname) || /^127\.\d+\.\d+\.\d+$/.test(hostname) || hostname.endsWith(".localhost");

/**
 * Tells whether a Host header can be of a request that was meant for this gateway. In a DNS rebinding attack it is a
 * name that the attacker owns and has pointed at us. Loopback names and numeric addresses are nobody's to point: they
 * pass, because a proxy in front may well use them.
 */
export const ownHosts = (externalUrl: string): ((host: string) => boolean) => {
  const { host: own } = new URL(externalUrl);
  return (host) => {
    if (!/^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(host)) return false;
    const lowerCase = host.toLowerCase();
    if (lowerCase === own) return true;
    const hostname = lowerCase.replace(/:\d+$/, "");
    return isLoopbackName(hostname) || hostname.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
  };
};
