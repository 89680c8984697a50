// A stdio MCP server that says whose token it was given. Run it, do not import it: node whoami-server.ts <userinfo URL> <env|file|params> [variable]
import { readFileSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { isObject, jsonObject } from "../json.ts";
import { tokenOwner } from "./token-owner.ts";
import { answerMcp, type JsonRpc } from "./whoami-tools.ts";

const [userinfo = "", source = "", variable = ""] = process.argv.slice(2);

interface Found {
  readonly token: string;
  /** How a credential file lies there. */
  readonly file?: { readonly path: string; readonly mode: string; readonly uid: number; readonly fields: readonly string[] };
}

const sources: Readonly<Record<string, (params: Readonly<Record<string, unknown>>) => Found>> = {
  env: () => ({ token: process.env[variable] ?? "" }),
  file: () => {
    const path = process.env[variable];
    if (path === undefined) throw new Error(`${variable} names no file`);
    const credentials = jsonObject(readFileSync(path, "utf8"));
    if (credentials.type !== "authorized_user") throw new Error("the file is no authorized_user");
    // Google's library for Node calls it access_token, the one for Python token.
    const token = credentials.access_token ?? credentials.token;
    const { mode, uid } = statSync(path);
    return { token: typeof token === "string" ? token : "", file: { path, mode: (mode & 0o777).toString(8), uid, fields: Object.keys(credentials) } };
  },
  params: ({ authorization }) => ({ token: /^Bearer (\S+)$/.exec(typeof authorization === "string" ? authorization : "")?.[1] ?? "" }),
};

async function whoAmI(params: Readonly<Record<string, unknown>>): Promise<unknown> {
  const found = sources[source]?.(params);
  if (found === undefined || found.token === "") throw new Error("no token arrived");
  const owner = await tokenOwner(userinfo, found.token);
  if (owner === undefined) throw new Error("the token is not live");
  return { ...owner, pid: process.pid, ...(found.file === undefined ? {} : { file: found.file }) };
}

async function reply(message: JsonRpc): Promise<void> {
  const answer = await answerMcp(message, whoAmI);
  if (answer !== undefined) process.stdout.write(`${JSON.stringify(answer)}\n`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const message: unknown = JSON.parse(line);
  if (!isObject(message)) continue;
  // Not awaited: a call that waits must not keep the next one from being answered.
  void reply(message);
}
