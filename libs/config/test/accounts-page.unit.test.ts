import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, expect, it } from "vitest";
import { loadGatewayConfig } from "../src/load.ts";

const page = readFileSync(new URL("../../../docs/accounts.md", import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "accounts-page-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "secret"), "a secret of the gateway at a provider");

const blocks = [...page.matchAll(/^## (.+)$|```bash\n([\s\S]*?)```/gm)].flatMap(([, heading, block], index, all) =>
  block === undefined ? [] : [{ provider: all.slice(0, index).findLast(([, above]) => above !== undefined)?.[1] ?? heading ?? "", block }],
);

it("has settings for each of the three", () => {
  expect(blocks.map(({ provider }) => provider)).toEqual(["Google", "GitHub", "OpenID Connect"]);
});

it.each(blocks)("$provider's settings do, on a public address, without a warning", ({ block }) => {
  const settings = Object.entries(parseEnv(block)).map(([name, value]) => [name, name.endsWith("_FILE") ? "secret" : value]);
  const environment = { EXTERNAL_URL: "https://mcp.example.com", TRUSTED_PROXIES: "10.0.0.1", ENV_FILE: "none", ...Object.fromEntries(settings) };
  const loaded = loadGatewayConfig({ flags: [], environment, folder });
  expect(loaded.ok ? [] : loaded.error).toEqual([]);
  expect(loaded.ok && loaded.value.warnings).toEqual([]);
  expect(loaded.ok && loaded.value.value.providers).toHaveLength(1);
});
