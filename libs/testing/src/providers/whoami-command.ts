import { join } from "node:path";

/** Where a stdio server finds its token: in a variable, in a file that a variable names, or in the parameters of each call. */
export type TokenSource = { readonly env: string } | { readonly file: string } | "params";

/** The command of a stdio MCP server that says whose token it was given, asking the provider at `userinfo`. */
export function whoamiServer(userinfo: string, source: TokenSource): readonly string[] {
  const script = join(import.meta.dirname, "whoami-server.ts");
  const found = source === "params" ? ["params"] : "env" in source ? ["env", source.env] : ["file", source.file];
  return [process.execPath, script, userinfo, ...found];
}
