import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { exposedRoots } from "../src/data/exposed-roots.ts";
import { servedSecrets } from "../src/data/served-secrets.ts";
import { temporaryFolder } from "./temporary-folder.ts";

let root = "";
let home = "";
let folder = "";
let dataPath = "";
beforeEach(() => {
  root = temporaryFolder();
  home = join(root, "home");
  folder = join(home, "project");
  dataPath = join(home, ".local/state/mcp-auth-proxy/x");
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(root, "elsewhere"));
});

const problems = (args: readonly string[], over: { dataPath?: string; folder?: string; settingsFiles?: { setting: string; path: string }[] } = {}) => {
  const at = over.folder ?? folder;
  return servedSecrets({ dataPath: over.dataPath ?? dataPath, settingsFiles: over.settingsFiles ?? [] }, exposedRoots({ args, folder: at, home }), {
    externalUrl: "http://localhost:8080",
    home,
    folder: at,
    uid: 0,
  });
};

it.each([[["."]], [[]], [["-y", "@modelcontextprotocol/server-filesystem", "."]], [["../project"]], [["https://example.com/a"]], [["--port", "80"]], [["-c", "server --quiet"]]])(
  "lets a folder beside the data be served: %j",
  (args) => {
    expect(problems(args)).toEqual([]);
  },
);

it.each([
  ["the working directory above the data", [], "home"],
  ["the folder above, as an argument", [".."], undefined],
  ["the root of everything", ["/"], undefined],
  ["home as ~, which servers open themselves", ["~"], undefined],
  ["home behind an =", ["--root=~/"], undefined],
  ["home attached to a short option", ["-r~"], undefined],
  ["a volume of docker", ["run", "-v", "<home>:/data", "image"], undefined],
  ["a mount of docker", ["--mount", "type=bind,src=<home>,dst=/data"], undefined],
  ["a file URL", ["file://<home>"], undefined],
  ["a shell line", ["-c", "cd '<home>' && server ."], undefined],
  ["the data itself", ["<data>"], undefined],
  ["a file of the data", ["<data>/vault.db"], undefined],
  ["a folder in the data", ["<data>/served"], undefined],
])("refuses %s", (_, args, cwd) => {
  const named = args.map((arg) => arg.replace("<home>", home).replace("<data>", dataPath));

  const found = problems(named, cwd === undefined ? {} : { folder: home });

  expect(found[0]).toContain(`DATA_PATH ${dataPath} overlaps with what the MCP server may show`);
});

it("refuses the data through a symbolic link, whichever side it is on", () => {
  symlinkSync(home, join(folder, "link"));
  symlinkSync(folder, join(root, "elsewhere/data"));

  expect(problems([join(folder, "link")])).toHaveLength(1);
  expect(problems(["."], { dataPath: join(root, "elsewhere/data/state") })).toHaveLength(1);
});

it("names a DATA_PATH that would do", () => {
  const [sentence = ""] = problems([], { folder: home });
  const better = /Set DATA_PATH=(\S+),/.exec(sentence)?.[1] ?? "";

  expect(better).toMatch(/^\/var\//);
  expect(problems([], { folder: home, dataPath: better })).toEqual([]);
});

it("names the default place where another was chosen badly", () => {
  expect(problems(["."], { dataPath: join(folder, "data") })[0]).toContain(`Set DATA_PATH=${join(home, ".local/state/mcp-auth-proxy")}`);
});

it("advises a smaller folder where no DATA_PATH would do", () => {
  expect(problems(["/"])[0]).toMatch(/it holds our keys\. Serve a smaller folder$/);
});

it("refuses a settings file in the served folder, also through a link", () => {
  writeFileSync(join(folder, ".env"), "");
  writeFileSync(join(folder, "secret"), "");
  symlinkSync(join(folder, "secret"), join(root, "elsewhere/secret"));

  expect(problems(["."], { settingsFiles: [{ setting: ".env", path: join(folder, ".env") }] })[0]).toMatch(/\.env lies inside of what the MCP server may show.*--env-file/);
  expect(problems(["."], { settingsFiles: [{ setting: "PASSWORD_FILE", path: join(root, "elsewhere/secret") }] })[0]).toContain("PASSWORD_FILE names");
  expect(problems(["."], { settingsFiles: [{ setting: "PASSWORD_FILE", path: join(root, "elsewhere/other") }] })).toEqual([]);
});

it.runIf(process.platform === "linux").each(["/proc", "/proc/self", "/proc/1/environ"])("refuses to serve %s, where our environment can be read", (path) => {
  expect(problems([path])).toEqual([expect.stringContaining("this process's environment")]);
});
