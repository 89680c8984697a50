import { randomUUID } from "node:crypto";
import { vaultV1 } from "@mcp-auth-proxy/contracts";
import { Keyring, Secret } from "@mcp-auth-proxy/crypto";
import { openPostgresStore } from "@mcp-auth-proxy/event-store";
import { launchPostgres, type LaunchedPostgres } from "@mcp-auth-proxy/testing/servers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { tokenVaultStore } from "../src/index.ts";
import { ada, lease, replace, responseOf, store } from "./credential-client.ts";
import { clock, newKey, oldKey, startVault, unwrap, wrap, type RunningVault } from "./running-vault.ts";

const newTerm = Keyring.parse(newKey).activeTerm;
let postgres: LaunchedPostgres;
let url: Secret<string>;
beforeAll(async () => {
  postgres = await launchPostgres();
  url = Secret.of(await postgres.createDatabase());
});
afterAll(() => postgres[Symbol.asyncDispose]());

let schema: string;
let vaults: RunningVault[];
const start = async (keys: string, keysNow = (): string => keys): Promise<RunningVault> => {
  const opened = await openPostgresStore({ definition: tokenVaultStore, url, schema, clock });
  const vault = await startVault({ file: "", keys, keysNow, store: opened });
  vaults.push(vault);
  return vault;
};
beforeEach(() => {
  vaults = [];
  schema = `vault_${randomUUID().replaceAll("-", "")}`;
});
afterEach(() => Promise.all(vaults.map((vault) => vault.stop())));

const rotate = ({ auth }: RunningVault) => auth.ask(vaultV1.rotateEncryptionKey, { commandId: randomUUID(), actor: "operator" });

describe("two replicas of the vault", () => {
  it("are one: what the one keeps the other lends, and of two refreshes of one generation one counts", async () => {
    const [one, other] = [await start(oldKey), await start(oldKey)];
    await store(one, ada, responseOf("1"));
    expect((await lease(other, ada)).lease).toMatchObject({ accessToken: "access-1" });
    const outcomes = await Promise.allSettled([replace(one, ada, 1, responseOf("2")), replace(other, ada, 1, responseOf("3"))]);
    expect(outcomes.map(({ status }) => status).toSorted((a, b) => a.localeCompare(b))).toEqual(["fulfilled", "rejected"]);
    const winner = outcomes[0]?.status === "fulfilled" ? "access-2" : "access-3";
    for (const vault of [one, other]) expect(await lease(vault, ada)).toMatchObject({ facts: { generation: 2 }, lease: { accessToken: winner } });
  });

  it("Rotate: the one that was not asked reads its keys again when it meets one that it does not know (B08)", async () => {
    let keysNow = oldKey;
    const [one, other] = [await start(oldKey, () => keysNow), await start(oldKey, () => keysNow)];
    await store(one, ada, responseOf("1"));
    const ciphertext = await wrap(other.auth, "pepper", "secret");
    keysNow = `${newKey},${oldKey}`;
    expect(await rotate(one)).toMatchObject({ activeTerm: newTerm, terms: [newTerm] });
    expect((await lease(other, ada)).lease).toMatchObject({ accessToken: "access-1" });
    expect(await unwrap(other.auth, "pepper", ciphertext)).toBe("secret");
  });

  it("Rotate: the one that was not told writes nothing with a key that has been let go", async () => {
    let keysNow = oldKey;
    let forgottenNow = oldKey;
    const [told, forgotten] = [await start(oldKey, () => keysNow), await start(oldKey, () => forgottenNow)];
    await store(told, ada, responseOf("1"));
    keysNow = `${newKey},${oldKey}`;
    await rotate(told);
    // The former key is still held: what it closes is seen, and keeps it from being let go.
    await store(forgotten, { ...ada, subjectId: "bob" }, responseOf("bob"));
    keysNow = newKey;
    await expect(rotate(told)).rejects.toMatchObject({ code: "refused" });
    keysNow = `${newKey},${oldKey}`;
    expect(await rotate(told)).toMatchObject({ terms: [newTerm] });
    keysNow = newKey;
    await rotate(told);
    await expect(store(forgotten, ada, responseOf("2"))).rejects.toMatchObject({ code: "unavailable" });
    await expect(wrap(forgotten.auth, "pepper", "secret")).rejects.toMatchObject({ code: "unavailable" });
    expect(forgotten.logLines.join("")).toContain("this process runs with a former AUTH_ENCRYPTION_SECRET");
    // Its keys can be read again now: it goes on.
    forgottenNow = newKey;
    await expect(store(forgotten, ada, responseOf("2"))).rejects.toMatchObject({ code: "unavailable" });
    expect((await store(forgotten, ada, responseOf("2"))).facts.generation).toBe(2);
    expect((await lease(told, ada)).lease).toMatchObject({ accessToken: "access-2" });
    expect((await lease(told, { ...ada, subjectId: "bob" })).lease).toMatchObject({ accessToken: "access-bob" });
  });
});
