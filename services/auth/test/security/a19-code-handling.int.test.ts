import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestClient, tokensOf, type Approved } from "../client.ts";
import { startAuth, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
let client: TestClient;
let approved: Approved;
beforeEach(async () => {
  auth = await startAuth();
  client = await TestClient.register(auth);
  approved = await client.approve();
});
afterEach(() => auth.stop());

describe("A19 a code is redeemed once", () => {
  it("A19 gives one success to fifty redemptions at once, and revokes it because of the others", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.exchange(approved)));
    const [success, ...others] = answers.toSorted((a, b) => a.status - b.status);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(others.map(({ status, body }) => `${status} ${String(body["error"])}`))).toEqual(new Set(["400 invalid_grant"]));
    const events = await auth.events();
    expect(events.filter((event) => event.endsWith("GrantIssued"))).toHaveLength(1);
    expect(events.filter((event) => event.endsWith("AuthorizationCodeReplayed"))).toHaveLength(1);
    expect(events.filter((event) => event.endsWith("GrantRevoked"))).toHaveLength(1);
    if (success === undefined) throw new Error("no answer");
    expect((await client.refresh(tokensOf(success).refreshToken)).body["error"]).toBe("invalid_grant");
  });

  it("A19 revokes what the first use gave when a code is used again, and a new sign-in works", async () => {
    const tokens = tokensOf(await client.exchange(approved));
    const replay = await client.exchange(approved);
    expect([replay.status, replay.body["error"]]).toEqual([400, "invalid_grant"]);
    expect((await client.refresh(tokens.refreshToken)).body["error"]).toBe("invalid_grant");
    expect(auth.logLines.join("\n")).toContain("authorization code used twice");
    const again = await client.signIn();
    expect((await client.refresh(again.refreshToken)).status).toBe(200);
  });

  it("A19 still revokes long after the code has expired", async () => {
    const tokens = tokensOf(await client.exchange(approved));
    auth.clock.advance(3_600_000);
    expect((await client.exchange(approved)).status).toBe(400);
    expect((await client.refresh(tokens.refreshToken)).status).toBe(400);
  });
});

describe("A19 only the client that asked can redeem, and only as it asked", () => {
  const refusals: readonly { readonly why: string; readonly overrides: Readonly<Record<string, string | undefined>>; readonly error: string }[] = [
    { why: "another redirect URI", overrides: { redirect_uri: "http://127.0.0.1:10/callback" }, error: "invalid_grant" },
    { why: "a wrong verifier", overrides: { code_verifier: "w".repeat(43) }, error: "invalid_grant" },
    { why: "no verifier", overrides: { code_verifier: undefined }, error: "invalid_grant" },
    { why: "another resource", overrides: { resource: "http://localhost:8080/other/mcp" }, error: "invalid_target" },
  ];
  it.each(refusals)("A19 $why leaves the code as it was", async ({ overrides, error }) => {
    const before = await auth.events();
    const refused = await client.exchange(approved, overrides);
    expect([refused.status, refused.body["error"]]).toEqual([400, error]);
    expect(await auth.events()).toEqual(before);
    expect((await client.exchange(approved)).status).toBe(200);
  });

  it("A19 another client gets nothing and burns nothing", async () => {
    const other = await TestClient.register(auth);
    const before = await auth.events();
    const refused = await client.exchange(approved, { client_id: other.clientId });
    expect([refused.status, refused.body["error"]]).toEqual([400, "invalid_grant"]);
    expect(await auth.events()).toEqual(before);
    expect((await client.exchange(approved)).status).toBe(200);
  });

  it("A19 a used code in foreign or unproven hands ends nobody's access", async () => {
    const other = await TestClient.register(auth);
    const tokens = tokensOf(await client.exchange(approved));
    const before = await auth.events();
    expect((await client.exchange(approved, { client_id: other.clientId })).status).toBe(400);
    expect((await client.exchange(approved, { code_verifier: "w".repeat(43) })).status).toBe(400);
    expect(await auth.events()).toEqual(before);
    expect((await client.refresh(tokens.refreshToken)).status).toBe(200);
  });

  it("A19 an expired code is refused, once and for all", async () => {
    auth.clock.advance(auth.config.authorizationCodeTtlMs);
    expect((await client.exchange(approved)).body["error"]).toBe("invalid_grant");
    expect((await auth.events()).filter((event) => event.endsWith("AuthorizationFailed"))).toHaveLength(1);
    expect((await client.exchange(approved)).body["error"]).toBe("invalid_grant");
    expect((await client.signIn()).accessToken).not.toBe("");
  });

  it("A19 a code that we never made finds nothing", async () => {
    const before = await auth.events();
    for (const code of ["", "x", "mcp_ac_", `mcp_ac_${"A".repeat(64)}`, `${approved.code}A`, approved.code.slice(0, -1), approved.code.replace("mcp_ac_", "mcp_rt_")]) {
      expect((await client.exchange({ ...approved, code })).status).toBe(400);
    }
    expect(await auth.events()).toEqual(before);
    expect((await client.exchange(approved)).status).toBe(200);
  });

  it("an unknown client is 401, so that it registers again", async () => {
    const refused = await client.exchange(approved, { client_id: "mcp_client_unknown" });
    expect([refused.status, refused.body["error"]]).toEqual([401, "invalid_client"]);
    expect((await client.exchange(approved)).status).toBe(200);
  });

  it("a client that sends a secret is refused, and keeps its code", async () => {
    const refused = await client.exchange(approved, { client_secret: "believed" });
    expect([refused.status, refused.body["error"]]).toEqual([401, "invalid_client"]);
    expect((await client.exchange(approved, { client_secret: "" })).status).toBe(200);
  });
});
