import { randomUUID } from "node:crypto";
import { vaultV1 } from "@mcp-auth-proxy/contracts";
import { createSealingKeyPair, sealTo } from "@mcp-auth-proxy/crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSqlCiphertexts } from "../src/custody/sql-ciphertexts.ts";
import { ada, breakIt, credentialsOf, idOf, lease, leaseRefresh, replace, responseOf, shred, store } from "./credential-client.ts";
import { clock, filesResource, oldKey, rowsOf, sealedToVault, startVault, type RunningVault } from "./running-vault.ts";

let vault: RunningVault;
beforeEach(async () => {
  vault = await startVault({ file: ":memory:", keys: oldKey });
});
afterEach(() => vault.stop());

const dataKeysOf = async (id: string): Promise<number> =>
  (await vault.store.sql.selectFrom("cx_data_keys").selectAll().where("purpose", "=", "credential").where("name", "=", id).execute()).length;
const events = async () => (await vault.auth.ask(vaultV1.readFeed, { after: { logEpoch: 1, position: 0 }, limit: 100 })).events.map(({ type, data }) => [type, data["generation"]]);

describe("a sign-in", () => {
  it("is kept with what the provider said, counted from when it said it", async () => {
    const receivedAt = clock.now() - 10_000;
    const { facts } = await store(vault, ada, responseOf("1"), { receivedAt });
    expect(facts).toEqual({
      credentialId: idOf(ada),
      ...ada,
      generation: 1,
      scope: "openid email",
      refreshable: true,
      storedAt: clock.now(),
      expiresAt: receivedAt + 3_600_000,
    });
    expect((await lease(vault, ada)).lease).toEqual({ accessToken: "access-1", tokenType: "Bearer" });
  });

  it("of a clock that is ahead does not make a token live longer", async () => {
    const { facts } = await store(vault, ada, responseOf("1"), { receivedAt: clock.now() + 86_400_000 });
    expect(facts.expiresAt).toBe(clock.now() + 3_600_000);
  });

  it("has the scope that was asked for where the provider does not say", async () => {
    const { facts } = await store(vault, ada, responseOf("1", { scope: undefined, expires_in: undefined }));
    expect(facts).toMatchObject({ scope: "openid" });
    expect(facts).not.toHaveProperty("expiresAt");
  });

  it("again is another generation, and the one before is gone", async () => {
    await store(vault, ada, responseOf("1"));
    expect((await store(vault, ada, responseOf("2"))).facts.generation).toBe(2);
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
    expect(await dataKeysOf(idOf(ada))).toBe(1);
  });

  it("without a refresh token leaves the one that is kept, with another id token or not", async () => {
    await store(vault, ada, responseOf("1", { id_token: "id-1" }));
    const { facts } = await store(vault, ada, responseOf("2", { refresh_token: undefined }));
    expect(facts.refreshable).toBe(true);
    expect((await lease(vault, ada)).lease).toEqual({ accessToken: "access-2", tokenType: "Bearer", idToken: "id-1" });
    clock.advance(3_600_000);
    expect(await leaseRefresh(vault, ada, 2)).toEqual({ refreshToken: "refresh-1" });
  });

  it("without a refresh token does not leave one that an attempt was lent: with what that brings unknown, it would be sent twice (B05)", async () => {
    await store(vault, ada, responseOf("1"));
    clock.advance(3_600_000);
    await leaseRefresh(vault, ada, 1);
    expect((await store(vault, ada, responseOf("2", { refresh_token: undefined }))).facts.refreshable).toBe(false);
    await expect(replace(vault, ada, 1, responseOf("late"))).rejects.toMatchObject({ code: "conflict" });
    expect((await store(vault, ada, responseOf("3"))).facts.refreshable).toBe(true);
  });

  it.each([
    ["refused", () => breakIt(vault, ada, 1)],
    ["forgotten", () => shred(vault, ada)],
  ] as const)("without a refresh token does not leave one that was %s while it was being kept", async (_, meanwhile) => {
    await store(vault, ada, responseOf("1"));
    const texts = createSqlCiphertexts(vault.store);
    const slow = await startVault({
      file: "",
      keys: oldKey,
      store: vault.store,
      ciphertexts: {
        ...texts,
        begin: async (entry) => {
          await meanwhile();
          return texts.begin(entry);
        },
      },
    });
    try {
      expect((await store(slow, ada, responseOf("2", { refresh_token: undefined }))).facts.refreshable).toBe(false);
      expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
    } finally {
      await slow.vault.stop(1_000);
    }
  });

  it("without a refresh token leaves the one that an attempt has brought", async () => {
    await store(vault, ada, responseOf("1"));
    clock.advance(3_600_000);
    await leaseRefresh(vault, ada, 1);
    await replace(vault, ada, 1, responseOf("2"));
    expect((await store(vault, ada, responseOf("3", { refresh_token: undefined }))).facts.refreshable).toBe(true);
    clock.advance(3_600_000);
    expect(await leaseRefresh(vault, ada, 3)).toEqual({ refreshToken: "refresh-2" });
  });

  it("without a refresh token leaves none that the provider has refused, and one that was asked for with a wrong client", async () => {
    await store(vault, ada, responseOf("1"));
    await breakIt(vault, ada, 1, "client-refused");
    expect((await store(vault, ada, responseOf("2", { refresh_token: "" }))).facts.refreshable).toBe(true);
    await breakIt(vault, ada, 2, "invalid-grant");
    expect((await store(vault, ada, responseOf("3", { refresh_token: null }))).facts.refreshable).toBe(false);
  });

  it("with another account and without a refresh token does not get the first account's", async () => {
    const idTokenOf = (sub: string): string => `e30.${Buffer.from(JSON.stringify({ iss: "https://accounts.example", sub })).toString("base64url")}.c2ln`;
    await store(vault, ada, responseOf("1", { id_token: idTokenOf("first") }));
    expect((await store(vault, ada, responseOf("2", { id_token: idTokenOf("first"), refresh_token: undefined }))).facts.refreshable).toBe(true);
    expect((await store(vault, ada, responseOf("3", { id_token: idTokenOf("second"), refresh_token: undefined }))).facts.refreshable).toBe(false);
  });

  it("is the same when it is repeated, twenty times at once", async () => {
    const commandId = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => store(vault, ada, responseOf("1"), { commandId })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect([await events(), await dataKeysOf(idOf(ada))]).toEqual([[["credential-stored", 1]], 1]);
  });

  it("of the same person in many windows at once is kept each time, with a generation of its own", async () => {
    const answers = await Promise.all(Array.from({ length: 3 }, (_, index) => store(vault, ada, responseOf(`${index}`))));
    expect(answers.map(({ facts }) => facts.generation).toSorted((one, other) => one - other)).toEqual([1, 2, 3]);
    const last = answers.findIndex(({ facts }) => facts.generation === 3);
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: `access-${last}` });
    expect(await dataKeysOf(idOf(ada))).toBe(1);
  });

  it.each([
    ["a provider's error that comes with 200", JSON.stringify({ error: "bad_verification_code" })],
    ["a page", "<html>"],
    ["a token with a line break, which would be a header of its own", responseOf("1", { access_token: "a\r\nX-Evil: 1" })],
    ["a lifetime that is no number", responseOf("1", { expires_in: {} })],
  ])("is refused with %s, and nothing is kept", async (_, response) => {
    await expect(store(vault, ada, response)).rejects.toMatchObject({ code: "bad_request" });
    expect([await events(), await dataKeysOf(idOf(ada)), await credentialsOf(vault, ada.subjectId)]).toEqual([[], 0, []]);
    expect((await store(vault, ada, responseOf("1"))).facts.generation).toBe(1);
  });

  it("under the id of another credential is refused: one person's tokens would be another's", async () => {
    const asked = vault.auth.ask(vaultV1.storeCredential, {
      commandId: randomUUID(),
      credentialId: idOf({ ...ada, subjectId: "mallory" }),
      ...ada,
      askedScope: "",
      receivedAt: clock.now(),
      sealed: await sealedToVault(vault.auth, responseOf("1")),
    });
    await expect(asked).rejects.toMatchObject({ code: "bad_request" });
    expect(await events()).toEqual([]);
  });

  it("under a command id of another credential is refused", async () => {
    const commandId = randomUUID();
    await store(vault, ada, responseOf("1"), { commandId });
    await expect(store(vault, { ...ada, subjectId: "bob" }, responseOf("2"), { commandId })).rejects.toMatchObject({ code: "bad_request" });
    expect(await credentialsOf(vault, "bob")).toEqual([]);
  });

  it("that is sealed to somebody else is not read", async () => {
    const other = await createSealingKeyPair();
    const sealed = await sealTo(other.publicKey, Buffer.from(responseOf("1")));
    const asked = vault.auth.ask(vaultV1.storeCredential, { commandId: randomUUID(), credentialId: idOf(ada), ...ada, askedScope: "", receivedAt: clock.now(), sealed });
    await expect(asked).rejects.toMatchObject({ code: "undecryptable" });
  });
});

