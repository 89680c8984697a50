import { isLoopback } from "./external-url.ts";
import type { GatewayConfig, GatewayLocation } from "./gateway-config.ts";
import { openProviders } from "./providers/access.ts";
import { isPrivateHost } from "./private-host.ts";
import { storageWarnings } from "./storage.ts";

/** What is wrong with a whole configuration whose values are each fine: each sentence says what to change. */
export interface Posture {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Below this, a password that many can try has to be counted as known. */
const shortestPublicPassword = 12;

const when = (condition: boolean, sentence: string): readonly string[] => (condition ? [sentence] : []);

/** Rules on where the gateway is reached; a command to a running gateway needs no more. */
export const locationProblems = ({ externalUrl, listen }: GatewayLocation): readonly string[] => [
  ...when(
    !externalUrl.loopback && !externalUrl.secure,
    `EXTERNAL_URL is ${externalUrl.base}: tokens and passwords would cross the network in clear. Use https (${isPrivateHost(externalUrl.host) ? "TLS_ACCEPT_TOS makes a certificate, or " : ""}an edge such as Caddy or nginx ends TLS), or http://localhost:${listen.port} to stay on this machine`,
  ),
  ...when(
    externalUrl.loopback && !isLoopback(listen.host),
    `the gateway would listen on ${listen.host}, for the whole network, while EXTERNAL_URL (${externalUrl.base}) is this machine only. Set BIND_ADDRESS=127.0.0.1, or EXTERNAL_URL to the https URL that clients use`,
  ),
];

/** What weakens the browser session, each with what it gives away. */
const weakSession = ({ csrf, session }: Pick<GatewayConfig, "csrf" | "session">): readonly string[] => [
  ...when(!csrf.protection, "CSRF_PROTECTION is false, and other pages could send our forms"),
  ...when(!session.secure, "SESSION_COOKIE_SECURE is false, and the session could cross the network in clear"),
  ...when(!session.httpOnly, "SESSION_COOKIE_HTTPONLY is false, and a script could read the session"),
  ...when(session.sameSite !== "strict", "SESSION_COOKIE_SAMESITE is not Strict, and other sites could lead here with the session"),
];

/** Refuses what is unsafe in production, and warns of what is weak. */
export const posture = (config: GatewayConfig): Posture => {
  const { externalUrl, listen, pkce, password, tls } = config;
  const open = openProviders(config.providers, config.access);
  const weakPkce = !pkce.required || pkce.methods.includes("plain");
  return {
    problems: [
      ...locationProblems(config),
      ...(externalUrl.loopback ? [] : open).map(
        (id) => `sign-in with ${id} is open to everyone who has an account there: name who may come in with ALLOWED_USERS or ALLOWED_DOMAINS (* means everyone)`,
      ),
      ...when(!externalUrl.loopback && !pkce.required, "PKCE_ENABLED is false, and stolen codes would be good: that is for a loopback EXTERNAL_URL only. Leave it out"),
      ...when(
        !externalUrl.loopback && pkce.methods.includes("plain"),
        "PKCE_CHALLENGE_METHOD is plain, which protects no code on its way: that is for a loopback EXTERNAL_URL only. Leave it out",
      ),
      ...(externalUrl.loopback ? [] : weakSession(config).map((weakness) => `${weakness}: that is for a loopback EXTERNAL_URL only. Leave it out`)),
      ...when(
        config.session.sameSite === "none" && !(externalUrl.secure && config.session.secure),
        "SESSION_COOKIE_SAMESITE is None, which browsers take over https only: leave it out, or take Lax",
      ),
      ...when(
        externalUrl.loopback && externalUrl.secure && tls === undefined && externalUrl.port === listen.port,
        `TLS is false, and EXTERNAL_URL (${externalUrl.base}) is where the gateway itself listens. Leave TLS out, or let it listen on another PORT, behind what ends TLS`,
      ),
      ...when(
        config.storage.databaseUrl !== undefined && config.encryptionSecret === undefined,
        "AUTH_ENCRYPTION_SECRET is not set: with DATABASE_URL the data lives on when this machine's folder is gone, and its key must, too. Make one (openssl rand -base64 32), keep it safe, and set it",
      ),
      ...when(
        config.trustedProxies.some((range) => /\/0+$/.test(range)),
        "TRUSTED_PROXIES trusts every address, and then everyone can choose the address that limits count. Name the edge's own",
      ),
    ],
    warnings: [
      ...(externalUrl.loopback ? weakSession(config).map((weakness) => `${weakness}: for tests on this machine only`) : []),
      ...when(externalUrl.loopback && open.length > 0, `everyone with an account at ${open.join(" or ")} may sign in: ALLOWED_USERS restricts it, and on a public EXTERNAL_URL it has to`),
      ...when(
        config.providers.length === 0 && config.access.allowedUsers.length + config.access.allowedDomains.length > 0,
        "ALLOWED_USERS and ALLOWED_DOMAINS are about sign-in with a provider, and there is none: whoever knows PASSWORD gets in",
      ),
      ...when(externalUrl.loopback && weakPkce, "PKCE is weakened: for tests on this machine only"),
      ...when(
        !externalUrl.loopback && password?.kind === "plain" && password.characters < shortestPublicPassword,
        `PASSWORD is one that can be guessed, and ${externalUrl.base} can be reached by many: take ${shortestPublicPassword} characters or more`,
      ),
      ...when(tls === undefined && !externalUrl.loopback && config.trustedProxies.length === 0, "TRUSTED_PROXIES is not set: limits per address count everyone behind the edge together"),
      ...when((externalUrl.loopback || tls !== undefined) && externalUrl.port !== listen.port, `EXTERNAL_URL names port ${externalUrl.port} and the gateway listens on ${listen.port}: something has to forward one to the other`),
      ...when(externalUrl.base.endsWith("/mcp"), `EXTERNAL_URL ends with /mcp, so the endpoint is ${externalUrl.base}/mcp; usually it is given without`),
      ...when(
        !config.clients.registration && !config.clients.idMetadata,
        "CLIENT_REGISTRATION and CLIENT_ID_METADATA are off: only clients of CLIENTS_CONFIG, and those that registered before, can sign in",
      ),
      ...storageWarnings(config.storage),
    ],
  };
};
