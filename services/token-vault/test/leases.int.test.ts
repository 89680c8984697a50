import { randomUUID } from "node:crypto";
import { vaultV1 } from "@mcp-auth-proxy/contracts";
import { createSealingKeyPair, sealTo } from "@mcp-auth-proxy/crypto";
import { ConcurrencyError, openSqliteStore, type EventStore } from "@mcp-auth-proxy/event-store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tokenVaultStore } from "../src/index.ts";
import { ada, breakIt, idOf, lease, leaseRefresh, pass, replace, responseOf, shred, store } from "./credential-client.ts";
import { clock, filesResource, oldKey, refreshThresholdMs, resource, sealedToVault, startVault, type RunningVault } from "./running-vault.ts";

let vault: RunningVault;
beforeEach(async () => {
  vault = await startVault({ file: ":memory:", keys: oldKey });
  await store(vault, ada, responseOf("1"));
});
afterEach(() => vault.stop());

const tokenOf = (subject: string, options: Parameters<RunningVault["fakeAuth"]["token"]>[1] = {}): Promise<string> => vault.fakeAuth.token(resource, { subject, ...options });

describe("an access token is lent", () => {
  it("to the living user whose it is, for at most a minute", async () => {
    const { facts, leaseUntil, lease: lent } = await lease(vault, ada);
    expect(lent).toEqual({ accessToken: "access-1", tokenType: "Bearer" });
    expect([facts.credentialId, leaseUntil]).toEqual([idOf(ada), clock.now() + 60_000]);
  });

  it("for less where it, or the caller's own token, ends before", async () => {
    const short = await lease(vault, ada, { token: await tokenOf("ada", { expiresAt: clock.now() + 20_000 }) });
    expect(short.leaseUntil).toBe(clock.now() + 20_000);
    await pass(vault, 3_590_000);
    expect((await lease(vault, ada)).leaseUntil).toBe(clock.now() + 10_000);
  });

  it("without an end where the provider gave it none", async () => {
    await store(vault, ada, responseOf("2", { expires_in: undefined, refresh_token: undefined }));
    await pass(vault, 10 * 365 * 86_400_000);
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
  });

  it("no longer than it lives: a refresh would help, or only its owner can", async () => {
    await pass(vault, 3_600_000);
    await expect(lease(vault, ada)).rejects.toMatchObject({ code: "credential_expired" });
    await replace(vault, ada, 1, responseOf("2"));
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
    const github = { ...ada, provider: "github" };
    await store(vault, github, responseOf("3", { refresh_token: undefined }));
    await pass(vault, 3_600_000);
    await expect(lease(vault, github, { provider: "github" })).rejects.toMatchObject({ code: "reconnect_required" });
  });

  it("of the provider that is named, else of the one that was connected last, however often the other is refreshed", async () => {
    await pass(vault, 1);
    await store(vault, { ...ada, provider: "github" }, responseOf("github"));
    await pass(vault, 1);
    await replace(vault, ada, 1, responseOf("2"));
    expect((await lease(vault, ada)).facts.provider).toBe("github");
    expect((await lease(vault, ada, { provider: "google" })).lease).toMatchObject({ accessToken: "access-2" });
    await expect(lease(vault, ada, { provider: "oidc" })).rejects.toMatchObject({ code: "not_connected" });
  });

  it("sealed to who asks: nobody else can open it", async () => {
    const [reply, other] = [await createSealingKeyPair(), await createSealingKeyPair()];
    const sealedCallerToken = await sealedToVault(vault.auth, await tokenOf("ada"));
    const { sealed } = await vault.auth.ask(vaultV1.leaseAccessToken, { sealedCallerToken, resource, replyKey: reply.publicKey });
    await expect(other.open(sealed)).rejects.toMatchObject({ code: "undecryptable" });
    expect((await reply.open(sealed)).toString()).toContain("access-1");
  });
});

