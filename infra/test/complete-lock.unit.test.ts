import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { completed, missingEntries, registryAddresses } from "../setup/complete-lock.mjs";

const committed = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"));

it("the committed lock names every platform package (if red: npm run lock)", () => {
  expect(missingEntries(committed).map((entry) => entry.path)).toEqual([]);
});

it("the committed lock names no registry (if red: npm run lock)", () => {
  expect(registryAddresses(committed)).toEqual([]);
});

it("adds what a platform package is for, and nothing twice", () => {
  const lock = { packages: { "node_modules/tool": { version: "2.0.0", dev: true, optionalDependencies: { "@tool/linux-arm64-musl": "2.0.0" } } } };

  const once = completed(lock);

  expect(once.packages["node_modules/@tool/linux-arm64-musl"]).toEqual({
    version: "2.0.0",
    cpu: ["arm64"],
    dev: true,
    libc: ["musl"],
    optional: true,
    os: ["linux"],
  });
  expect(completed(once)).toEqual(once);
});

it("keeps an entry that is there, nested or not", () => {
  const lock = {
    packages: {
      "node_modules/tool": { version: "2.0.0", optionalDependencies: { "tool-linux-x64": "2.0.0" } },
      "node_modules/tool/node_modules/tool-linux-x64": { version: "2.0.0", integrity: "sha512-x" },
    },
  };

  expect(completed(lock)).toEqual(lock);
});

it("drops the address of a registry and keeps the link to a workspace", () => {
  const lock = {
    packages: {
      "node_modules/here": { resolved: "libs/here", link: true },
      "node_modules/there": { version: "1.0.0", resolved: "https://registry.example/there.tgz" },
    },
  };

  expect(completed(lock).packages).toEqual({
    "node_modules/here": { resolved: "libs/here", link: true },
    "node_modules/there": { version: "1.0.0" },
  });
});
