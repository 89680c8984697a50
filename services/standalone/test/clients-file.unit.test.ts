import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readClientsFile } from "../src/clients-file.ts";
import { StartError } from "../src/start-error.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const externalUrl = { base: "http://localhost:8080", secure: false, host: "localhost", port: 8080, loopback: true };
const read = (configFile?: string) =>
  readClientsFile({ externalUrl, clients: { registration: true, idMetadata: true, redirectSchemes: [], ...(configFile === undefined ? {} : { configFile }) } }, ["http://localhost:8080/mcp"]);
const problemsOf = (path: string): readonly string[] => {
  try {
    read(path);
    return [];
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    expect(error.exitCode).toBe(2);
    return error.lines;
  }
};
const job = { client_id: "job", token_endpoint_auth_method: "client_secret_post", client_secret_file: "secrets/job", grant_types: ["client_credentials"] };

describe("the file of clients", () => {
  it("is not needed", () => {
    expect(read()).toEqual({ clients: [], idJagIssuers: [], scopes: [], files: [] });
  });

  it("finds the secrets beside itself, and names every file that it read", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "secrets"));
    writeFileSync(join(folder, "secrets/job"), "a secret that is long enough for anybody\n");
    const path = join(folder, "clients.json");
    writeFileSync(path, JSON.stringify({ clients: [job] }));
    const { clients, files } = read(path);
    expect(clients).toMatchObject([{ clientId: "job", authentication: { method: "client_secret_post" } }]);
    expect(files.map((file) => file.path)).toEqual([path, join(folder, "secrets/job")]);
    expect(JSON.stringify(clients)).not.toContain("long enough");
  });

  it("that is wrong ends the start with a line for each thing, which names it", () => {
    const folder = temporaryFolder();
    const path = join(folder, "wrong.json");
    writeFileSync(path, JSON.stringify({ clients: [{ ...job, client_secret_file: "nowhere" }, { client_id: "x", token_endpoint_auth_method: "none" }] }));
    expect(problemsOf(path)).toEqual([
      `CLIENTS_CONFIG (${path}): client job: client_secret_file can not be read`,
      `CLIENTS_CONFIG (${path}): client x: authorization_code needs redirect_uris`,
    ]);
    expect(problemsOf(join(folder, "missing.json"))).toEqual([expect.stringMatching(/^CLIENTS_CONFIG names ".*missing\.json", which can not be read \(ENOENT\)$/)]);
  });

  it("that is endless is not read", () => {
    const folder = temporaryFolder();
    const path = join(folder, "large.json");
    writeFileSync(path, " ".repeat(1_048_577));
    expect(problemsOf(path)).toEqual(["CLIENTS_CONFIG names a file larger than the 1 MiB that it may have"]);
  });
});