describe("an access token is not lent", () => {
  it.each([
    ["that expired", () => tokenOf("ada", { issuedAt: clock.now() - 7_200_000, expiresAt: clock.now() })],
    ["of another issuer", () => tokenOf("ada", { claims: { iss: "https://evil.example" } })],
    ["for another server", () => vault.fakeAuth.token(filesResource, { subject: "ada" })],
    ["for a server that is not served", () => vault.fakeAuth.token(`${resource}-other`, { subject: "ada" })],
    ["that nobody signed", () => Promise.resolve("eyJhbGciOiJub25lIn0.e30.")],
    ["that is no token", () => Promise.resolve("ada")],
  ])("for a caller's token %s; the right one still works", async (_, token) => {
    await expect(lease(vault, ada, { token: await token() })).rejects.toMatchObject({ code: "refused" });
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-1" });
  });

  it("for a token that was revoked, as soon as that is told", async () => {
    const token = await tokenOf("ada", { grant: "grant-9" });
    expect((await lease(vault, ada, { token })).lease).toMatchObject({ accessToken: "access-1" });
    await vault.fakeAuth.revoke("grant-9");
    await expect.poll(() => lease(vault, ada, { token }).catch((error: unknown) => error)).toMatchObject({ code: "refused" });
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-1" });
  });

  it("for anybody while what is revoked is not known, or is too old", async () => {
    await lease(vault, ada);
    clock.advance(30_001);
    await expect(lease(vault, ada)).rejects.toMatchObject({ code: "unavailable" });
    await vault.fakeAuth.heartbeat();
    await expect.poll(() => lease(vault, ada).catch((error: unknown) => error)).toMatchObject({ lease: { accessToken: "access-1" } });
  });

  it("for anybody while auth has not told its keys", async () => {
    await vault.fakeAuth.stop();
    const alone = await startVault({ file: ":memory:", keys: oldKey });
    const token = await alone.fakeAuth.token(resource, { subject: "ada" });
    await store(alone, ada, responseOf("1"));
    await alone.fakeAuth.stop();
    await expect(lease(alone, ada, { token })).rejects.toMatchObject({ code: "unavailable" });
    await alone.stop();
  });

  it("to somebody who is not connected: another person, or another server", async () => {
    await expect(lease(vault, { ...ada, subjectId: "mallory" })).rejects.toMatchObject({ code: "not_connected" });
    await expect(lease(vault, { ...ada, resource: filesResource })).rejects.toMatchObject({ code: "not_connected" });
  });

  it("when it is broken or shredded", async () => {
    await breakIt(vault, ada, 1);
    await expect(lease(vault, ada)).rejects.toMatchObject({ code: "reconnect_required" });
    await shred(vault, ada);
    await expect(lease(vault, ada)).rejects.toMatchObject({ code: "not_connected" });
  });

  it("when its row was lost, or its key: its owner is asked to connect again, and can", async () => {
    await vault.store.transact(({ sql }) => sql.deleteFrom("cx_ciphertexts").execute());
    await expect(lease(vault, ada)).rejects.toMatchObject({ code: "reconnect_required" });
    await store(vault, ada, responseOf("2"));
    await vault.store.transact(({ sql }) => sql.deleteFrom("cx_data_keys").where("purpose", "=", "credential").execute());
    await expect(lease(vault, ada)).rejects.toMatchObject({ code: "reconnect_required" });
    expect(vault.logLines.join("")).toContain("a credential does not open");
    await store(vault, ada, responseOf("3"));
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-3" });
  });

  it("for a token that is not sealed to this vault", async () => {
    const [reply, other] = [await createSealingKeyPair(), await createSealingKeyPair()];
    const sealedCallerToken = await sealTo(other.publicKey, Buffer.from(await tokenOf("ada")));
    const asked = vault.auth.ask(vaultV1.leaseAccessToken, { sealedCallerToken, resource, replyKey: reply.publicKey });
    await expect(asked).rejects.toMatchObject({ code: "undecryptable" });
  });
});

