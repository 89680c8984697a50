import { join } from "node:path";
import { repositoryRoot } from "@mcp-auth-proxy/testing";

const entry = (name: string): string => join(repositoryRoot, "node_modules/@modelcontextprotocol", name, "dist/index.js");

/** The public everything server, over stdio. */
export const officialEverythingServer: readonly string[] = [process.execPath, entry("server-everything"), "stdio"];

/** The public memory server. It keeps one graph in one file, whoever asks; by itself it would write into its own package. */
export const memoryServer = (file: string): readonly string[] => ["/usr/bin/env", `MEMORY_FILE_PATH=${file}`, process.execPath, entry("server-memory")];
