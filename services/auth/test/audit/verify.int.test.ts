import { authV1 } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { CanaryWatch } from "@mcp-auth-proxy/testing";
import { CompiledQuery } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditRow, AuditSql } from "../../src/audit/tables.ts";
import { Browser } from "../browser.ts";
import { TestClient } from "../client.ts";
import { password, startAuth, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
let client: TestClient;
beforeEach(async () => {
  auth = await startAuth();
  client = await TestClient.register(auth);
});
afterEach(() => auth.stop());

const rows = (): Promise<readonly AuditRow[]> => {
  const sql: AuditSql = auth.store.sql;
  return sql.selectFrom("au_audit").selectAll().orderBy("seq").execute();
};
const kinds = async (): Promise<readonly string[]> => (await rows()).map(({ kind }) => kind);
const verify = (noted?: authV1.AuditHead) => auth.bridge.ask(authV1.verifyAudit, noted === undefined ? {} : { noted });
/** What somebody does who has the file and not the key. */
const tamper = (...statements: readonly string[]): Promise<unknown> =>
  auth.store.transact(async ({ sql }) => {
    for (const table of ["au_audit", "es_events"]) {
      for (const change of ["update", "delete"]) await sql.executeQuery(CompiledQuery.raw(`drop trigger if exists ${table}_no_${change}`));
    }
    for (const statement of statements) await sql.executeQuery(CompiledQuery.raw(statement));
  });
const revokeAll = () => auth.bridge.ask(authV1.revoke, { commandId: uuidv7(), actor: "operator", target: { kind: "all" } });

describe("the audit trail holds", () => {
  it("sign-in, consent, grants, their end, and the operator's commands", async () => {
    const { refreshToken } = await client.signIn();
    await client.refresh(refreshToken);
    await revokeAll();
    await auth.bridge.ask(authV1.rotateSigningKey, { commandId: uuidv7(), actor: "operator" });
    expect(await kinds()).toEqual(
      expect.arrayContaining(["audit-started", "SigningKeyActivated", "ConsentGranted", "UserAuthenticated", "AuthorizationCodeRedeemed", "GrantIssued", "GrantRevoked", "operator-revoke", "SigningKeyRetired"]),
    );
    expect(await kinds()).not.toContain("RefreshTokenRotated");
    const revoked = (await rows()).find(({ kind }) => kind === "GrantRevoked");
    expect(JSON.parse(revoked?.facts ?? "{}")).toMatchObject({ actor: "operator", clientId: client.clientId, reason: "operator", grantId: expect.any(String), subjectId: expect.any(String) });
    expect(await verify()).toMatchObject({ problems: [], rows: (await rows()).length });
  });

  it("a code that is used twice, and a refresh token that two parties hold", async () => {
    const approved = await client.approve();
    await client.exchange(approved);
    await client.exchange(approved);
    const { refreshToken } = await client.signIn();
    await client.refresh(refreshToken);
    auth.clock.advance(auth.config.refreshReplayWindowMs);
    await client.refresh(refreshToken);
    expect(await kinds()).toEqual(expect.arrayContaining(["AuthorizationCodeReplayed", "RefreshTokenReuseDetected"]));
  });

  it("each wrong password, the one that locks, and nothing for those refused after it", async () => {
    const browser = new Browser(auth);
    const tried = await client.approve({}, browser).then(() => new Browser(auth, "192.0.2.77"));
    let page = await tried.approve(await tried.open(client.authorizeUrl({ verifier: "", challenge: "c".repeat(43) })));
    for (let attempt = 0; attempt < auth.config.limits.failuresPerAddress + 3; attempt += 1) page = await tried.submit(page, { password: "wrong" });
    const failures = (await kinds()).filter((kind) => kind.startsWith("sign-in-") && kind !== "sign-in-passed");
    expect(failures).toEqual([...Array.from({ length: auth.config.limits.failuresPerAddress - 1 }, () => "sign-in-failed"), "sign-in-locked"]);
  });

  it("ids only: no login, address, password or token", async () => {
    const { refreshToken, accessToken } = await client.signIn();
    await auth.bridge.ask(authV1.revoke, { commandId: uuidv7(), actor: "operator", target: { kind: "login", id: "owner" } });
    const watch = new CanaryWatch();
    for (const [name, value] of Object.entries({ refreshToken, accessToken, password })) watch.watch(name, value);
    const text = JSON.stringify((await rows()).map(({ facts }) => facts));
    expect(watch.searchText("audit", text)).toEqual([]);
    expect(text).not.toMatch(/192\.0\.2|127\.0\.0/);
    expect(text).not.toContain('\\"id\\":\\"owner\\"');
  });

  it("one row for a command that is repeated", async () => {
    const commandId = uuidv7();
    for (let time = 0; time < 2; time += 1) await auth.bridge.ask(authV1.revoke, { commandId, actor: "operator", target: { kind: "all" } });
    expect((await kinds()).filter((kind) => kind === "operator-revoke")).toHaveLength(1);
  });

  it("nothing of what was taken back, and keeps nothing without its row", async () => {
    const before = await rows();
    await tamper("create trigger au_full before insert on au_audit begin select raise(abort, 'full'); end");
    const approved = await client.approve().catch(() => undefined);
    expect(approved).toBeUndefined();
    expect(await rows()).toEqual(before);
    expect((await auth.events()).filter((event) => event.includes("GrantIssued") || event.includes("ConsentGranted"))).toEqual([]);
  });

  it("its rows against change and deletion by the database itself", async () => {
    await expect(auth.store.transact(({ sql }) => sql.deleteFrom("au_audit").execute())).rejects.toThrow("append-only");
    await expect(auth.store.transact(({ sql }) => sql.updateTable("au_audit").set({ kind: "x" }).execute())).rejects.toThrow("append-only");
  });
});

describe("a verification finds", () => {
  beforeEach(async () => {
    await client.signIn();
    await revokeAll();
    auth.clock.advance(1);
  });

  it.each([
    ["a row that was removed", ["delete from au_audit where seq = 4"], /^row 4 is missing$/],
    ["rows that were removed", ["delete from au_audit where seq in (4, 5)"], /^rows 4 to 5 are missing$/],
    ["the first row, removed", ["delete from au_audit where seq = 1"], /^row 1 is missing$/],
    ["other facts", ["update au_audit set facts = replace(facts, 'actor', 'Actor') where seq = 4"], /^row 4 \([\w-]+\) was altered or moved$/],
    ["another time", ["update au_audit set at = at + 1 where seq = 4"], /^row 4 /],
    ["another kind", ["update au_audit set kind = 'GrantIssued' where seq = 3"], /^row 3 /],
    ["another event", ["update au_audit set event_id = 'e' where seq = 4"], /^row 4 /],
    ["another hash", ["update au_audit set hash = 'h' where seq = 4"], /^row 4 .* altered/],
    ["two rows that changed places", ["update au_audit set seq = 1000 where seq = 4", "update au_audit set seq = 4 where seq = 5", "update au_audit set seq = 5 where seq = 1000"], /^row 4 /],
    ["rows removed, and the others moved up", ["delete from au_audit where seq = 4", "update au_audit set seq = seq - 1 where seq > 4"], /^row 4 /],
    ["the end, removed", ["delete from au_audit where seq >= 8"], /^rows 8 to \d+ are missing, at the end$/],
    ["the end, removed with the sealed head", ["delete from au_audit where seq >= 8", "delete from cx_audit_head"], /^the sealed head is missing/],
    ["the end, removed with the head moved back", ["delete from au_audit where seq >= 8", "update cx_audit_head set seq = 7, hash = (select hash from au_audit where seq = 7)"], /^the sealed head is missing or was altered/],
    ["an event that was altered in the log", ["update es_events set data = replace(data, 'operator', 'client') where type = 'GrantRevoked'"], /^row \d+: the event it is about \(position \d+\) was altered$/],
    ["an event that was removed from the log", ["delete from es_events where type = 'ConsentGranted'"], /^row \d+: the event it is about \(position \d+\) is gone from the log$/],
  ])("%s, and names it", async (_what, statements, sentence) => {
    expect(await verify()).toMatchObject({ problems: [] });
    await tamper(...statements);
    const { problems } = await verify();
    expect(problems).toContainEqual(expect.stringMatching(sentence));
    await client.signIn();
    expect((await verify()).problems, "going on does not mend it").toContainEqual(expect.stringMatching(/missing|altered|follow|gone|head/));
  });

  it("an event that was put into the log without a row", async () => {
    await auth.store.transact((transaction) =>
      transaction.append("subject-x", 0, [{ type: "SubjectSeen", data: { subjectId: "x", seenAt: 1 } }], { meta: { correlationId: "c", actor: "thief" }, at: 1 }),
    );
    expect((await verify()).problems).toEqual([expect.stringMatching(/^event [0-9a-f-]{36} \(SubjectSeen, position \d+\) has no row$/)]);
  });

  it("with a head noted before, a database that was put back to what it was", async () => {
    const early = await rows();
    const sealed = await auth.store.sql.selectFrom("cx_audit_head").selectAll().executeTakeFirstOrThrow();
    await client.signIn();
    const { head } = await verify();
    await tamper(
      `delete from au_audit where seq > ${early.length}`,
      `delete from es_events where position > ${early.at(-1)?.position ?? Math.max(...early.map(({ position }) => position ?? 0))}`,
      `update cx_audit_head set seq = ${sealed.seq}, hash = '${sealed.hash}', seal = '${sealed.seal}'`,
    );
    expect((await verify()).problems).toEqual([]);
    expect((await verify(head)).problems).toEqual([`row ${head.seq} is not the one that was noted: the trail was replaced or put back`]);
  });
});

it("takes a head that was noted, and goes on from it after a restart and a rebuild", async () => {
  const { head } = await verify();
  await auth.store.rebuild();
  await auth.service.stop(1_000);
  await auth.service.start();
  await client.signIn();
  expect(await verify(head)).toMatchObject({ problems: [] });
});