describe("a refresh token is lent", () => {
  it("when it is due, and not before", async () => {
    await pass(vault, 3_600_000 - refreshThresholdMs - 5_001);
    await expect(leaseRefresh(vault, ada, 1)).rejects.toMatchObject({ code: "refused" });
    await pass(vault, 1);
    expect(await leaseRefresh(vault, ada, 1)).toEqual({ refreshToken: "refresh-1" });
  });

  it("before that only because its living owner asks, with a token for the server that uses it", async () => {
    expect(await leaseRefresh(vault, ada, 1, { token: await tokenOf("ada") })).toEqual({ refreshToken: "refresh-1" });
    for (const token of [await tokenOf("mallory"), await vault.fakeAuth.token(filesResource, { subject: "ada" }), "forged"]) {
      await expect(leaseRefresh(vault, ada, 1, { token })).rejects.toMatchObject({ code: "refused" });
    }
    await vault.fakeAuth.revoke("grant-7");
    const revoked = await tokenOf("ada", { grant: "grant-7" });
    await expect.poll(() => leaseRefresh(vault, ada, 1, { token: revoked }).catch((error: unknown) => error)).toMatchObject({ code: "refused" });
  });

  it("of the current generation only, and not where there is nothing to refresh with", async () => {
    await pass(vault, 3_600_000);
    await expect(leaseRefresh(vault, ada, 2)).rejects.toMatchObject({ code: "conflict" });
    await replace(vault, ada, 1, responseOf("2"));
    await pass(vault, 3_600_000);
    await expect(leaseRefresh(vault, ada, 1)).rejects.toMatchObject({ code: "conflict" });
    await breakIt(vault, ada, 2);
    await expect(leaseRefresh(vault, ada, 2)).rejects.toMatchObject({ code: "reconnect_required" });
    await store(vault, ada, responseOf("3", { refresh_token: undefined }));
    await pass(vault, 3_600_000);
    await expect(leaseRefresh(vault, ada, 3)).rejects.toMatchObject({ code: "reconnect_required" });
    await expect(leaseRefresh(vault, { ...ada, subjectId: "nobody" }, 1)).rejects.toMatchObject({ code: "not_found" });
  });

  it("never because it is due where it does not expire, and always to its owner", async () => {
    await store(vault, ada, responseOf("2", { expires_in: undefined }));
    await pass(vault, 365 * 86_400_000);
    await expect(leaseRefresh(vault, ada, 2)).rejects.toMatchObject({ code: "refused" });
    expect(await leaseRefresh(vault, ada, 2, { token: await tokenOf("ada") })).toEqual({ refreshToken: "refresh-2" });
  });

  it("to one attempt as often as it loses the answer, but to it for one generation only", async () => {
    await pass(vault, 3_600_000);
    const attemptId = randomUUID();
    for (let times = 0; times < 30; times += 1) expect(await leaseRefresh(vault, ada, 1, { attemptId })).toEqual({ refreshToken: "refresh-1" });
    await replace(vault, ada, 1, responseOf("2", { expires_in: 1 }));
    await expect(leaseRefresh(vault, ada, 2, { attemptId })).rejects.toMatchObject({ code: "refused" });
    expect(await leaseRefresh(vault, ada, 2)).toEqual({ refreshToken: "refresh-2" });
  });

  it("to ten attempts a minute and no more, also when they come at once; another credential has its own", async () => {
    const bob = { ...ada, subjectId: "bob" };
    await store(vault, bob, responseOf("bob"));
    await pass(vault, 3_600_000);
    const outcomes = await Promise.allSettled(Array.from({ length: 15 }, () => leaseRefresh(vault, ada, 1)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    await expect(leaseRefresh(vault, ada, 1)).rejects.toMatchObject({ code: "limit_exceeded" });
    expect(await leaseRefresh(vault, bob, 1)).toEqual({ refreshToken: "refresh-bob" });
    await pass(vault, 60_000);
    expect(await leaseRefresh(vault, ada, 1)).toEqual({ refreshToken: "refresh-1" });
  });

  it("not when its transaction was taken back: that says nothing about its generation, and it may be asked for again", async () => {
    let takenBack = false;
    const events = await openSqliteStore({ definition: tokenVaultStore, file: ":memory:", clock });
    const restless: EventStore = Object.create(events, {
      transact: { value: (work: Parameters<EventStore["transact"]>[0]) => (takenBack ? Promise.reject(new ConcurrencyError("because of another")) : events.transact(work)) },
    });
    const other = await startVault({ file: "", keys: oldKey, store: restless });
    try {
      await store(other, ada, responseOf("1", { expires_in: 60 }));
      takenBack = true;
      await expect(leaseRefresh(other, ada, 1)).rejects.toMatchObject({ code: "unavailable" });
      takenBack = false;
      expect(await leaseRefresh(other, ada, 1)).toEqual({ refreshToken: "refresh-1" });
    } finally {
      await other.stop();
    }
  });
});
