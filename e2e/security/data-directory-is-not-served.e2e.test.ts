import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, freePort, Gateway, type GatewayFolders, gatewayFolders, type LaunchedProcess, McpSession, removeFolders, signIn, startCommandLine } from "@mcp-auth-proxy/testing";
import { afterEach, describe, expect, it } from "vitest";
import { filesystemServer } from "../support/filesystem-server.ts";
import { possibleUsers } from "../support/users.ts";

const password = "a long test password";

describe.each(possibleUsers)("the gateway's own files, run as $title", ({ uid }) => {
  const user = uid === undefined ? {} : { uid };
  let folders: GatewayFolders | undefined;
  afterEach(() => {
    if (folders !== undefined) removeFolders(folders);
  });

  interface Refusal {
    readonly why: string;
    readonly command: (at: GatewayFolders) => readonly string[];
    readonly dataPath?: string;
    readonly served?: string;
    readonly environment?: (at: GatewayFolders) => Readonly<Record<string, string | undefined>>;
    readonly prepare?: (at: GatewayFolders) => void;
  }

  const refusals: readonly Refusal[] = [
    { why: "the served folder holds the data", command: () => filesystemServer("."), dataPath: "served/data" },
    { why: "the served folder is the data", command: () => filesystemServer("."), dataPath: "served" },
    { why: "the root folder is served", command: () => filesystemServer("/") },
    { why: "the folder of all processes is served, where our own environment can be read", command: () => filesystemServer("/proc") },
    { why: "the folder above the data is served", command: () => filesystemServer("..") },
    { why: "the data is served by its own name", command: (at) => filesystemServer(at.data) },
    { why: "a folder inside the data is served", command: (at) => filesystemServer(join(at.data, "deeper")), prepare: (at) => mkdirSync(join(at.data, "deeper"), { recursive: true }) },
    { why: "the path follows an equals sign", command: (at) => filesystemServer(`--root=${at.root}`) },
    { why: "the path goes up and down again", command: () => filesystemServer("./../served/..") },
    { why: "a link leads to the folder above the data", command: () => filesystemServer("./link"), prepare: (at) => symlinkSync(at.root, join(at.served, "link")) },
    { why: "the data path is itself a link into the served folder", command: () => filesystemServer("."), dataPath: "link", prepare: (at) => linkInto(at) },
    { why: "the data would come to lie below a link into the served folder", command: () => filesystemServer("."), dataPath: "link/not/there/yet", prepare: (at) => symlinkSync(at.served, join(at.root, "link")) },
    { why: "the home folder is served and the data lies there by default", command: () => filesystemServer("."), served: "home", environment: () => ({ DATA_PATH: undefined }) },
    { why: "the home folder is an argument and the data lies there by default", command: (at) => filesystemServer(at.home), environment: () => ({ DATA_PATH: undefined }) },
    {
      why: "a secret file lies in the served folder",
      command: () => filesystemServer("."),
      environment: (at) => ({ PASSWORD: undefined, PASSWORD_FILE: join(at.served, "password.txt") }),
      prepare: (at) => writeFileSync(join(at.served, "password.txt"), password),
    },
    { why: "a loaded .env lies in the served folder", command: () => filesystemServer("."), environment: () => ({ PASSWORD: undefined }), prepare: (at) => writeFileSync(join(at.served, ".env"), `PASSWORD=${password}\n`) },
  ];

  function linkInto(at: GatewayFolders): void {
    mkdirSync(join(at.served, "kept"));
    symlinkSync(join(at.served, "kept"), join(at.root, "link"));
  }

  async function attempt(at: GatewayFolders, { command, environment, prepare }: Refusal): Promise<LaunchedProcess> {
    prepare?.(at);
    const given = { EXTERNAL_URL: `http://localhost:${await freePort()}`, PASSWORD: password, ...environment?.(at) };
    return startCommandLine(["--", ...command(at)], at, { environment: given, ...user });
  }

  // Concurrent, because nearly all of the time goes into starting a process.
  it.concurrent.each(refusals)("refuse the start when $why", async (refusal) => {
    const { dataPath = "data", served = "served" } = refusal;
    const own = gatewayFolders({ dataPath, servedFolder: served, ...user });
    const launched = await attempt(own, refusal);
    try {
      expect((await launched.exited).code).toBe(2);
      expect(launched.stderr).toMatch(/DATA_PATH|PASSWORD_FILE|\.env|\/proc/);
      expect(launched.stderr).not.toMatch(/^\s+at /m);
      expect(launched.output).not.toContain(password);
    } finally {
      await launched.kill();
      removeFolders(own);
    }
  });

  it("cannot be read through the server, whatever path is asked for", async () => {
    folders = gatewayFolders(user);
    writeFileSync(join(folders.served, "open.txt"), "for everybody");
    if (uid !== undefined) chownSync(join(folders.served, "open.txt"), uid, uid);
    await using gateway = await Gateway.launch({ command: filesystemServer("."), folders, ...user });
    const { tokens } = await signIn(gateway);
    const own = filesBelow(folders.data);
    expect(own.length).toBeGreaterThan(0);
    symlinkSync(folders.data, join(folders.served, "shortcut"));
    const session = new McpSession(gateway.mcpUrl, tokens.accessToken);
    await session.initialize();
    const read = async (path: string): Promise<string> => JSON.stringify(await session.call("tools/call", { name: "read_file", arguments: { path } }));
    expect(await read("open.txt")).toContain("for everybody");
    const asked = own.flatMap((path) => [path, `../data/${path.slice(gateway.folders.data.length + 1)}`, `shortcut/${path.slice(gateway.folders.data.length + 1)}`]);
    for (const path of [...asked, `/proc/${gateway.pid}/environ`, "/proc/self/environ"]) {
      const answer = await read(path);
      expect(answer, path).toMatch(/"isError":true|"error":/);
      expect(answer).not.toContain(password);
    }
  });

  it("are closed to everybody else", async () => {
    await using gateway = await Gateway.launch(user);
    expect(lstatSync(gateway.folders.data).mode & 0o777).toBe(0o700);
    const secrets = filesBelow(gateway.folders.data);
    for (const path of secrets) expect(lstatSync(path).mode & 0o077, path).toBe(0);
    expect(secrets.some((path) => readFileSync(path).length > 0)).toBe(true);
  });

  it("are refused when somebody left them open, or they are put right", async () => {
    folders = gatewayFolders(user);
    mkdirSync(folders.data);
    chmodSync(folders.data, 0o777);
    if (uid !== undefined) chownSync(folders.data, uid, uid);
    const launched = startCommandLine(["--", ...filesystemServer(".")], folders, {
      environment: { EXTERNAL_URL: `http://localhost:${await freePort()}`, PASSWORD: password },
      ...user,
    });
    try {
      await expect.poll(() => launched.exit !== undefined || (lstatSync(folders?.data ?? "").mode & 0o077) === 0, { timeout: 15_000 }).toBe(true);
    } finally {
      await launched.kill();
    }
  });
});
