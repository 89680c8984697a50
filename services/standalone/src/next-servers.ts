import type { ServerDefinition } from "@mcp-auth-proxy/config";
import type { ServedServer } from "./servers.ts";
import type { ServersFile } from "./servers-file.ts";

export interface NextServers {
  /** Those that did not change are the same objects as before. */
  readonly served: readonly ServedServer[];
  readonly warnings: readonly string[];
}

export const servedAt = (base: string, definition: ServerDefinition, path: string, fingerprint = ""): ServedServer => ({ definition, path, resource: `${base}${path}`, fingerprint });

/**
 * What is served when the file says this, and `former` was served before: an entry that did not change goes on as it is,
 * and so does the former one in the place of an entry that can not be served. `refusals`: why a server must not be
 * served here, one line each.
 */
export const nextServers = (former: readonly ServedServer[], { entries, broken, warnings }: ServersFile, base: string, refusals: (server: ServedServer) => readonly string[] = () => []): NextServers => {
  const ownPath = (name: string): string => `/${name}/mcp`;
  const formerOf = (name: string): ServedServer | undefined => former.find(({ path }) => path === ownPath(name));
  const said: string[] = [...warnings];
  const accepted = entries.flatMap(({ definition, fingerprint }): readonly ServedServer[] => {
    const known = formerOf(definition.name);
    if (known?.fingerprint === fingerprint) return [known];
    const server = servedAt(base, definition, ownPath(definition.name), fingerprint);
    const refused = refusals(server);
    said.push(...refused.map((reason) => `server ${definition.name}: ${reason}`));
    return refused.length === 0 ? [server] : known === undefined ? [] : [known];
  });
  const named = new Set(entries.map(({ definition }) => definition.name));
  const kept = [...broken].filter((name) => !named.has(name)).flatMap((name) => formerOf(name) ?? []);
  const served = [...accepted, ...kept];
  return { served: [...served, ...atRoot(served, former, base, said.length === 0)], warnings: said };
};

/** One server alone is at `/mcp` too, and stays there as long as it is served: its sessions there are none of the others' business. */
const atRoot = (served: readonly ServedServer[], former: readonly ServedServer[], base: string, mayBegin: boolean): readonly ServedServer[] => {
  const before = former.find(({ path }) => path === "/mcp");
  const [first, ...others] = served;
  const stays = served.find(({ definition }) => definition.name === before?.definition.name);
  const server = stays ?? (others.length === 0 && mayBegin ? first : undefined);
  if (server === undefined) return [];
  return [before?.definition === server.definition ? before : servedAt(base, server.definition, "/mcp", server.fingerprint)];
};
