import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildUser } from "@mcp-auth-proxy/mcp-bridge";
import type { ServedServer } from "./servers.ts";

export interface WorkFolders {
  /** The server in its folder, which is made when it is asked for first. */
  place(server: ServedServer): ServedServer;
  /** Removes what was made. */
  remove(): void;
}

/**
 * Gives each process of a file of servers that names no `cwd` an empty folder of its own: where the gateway was started
 * may hold that very file, and a server shows what lies in its folder.
 */
export const openWorkFolders = (user: ChildUser | undefined): WorkFolders => {
  const made = new Map<string, string>();
  const folderOf = (name: string): string => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const folder = mkdtempSync(join(tmpdir(), "mcp-server-"));
    made.set(name, folder);
    if (user !== undefined) chownSync(folder, user.uid, user.gid);
    return folder;
  };
  const placed = (server: ServedServer): ServedServer => {
    const { definition } = server;
    const { transport } = definition;
    if (transport.kind !== "stdio" || transport.cwd !== undefined) return server;
    return { ...server, definition: { ...definition, transport: { ...transport, cwd: folderOf(definition.name) } } };
  };
  return {
    place: placed,
    remove: () => {
      for (const folder of made.values()) rmSync(folder, { recursive: true, force: true });
    },
  };
};