describe("a refresh", () => {
  beforeEach(() => store(vault, ada, responseOf("1")));

  it("takes the place of the generation that was refreshed", async () => {
    expect(await replace(vault, ada, 1, responseOf("2"))).toMatchObject({ rotated: true, facts: { generation: 2 } });
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
    expect(await events()).toEqual([["credential-stored", 1], ["credential-replaced", 2]]);
    expect(await dataKeysOf(idOf(ada))).toBe(1);
  });

  it.each([
    ["none", { refresh_token: undefined, scope: undefined }],
    ["the same", { refresh_token: "refresh-1", scope: undefined }],
  ])("with %s refresh token has not rotated it, and keeps it and the scope", async (_, more) => {
    expect(await replace(vault, ada, 1, responseOf("2", more))).toMatchObject({ rotated: false, facts: { refreshable: true, scope: "openid email" } });
    clock.advance(3_600_000);
    expect(await leaseRefresh(vault, ada, 2)).toEqual({ refreshToken: "refresh-1" });
  });

  it("of a generation that is not current is refused, and what is current stays", async () => {
    await store(vault, ada, responseOf("2"));
    await expect(replace(vault, ada, 1, responseOf("late"))).rejects.toMatchObject({ code: "conflict" });
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
    expect(await replace(vault, ada, 2, responseOf("3"))).toMatchObject({ facts: { generation: 3 } });
  });

  it("that is sent until it is acknowledged counts once and is answered alike", async () => {
    const commandId = randomUUID();
    const answers = [];
    for (let times = 0; times < 3; times += 1) answers.push(await replace(vault, ada, 1, responseOf("2"), commandId));
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect((await events()).length).toBe(2);
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
  });

  it("that is no token response leaves the generation as it is", async () => {
    await expect(replace(vault, ada, 1, "<html>")).rejects.toMatchObject({ code: "bad_request" });
    expect((await lease(vault, ada)).facts.generation).toBe(1);
  });

  it("of what was never there, or was shredded, is not found", async () => {
    await expect(replace(vault, { ...ada, subjectId: "nobody" }, 1, responseOf("2"))).rejects.toMatchObject({ code: "not_found" });
    await shred(vault, ada);
    await expect(replace(vault, ada, 1, responseOf("2"))).rejects.toMatchObject({ code: "not_found" });
    await expect(lease(vault, ada)).rejects.toMatchObject({ code: "not_connected" });
  });

  it("whose answer came after all mends what counted as broken", async () => {
    await breakIt(vault, ada, 1, "uncertain");
    await expect(lease(vault, ada)).rejects.toMatchObject({ code: "reconnect_required" });
    await replace(vault, ada, 1, responseOf("2"));
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
  });
});

