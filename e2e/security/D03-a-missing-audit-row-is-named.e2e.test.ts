import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Gateway, signIn, smallServer, tokensIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";

/** Changes the stopped gateway's database as somebody does who has the file, and not the key. */
function tamper(gateway: Gateway, ...statements: readonly string[]): void {
  const database = new DatabaseSync(join(gateway.folders.data, "auth.db"));
  try {
    database.exec("drop trigger au_audit_no_update; drop trigger au_audit_no_delete");
    for (const statement of statements) database.exec(statement);
  } finally {
    database.close();
  }
}

describe("D03 the audit trail of a gateway that was used", () => {
  it.each([
    ["removed", "delete from au_audit where seq = 5", /^mcp-auth-proxy: row 5 is missing$/m],
    ["altered", "update au_audit set at = at + 60000 where seq = 5", /^mcp-auth-proxy: row 5 \([\w-]+\) was altered or moved$/m],
    ["removed at the end", "delete from au_audit where seq > 5", /^mcp-auth-proxy: rows 6 to \d+ are missing, at the end$/m],
  ])("verifies, and does not any more when a row was %s: the row is named, also after the gateway went on", async (_what, statement, sentence) => {
    await using gateway = await Gateway.launch({ command: smallServer });
    const { client, tokens } = await signIn(gateway);
    await client.refresh(tokens.refreshToken);
    await gateway.run("revoke", "--user", "owner");
    const whole = await gateway.run("audit", "verify");
    expect(whole.code, whole.output).toBe(0);
    expect(whole.output).toMatch(/the audit trail is whole: \d+ rows since \d{4}-/);
    const head = /note its head elsewhere: (\d+:\S+)/.exec(whole.output)?.[1] ?? "";

    await gateway.stop();
    tamper(gateway, statement);
    await gateway.restart();
    const found = await gateway.run("audit", "verify");
    expect(found.code).toBe(1);
    expect(found.output).toMatch(sentence);

    const again = await signIn(gateway);
    tokensIn(await again.client.refresh(again.tokens.refreshToken));
    expect(await gateway.run("audit", "verify", "--head", head)).toMatchObject({ code: 1 });
    expect(gateway.output).toContain("the audit trail does not verify");
  });
});
