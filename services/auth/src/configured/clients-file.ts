import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { Value } from "typebox/value";
import type { ConfiguredClient, TrustedIssuer } from "../config.ts";
import { parseResource } from "../validate/resource.ts";
import { baselineScope, offlineScope } from "../validate/scope.ts";
import { type ScopeCatalogue, scopeShape } from "../validate/scope-catalogue.ts";
import { type ClientRules, parseClientEntry } from "./client-entry.ts";
import { ClientsFile, type IssuerEntry, type ScopeEntry } from "./file-schema.ts";
import { keySourceOf } from "./key-source.ts";

/** What the operator says about clients: who is known, whose word counts, which scopes there are. */
export interface ClientsConfiguration {
  readonly clients: readonly ConfiguredClient[];
  readonly idJagIssuers: readonly TrustedIssuer[];
  readonly scopes: ScopeCatalogue;
}

export interface ClientsFileRules extends Omit<ClientRules, "catalogue"> {
  /** The resources that there are. */
  readonly resources: readonly string[];
}

type Lines = readonly string[];

const repeated = (names: readonly string[]): Lines => [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];

const parseScopes = (entries: readonly ScopeEntry[]): { readonly scopes: ScopeCatalogue; readonly problems: Lines } => {
  const names = entries.map(({ name }) => name);
  return {
    scopes: entries.map(({ name, includes = [] }) => ({ name, includes })),
    problems: [
      ...repeated(names).map((name) => `scopes: ${name} is there twice`),
      ...names.filter((name) => !scopeShape.test(name) || name === baselineScope || name === offlineScope).map((name) => `scopes: ${JSON.stringify(name)} can not be the name of one`),
      ...entries.flatMap(({ name, includes = [] }) =>
        includes.filter((included) => !names.includes(included)).map((included) => `scopes: ${name} includes ${JSON.stringify(included)}, which is not there`),
      ),
    ],
  };
};

/** RFC 8414 section 2: https, no query, no fragment; http only to this machine. */
const issuerShape = /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$))[^?#\s]*$/;

const parseIssuer = (entry: IssuerEntry, resources: readonly string[]): Result<TrustedIssuer, string> => {
  if (!issuerShape.test(entry.issuer)) return err("issuer is not an https URL");
  const keys = keySourceOf(entry);
  if (!keys.ok) return keys;
  const foreign = entry.audiences?.find((audience) => !parseResource(audience, resources).ok);
  if (foreign !== undefined) return err(`audiences holds ${JSON.stringify(foreign)}, which is no server here: it takes ${resources.join(", ")}`);
  const opened = entry.audiences?.flatMap((audience) => resources.filter((resource) => parseResource(audience, [resource]).ok));
  return ok({
    issuer: entry.issuer,
    keys: keys.value,
    ...(opened === undefined ? {} : { resources: opened }),
    ...(entry.tenant === undefined ? {} : { tenant: entry.tenant }),
  });
};

const parseJson = (text: string): Result<unknown, "not_json"> => {
  try {
    const value: unknown = JSON.parse(text);
    return ok(value);
  } catch {
    // The text may hold what is nobody's business: no part of the error is kept.
    return err("not_json");
  }
};

/** Every entry by itself, so that a start names all problems at once. */
const each = <Entry, Parsed>(entries: readonly Entry[], name: (entry: Entry) => string, parse: (entry: Entry) => Result<Parsed, string>) => {
  const parsed: Parsed[] = [];
  const problems: string[] = [];
  for (const entry of entries) {
    const result = parse(entry);
    if (result.ok) parsed.push(result.value);
    else problems.push(`${name(entry)}: ${result.error}`);
  }
  return { parsed, problems: [...repeated(entries.map(name)).map((known) => `${known} is there twice`), ...problems] };
};

/** The file of clients (docs/clients.md), or one line for each thing that is wrong with it. */
export const parseClientsFile = (text: string, rules: ClientsFileRules): Result<ClientsConfiguration, Lines> => {
  const json = parseJson(text);
  if (!json.ok) return err(["it is not JSON"]);
  const file = json.value;
  if (!Value.Check(ClientsFile, file)) {
    const lines = Value.Errors(ClientsFile, file).map(({ instancePath, message }) => `${instancePath === "" ? "the file" : instancePath.slice(1)}: ${message}`);
    return err([...new Set(lines)].slice(0, 10));
  }
  const { scopes, problems } = parseScopes(file.scopes ?? []);
  const clients = each(
    file.clients ?? [],
    (entry) => `client ${entry.client_id}`,
    (entry) => parseClientEntry(entry, { ...rules, catalogue: scopes }),
  );
  const issuers = each(
    file.id_jag_issuers ?? [],
    (entry) => `issuer ${entry.issuer}`,
    (entry) => parseIssuer(entry, rules.resources),
  );
  const all = [...problems, ...clients.problems, ...issuers.problems];
  return all.length > 0 ? err(all) : ok({ clients: clients.parsed, idJagIssuers: issuers.parsed, scopes });
};