describe("the end of a credential", () => {
  beforeEach(() => store(vault, ada, responseOf("1")));

  it("broken is told once, for the current generation only, and connecting again mends it", async () => {
    expect([await breakIt(vault, ada, 1), await breakIt(vault, ada, 1), await breakIt(vault, ada, 2)]).toEqual([{ broken: true }, { broken: true }, { broken: false }]);
    expect(await events()).toEqual([["credential-stored", 1], ["credential-broken", 1]]);
    await store(vault, ada, responseOf("2"));
    expect((await lease(vault, ada)).facts.generation).toBe(2);
  });

  it("Shred: its ciphertext and every data key are gone, and a generation is never used again", async () => {
    expect([await shred(vault, ada), await shred(vault, ada)]).toEqual([{ shredded: true }, { shredded: true }]);
    expect(await vault.store.sql.selectFrom("cx_ciphertexts").selectAll().execute()).toEqual([]);
    expect([await dataKeysOf(idOf(ada)), (await rowsOf(vault.store, "cx_data_keys")).length]).toEqual([0, 0]);
    expect(await credentialsOf(vault, ada.subjectId)).toEqual([]);
    expect((await store(vault, ada, responseOf("2"))).facts.generation).toBe(2);
    expect(await events()).toEqual([["credential-stored", 1], ["credential-shredded", 1], ["credential-stored", 2]]);
  });

  it("of one leaves the others of the same person", async () => {
    const files = { ...ada, resource: filesResource };
    await store(vault, files, responseOf("files"));
    await shred(vault, ada);
    expect((await lease(vault, files)).lease).toMatchObject({ accessToken: "access-files" });
  });
});

