import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import { Value } from "typebox/value";
import { expand, type Variables } from "./expand.ts";
import { defaultInjection, parseInjection } from "./injection.ts";
import { ServerEntry } from "./schema.ts";
import type { AccountNeed, Injection, ServerDefinition, Transport } from "./server-definition.ts";

export interface EntryRules {
  readonly variables: Variables;
  /** Our own base: an entry that leads back here would call itself for ever. */
  readonly externalUrl: string;
  /** Providers that are configured. */
  readonly providers: readonly string[];
}

const badBytes = /[\0\r\n]/;

const parseUrl = (url: string, kind: "http" | "sse", externalUrl: string): Result<Transport, string> => {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url) || /[\s\\#]/.test(url)) return err(`url is ${JSON.stringify(url)}: it takes the http or https URL of an MCP server`);
  const parsed = new URL(url);
  if (parsed.username !== "" || parsed.password !== "") return err("url holds a user or password: use inject or PROXY_HEADERS");
  const [own, theirs] = [`${new URL(externalUrl).href.replace(/\/$/, "")}/`, `${parsed.href.replace(/\/$/, "")}/`];
  if (theirs.startsWith(own)) return err(`url lies under ${externalUrl}: that is this gateway. Name the server behind it (a file like this with the gateway's own URLs is for its clients)`);
  return ok({ kind, url });
};

const parseTransport = (entry: ServerEntry, externalUrl: string): Result<Transport, string> => {
  const { type, transport, command, url } = entry;
  if (type !== undefined && transport !== undefined && type !== transport) return err(`type is ${type} and transport is ${transport}: they have to agree`);
  const kind = type ?? transport ?? (command === undefined ? "http" : "stdio");
  if ((command === undefined) === (url === undefined)) return err("it takes command or url, one of the two");
  if (kind === "stdio") {
    if (command === undefined) return err("type is stdio, which takes a command");
    const { args = [], env = {}, cwd } = entry;
    if ([command, cwd ?? "", ...args, ...Object.values(env)].some((text) => badBytes.test(text))) return err("command, args, env and cwd may not hold a line break or NUL");
    return ok({ kind, command, args, env, ...(cwd === undefined ? {} : { cwd }) });
  }
  if (url === undefined) return err(`type is ${kind}, which takes a url`);
  if (entry.args !== undefined || entry.env !== undefined || entry.cwd !== undefined) return err("args, env and cwd are for a command");
  return parseUrl(url, kind, externalUrl);
};

const parseAccount = (entry: ServerEntry, { providers }: EntryRules): Result<AccountNeed | undefined, string> => {
  const { tier = 1, requires_oauth: required = tier === 2, oauth_provider: provider, oauth_client: client, scopes = [] } = entry;
  if (!required) {
    if (provider !== undefined || client !== undefined || entry.inject !== undefined) return err("oauth_provider, oauth_client and inject are for a server with requires_oauth (or tier 2)");
    return ok(undefined);
  }
  if (providers.length === 0) return err("requires_oauth needs a provider: set GOOGLE_CLIENT_ID, GITHUB_CLIENT_ID or OIDC_ISSUER");
  if (provider !== undefined && !providers.includes(provider)) return err(`oauth_provider is ${provider}, which is not configured: it takes ${providers.join(" or ")}`);
  if (provider === undefined && providers.length > 1) return err(`oauth_provider is missing, and there are several: name one of ${providers.join(", ")}`);
  return ok({
    ...(provider === undefined ? {} : { provider }),
    ...(client === undefined ? {} : { client: { id: client.id, secret: Secret.of(client.secret) } }),
    scopes,
  });
};

const injectionOf = (entry: ServerEntry, kind: Transport["kind"], account: AccountNeed | undefined): Result<Injection | undefined, string> => {
  if (account === undefined) return ok(undefined);
  return entry.inject === undefined ? ok(defaultInjection(kind)) : parseInjection(entry.inject, kind);
};

const memoryOf = ({ stateless, stateful }: ServerEntry): Pick<ServerDefinition, "memory"> =>
  stateless === true ? { memory: "stateless" } : stateful === true ? { memory: "stateful" } : {};

/** Reads one entry, or says what is wrong with it. Secrets in it are never part of what is said. */
export const parseServerEntry = (raw: unknown, rules: EntryRules): Result<ServerDefinition, string> => {
  const expanded = expand(raw, rules.variables);
  if (!expanded.ok) return expanded;
  const entry = expanded.value;
  if (!Value.Check(ServerEntry, entry)) {
    const [first] = Value.Errors(ServerEntry, entry);
    return err(first === undefined ? "it does not fit" : `${first.instancePath === "" ? "the entry" : first.instancePath.slice(1)}: ${first.message}`);
  }
  const transport = parseTransport(entry, rules.externalUrl);
  if (!transport.ok) return transport;
  const account = parseAccount(entry, rules);
  if (!account.ok) return account;
  const inject = injectionOf(entry, transport.value.kind, account.value);
  if (!inject.ok) return inject;
  if (entry.stateless === true && entry.stateful === true) return err("stateless and stateful are both true: a server is one or the other");
  const perPerson = inject.value?.kind === "env" || inject.value?.kind === "file";
  if (perPerson && entry.isolation === "shared") return err("isolation is shared, and the token of one person would be everyone's: it takes user or session");
  return ok({
    name: entry.name,
    transport: transport.value,
    ...(account.value === undefined ? {} : { account: account.value }),
    ...(entry.allowed_users === undefined ? {} : { allowedUsers: entry.allowed_users }),
    ...(inject.value === undefined ? {} : { inject: inject.value }),
    ...(entry.isolation === undefined ? {} : { isolation: entry.isolation }),
    ...memoryOf(entry),
    tools: entry.tools ?? {},
  });
};
