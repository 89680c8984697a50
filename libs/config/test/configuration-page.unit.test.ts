import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { configurationPage } from "../src/configuration-page.ts";
import { helpText } from "../src/help-text.ts";

it("docs/configuration.md says what the table of settings says (if red: npm run docs)", () => {
  expect(readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8")).toBe(configurationPage());
});

it("has a line for every setting of the contract, and flags only where they are taken", () => {
  const page = configurationPage();

  for (const name of ["EXTERNAL_URL", "PASSWORD_FILE", "--password …", "DATABASE_URL", "TLS", "JWT_SECRET", "MCP_SERVERS_CONFIG"]) expect(page).toContain(`\`${name}\``);
  expect(page).not.toContain("--auth-encryption-secret …");
});

it("keeps help within 100 columns of prose", () => {
  const prose = helpText().split("\n").filter((line) => line.startsWith("      "));

  expect(prose.length).toBeGreaterThan(20);
  expect(prose.filter((line) => line.length > 100)).toEqual([]);
});