describe("what is kept for a person", () => {
  it("is listed with what they have to know: expired or broken is theirs to mend, refreshable is not", async () => {
    await store(vault, ada, responseOf("1"));
    await store(vault, { ...ada, provider: "github" }, responseOf("2", { refresh_token: undefined }));
    await store(vault, { ...ada, resource: filesResource }, responseOf("3", { refresh_token: undefined, expires_in: undefined }));
    await store(vault, { ...ada, subjectId: "bob" }, responseOf("4"));
    await breakIt(vault, { ...ada, subjectId: "bob" }, 1);
    clock.advance(3_600_000);
    const shown = (await credentialsOf(vault, "ada")).map(({ facts, status }) => [facts.resource, facts.provider, status]);
    expect(shown).toEqual([[filesResource, "google", "connected"], [ada.resource, "github", "expired"], [ada.resource, "google", "connected"]]);
    expect((await credentialsOf(vault, "bob")).map(({ status, brokenBecause }) => [status, brokenBecause])).toEqual([["broken", "invalid-grant"]]);
    expect(await credentialsOf(vault, "nobody")).toEqual([]);
  });
});

describe("public events", () => {
  it("are heard after the commit, and hold facts only", async () => {
    const heard: unknown[] = [];
    vault.auth.hear(vaultV1.credentialStored, ({ data }) => void heard.push(data));
    vault.auth.hear(vaultV1.credentialShredded, ({ data }) => void heard.push(data));
    const { facts } = await store(vault, ada, responseOf("1"));
    await shred(vault, ada);
    await expect.poll(() => heard.length).toBe(2);
    expect(heard).toEqual([facts, { credentialId: idOf(ada), ...ada, generation: 1 }]);
  });

  it("end where the feed's head says", async () => {
    await store(vault, ada, responseOf("1"));
    const { at } = await vault.auth.ask(vaultV1.feedHead, {});
    expect(await vault.auth.ask(vaultV1.readFeed, { after: at, limit: 10 })).toEqual({ events: [], next: at, end: true });
  });
});
