import { join } from "node:path";
import { repositoryRoot } from "@mcp-auth-proxy/testing";

/** The public filesystem server, run from where it is installed. */
export const filesystemServer = (...folders: string[]): readonly string[] => [
  process.execPath,
  join(repositoryRoot, "node_modules/@modelcontextprotocol/server-filesystem/dist/index.js"),
  ...folders,
];
