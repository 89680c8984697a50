import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Keyring, Secret } from "@mcp-auth-proxy/crypto";
import { expect, it } from "vitest";
import { openKeyring } from "../src/custody/encryption-secret.ts";
import { prepareDataDirectory } from "../src/data/data-directory.ts";
import { defaultDataPath } from "../src/data/data-path.ts";
import { StartError } from "../src/start-error.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const mode = (path: string): number => statSync(path).mode & 0o777;
const places = { externalUrl: "http://localhost:8080", home: "/home/me", folder: "/x", uid: 1 };

it("keeps data under the home folder, one place for each EXTERNAL_URL", () => {
  const [one, other] = [defaultDataPath(places), defaultDataPath({ ...places, externalUrl: "http://localhost:9090" })];

  expect(one).toMatch(/^\/home\/me\/\.local\/state\/mcp-auth-proxy\/[0-9a-f]{16}$/);
  expect(other).not.toBe(one);
  expect(defaultDataPath({ ...places, stateHome: "/state" })).toMatch(/^\/state\/mcp-auth-proxy\//);
  expect(defaultDataPath({ ...places, stateHome: "relative" })).toBe(one);
});

it("makes the folder for its owner only, and closes one that is its own", () => {
  const folder = join(temporaryFolder(), "a/b");

  prepareDataDirectory(folder);
  expect(mode(folder)).toBe(0o700);

  chmodSync(folder, 0o755);
  prepareDataDirectory(folder);
  expect(mode(folder)).toBe(0o700);
});

it("touches no folder that is used for other things", () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "letter.txt"), "");

  expect(() => prepareDataDirectory(folder)).toThrow(/used for other things/);
  expect(mode(folder)).toBe(0o755);
});

it("refuses a file, and a path too long for a socket", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");

  expect(() => prepareDataDirectory(join(folder, "file"))).toThrow(StartError);
  expect(() => prepareDataDirectory(join(folder, "file/below"))).toThrow(/no folder/);
  expect(() => prepareDataDirectory(join(folder, "x".repeat(100)))).toThrow(/too long by \d+ characters/);
  expect(existsSync(join(folder, "x".repeat(100)))).toBe(false);
});

it.runIf(process.getuid?.() === 0)("refuses a folder of another user", async () => {
  const { chownSync } = await import("node:fs");
  const folder = temporaryFolder();
  chownSync(folder, 12_345, 12_345);

  expect(() => prepareDataDirectory(folder)).toThrow(/belongs to another user \(12345\)/);
});

it("makes a key at the first start, for its owner only, and finds it again", () => {
  const files = prepareDataDirectory(temporaryFolder());

  const { activeTerm } = openKeyring(files, undefined);

  expect(mode(files.encryptionSecret)).toBe(0o600);
  expect(readFileSync(files.encryptionSecret, "utf8")).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
  expect(openKeyring(files, undefined).terms).toEqual([activeTerm]);
});

it("goes on from a key that was half written", () => {
  const files = prepareDataDirectory(temporaryFolder());
  writeFileSync(`${files.encryptionSecret}.new`, "MDEy");

  expect(openKeyring(files, undefined).terms).toHaveLength(1);
  expect(mode(files.encryptionSecret)).toBe(0o600);
});

it("makes no new key where something was closed with one that is gone", () => {
  const files = prepareDataDirectory(temporaryFolder());
  openKeyring(files, undefined);
  writeFileSync(files.vaultStore, "");
  rmSync(files.encryptionSecret);

  expect(() => openKeyring(files, undefined)).toThrow(/is gone/);
  expect(existsSync(files.encryptionSecret)).toBe(false);
});

it("still opens with the made key after AUTH_ENCRYPTION_SECRET was set, and encrypts with the one that was set", () => {
  const files = prepareDataDirectory(temporaryFolder());
  const made = openKeyring(files, undefined).activeTerm;
  const given = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

  const keyring = openKeyring(files, Secret.of(given));

  expect(keyring.activeTerm).toBe(Keyring.parse(given).activeTerm);
  expect(keyring.terms).toEqual([keyring.activeTerm, made]);
  // The same key in both places is one key.
  expect(openKeyring(files, Secret.of(readFileSync(files.encryptionSecret, "utf8").trim())).terms).toEqual([made]);
});

it("writes no key where one was given", () => {
  const files = prepareDataDirectory(temporaryFolder());

  openKeyring(files, Secret.of("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="));

  expect(existsSync(files.encryptionSecret)).toBe(false);
});

it("says which file holds no key, without showing it", () => {
  const files = prepareDataDirectory(temporaryFolder());
  writeFileSync(files.encryptionSecret, "s3cret");

  expect(() => openKeyring(files, undefined)).toThrow(/encryption-secret holds no usable key/);
  expect(() => openKeyring(files, undefined)).not.toThrow(/s3cret/);
});

it("takes a folder that has only what a volume brings", () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, "lost+found"));

  prepareDataDirectory(folder);

  expect(mode(folder)).toBe(0o700);
});
