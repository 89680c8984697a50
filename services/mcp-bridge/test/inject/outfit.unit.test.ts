import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeLeftCredentialFiles, writeCredentialFile } from "../../src/inject/credential-file.ts";
import { outfitOf } from "../../src/inject/outfit.ts";
import { aLease } from "./leases.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "outfit-test-"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

describe("what a process gets for one person", () => {
  it("is the token in the variables that were named, and where the template has its place", () => {
    const outfit = outfitOf({ kind: "env", templates: { GITHUB_PERSONAL_ACCESS_TOKEN: "${access_token}", HEADER: "Bearer ${access_token}" } }, aLease({ token: "T" }));
    expect(outfit?.wear(undefined).variables).toEqual({ GITHUB_PERSONAL_ACCESS_TOKEN: "T", HEADER: "Bearer T" });
  });

  it("does not look into the token for places", () => {
    const outfit = outfitOf({ kind: "env", templates: { T: "a${access_token}b" } }, aLease({ token: "$&${access_token}" }));
    expect(outfit?.wear(undefined).variables).toEqual({ T: "a$&${access_token}b" });
  });

  it("shows no token before a process is started", () => {
    const outfit = outfitOf({ kind: "env", templates: { T: "${access_token}" } }, aLease({ token: "canary-token" }));
    expect(inspect(outfit, { depth: 9, showHidden: true }) + JSON.stringify(outfit)).not.toContain("canary-token");
  });

  it("is nothing where the token travels with each request", () => {
    expect(outfitOf({ kind: "params" }, aLease())).toBeUndefined();
    expect(outfitOf(undefined, aLease())).toBeUndefined();
  });
});

describe("the credential file", () => {
  it("is read by nobody else, and is removed with its folder", () => {
    const file = writeCredentialFile(aLease({ token: "T", expiresAt: Date.UTC(2026, 0, 1) }), undefined, base);
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file.path)).mode & 0o777).toBe(0o700);
    file.remove();
    file.remove();
    expect(readdirSync(base)).toEqual([]);
  });

  it("holds the access token as both of Google's libraries read it, and nothing that could get another", () => {
    const file = writeCredentialFile(aLease({ token: "T", expiresAt: Date.UTC(2026, 0, 1) }), undefined, base);
    expect(JSON.parse(readFileSync(file.path, "utf8"))).toEqual({
      type: "authorized_user",
      client_id: "",
      client_secret: "",
      refresh_token: "",
      access_token: "T",
      token: "T",
      token_type: "Bearer",
      scope: "calendar",
      scopes: ["calendar"],
      expiry_date: 1_767_225_600_000,
      expiry: "2026-01-01T00:00:00.000Z",
    });
  });

  it.skipIf(process.getuid?.() !== 0)("belongs to the user that the process runs as", () => {
    const file = writeCredentialFile(aLease(), { name: "nobody", uid: 65_534, gid: 65_534, home: "/" }, base);
    expect([statSync(file.path).uid, statSync(dirname(file.path)).uid]).toEqual([65_534, 65_534]);
  });

  it("of a gateway that runs stays", () => {
    const file = writeCredentialFile(aLease(), undefined, base);
    removeLeftCredentialFiles([process.getuid?.() ?? 0], base);
    expect(existsSync(file.path)).toBe(true);
  });

  it("leaves nothing behind where it can not be written", () => {
    const missing = join(base, "missing");
    expect(() => writeCredentialFile(aLease(), undefined, missing)).toThrow();
    expect(existsSync(missing)).toBe(false);
  });

  it("is removed after its gateway was killed, and only then, and only if it is ours", () => {
    const ours = process.getuid?.() ?? 0;
    for (const name of ["mcp-auth-proxy-credential-111-aaaaaa", "mcp-auth-proxy-credential-222-bbbbbb", "mcp-auth-proxy-credential-x-cccccc", "other-111-dddddd", "target"]) mkdirSync(join(base, name));
    symlinkSync(join(base, "target"), join(base, "mcp-auth-proxy-credential-111-link"));
    removeLeftCredentialFiles([], base, (pid) => pid === 222);
    expect(readdirSync(base)).toHaveLength(6);
    removeLeftCredentialFiles([ours], base, (pid) => pid === 222);
    expect(readdirSync(base).toSorted()).toEqual(["mcp-auth-proxy-credential-111-link", "mcp-auth-proxy-credential-222-bbbbbb", "mcp-auth-proxy-credential-x-cccccc", "other-111-dddddd", "target"]);
  });
});
