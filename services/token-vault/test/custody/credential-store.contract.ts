import { randomUUID } from "node:crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import { CanaryWatch } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Ciphertexts } from "../../src/index.ts";
import { ada, breakIt, credentialsOf, idOf, lease, leaseRefresh, pass, replace, responseOf, shred, store, type Owner } from "../credential-client.ts";
import { newKey, oldKey, startVault, type RunningVault } from "../running-vault.ts";

/** A place for a vault's tables and ciphertexts that is empty when it is handed over. */
export interface StoreFixture {
  /** Opens the same place each time; who asks closes both. */
  open(): Promise<{ readonly store: EventStore; readonly ciphertexts?: Ciphertexts }>;
  /** Whether anything is left when everything was closed. */
  readonly lasts: boolean;
  /** Everything that is written down where ciphertexts are kept, as text. */
  dump(store: EventStore): Promise<string>;
  /** Gives each of two credentials of the same generation the other's ciphertext. */
  swap(store: EventStore, one: string, other: string): Promise<void>;
  /** Loses a credential's ciphertext, as a damaged disk or an empty Redis would. */
  lose(store: EventStore, credentialId: string): Promise<void>;
  remove(): Promise<void>;
}

const bob: Owner = { ...ada, subjectId: "bob" };

/** What every store of ciphertexts promises, through the vault that uses it. */
export const describeCredentialStore = (name: string, create: () => Promise<StoreFixture>): unknown =>
  describe(`credentials in ${name}`, () => {
    let fixture: StoreFixture;
    let vault: RunningVault;
    let ciphertexts: Ciphertexts | undefined;

    const start = async (keys = oldKey, keysNow = (): string => keys): Promise<void> => {
      const opened = await fixture.open();
      ciphertexts = opened.ciphertexts;
      vault = await startVault({ file: "", keys, keysNow, store: opened.store, ...(ciphertexts === undefined ? {} : { ciphertexts }) });
    };
    const stop = async (): Promise<void> => {
      await vault.stop();
      await ciphertexts?.close();
    };
    beforeEach(async () => {
      fixture = await create();
      await start();
    });
    afterEach(async () => {
      await stop();
      await fixture.remove();
    });

    it("are lent as they were kept, access and refresh token apart", async () => {
      const { facts } = await store(vault, ada, responseOf("1", { id_token: "id-1" }));
      expect((await lease(vault, ada)).lease).toEqual({ accessToken: "access-1", tokenType: "Bearer", idToken: "id-1" });
      await pass(vault, 3_600_000);
      expect(await leaseRefresh(vault, ada, facts.generation)).toEqual({ refreshToken: "refresh-1" });
    });

    it("are replaced by the next generation, of which alone anything is left", async () => {
      await store(vault, ada, responseOf("1"));
      const before = await fixture.dump(vault.store);
      expect(await replace(vault, ada, 1, responseOf("2"))).toMatchObject({ rotated: true, facts: { generation: 2 } });
      expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
      const after = await fixture.dump(vault.store);
      const ciphertextsIn = (text: string): readonly string[] => [...text.matchAll(/v1\.[0-9a-f-]{36}\.gAAAA[\w-]+/g)].map(([found]) => found);
      expect(ciphertextsIn(before)).toHaveLength(2);
      expect(ciphertextsIn(after)).toHaveLength(2);
      for (const old of ciphertextsIn(before)) expect(after).not.toContain(old);
    });

    it("outlive the process", async () => {
      if (!fixture.lasts) return;
      await store(vault, ada, responseOf("1"));
      await stop();
      await start();
      expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-1" });
      expect((await replace(vault, ada, 1, responseOf("2"))).facts.generation).toBe(2);
    });

    it("are written down nowhere in clear", async () => {
      const watch = new CanaryWatch();
      const planted = { access_token: watch.plant("access"), refresh_token: watch.plant("refresh"), id_token: watch.plant("id") };
      await store(vault, ada, responseOf("1", planted));
      await replace(vault, ada, 1, responseOf("2", { access_token: watch.plant("access-2"), refresh_token: watch.plant("refresh-2") }));
      const dump = await fixture.dump(vault.store);
      expect(dump).toContain(idOf(ada));
      expect(watch.searchText("store", dump)).toEqual([]);
      expect(watch.searchText("log", vault.logLines.join(""))).toEqual([]);
      expect(watch.searchText("bus", vault.traffic.join(""))).toEqual([]);
    });

    it("of a refresh that comes too late are not kept, and what is current stays", async () => {
      await store(vault, ada, responseOf("1"));
      await store(vault, ada, responseOf("2"));
      const before = await fixture.dump(vault.store);
      await expect(replace(vault, ada, 1, responseOf("late"))).rejects.toMatchObject({ code: "conflict" });
      expect(await fixture.dump(vault.store)).toBe(before);
      expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
    });

    it("of sign-ins and refreshes at the same time: one set counts, and it is lent whole", async () => {
      await store(vault, ada, responseOf("1"));
      const names = ["2", "3", "4", "5"];
      const outcomes = await Promise.allSettled([...names.slice(0, 2).map((each) => store(vault, ada, responseOf(each))), ...names.slice(2).map((each) => replace(vault, ada, 1, responseOf(each)))]);
      const kept = outcomes.flatMap((outcome, index) => (outcome.status === "fulfilled" ? [{ generation: outcome.value.facts.generation, name: names[index] }] : []));
      const [last] = kept.toSorted((one, other) => other.generation - one.generation);
      expect(kept.length).toBeGreaterThanOrEqual(2);
      expect(await lease(vault, ada)).toMatchObject({ facts: { generation: last?.generation }, lease: { accessToken: `access-${last?.name}` } });
      await pass(vault, 3_600_000);
      expect(await leaseRefresh(vault, ada, last?.generation ?? 0)).toEqual({ refreshToken: `refresh-${last?.name}` });
    });

    it("are kept once, however often the command is repeated", async () => {
      const commandId = randomUUID();
      await Promise.all(Array.from({ length: 5 }, () => store(vault, ada, responseOf("1"), { commandId })));
      await store(vault, ada, responseOf("2"));
      const before = await fixture.dump(vault.store);
      expect((await store(vault, ada, responseOf("1"), { commandId })).facts.generation).toBe(1);
      expect(await fixture.dump(vault.store)).toBe(before);
      expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
    });

    it("Shred: leave nothing but their history", async () => {
      await store(vault, ada, responseOf("1"));
      await store(vault, bob, responseOf("bob"));
      expect([...(await fixture.dump(vault.store)).matchAll(/v1\.[0-9a-f-]{36}\.gAAAA/g)]).toHaveLength(4);
      await shred(vault, ada);
      const left = await fixture.dump(vault.store);
      expect([...left.matchAll(/v1\.[0-9a-f-]{36}\.gAAAA/g)]).toHaveLength(2);
      await expect(lease(vault, ada)).rejects.toMatchObject({ code: "not_connected" });
      expect((await lease(vault, bob)).lease).toMatchObject({ accessToken: "access-bob" });
      expect((await store(vault, ada, responseOf("2"))).facts.generation).toBe(2);
    });

    it("MoveIntegrity: under another person's name open for nobody (B07)", async () => {
      await store(vault, ada, responseOf("ada"));
      await store(vault, bob, responseOf("bob"));
      await fixture.swap(vault.store, idOf(ada), idOf(bob));
      for (const owner of [ada, bob]) await expect(lease(vault, owner)).rejects.toMatchObject({ code: "reconnect_required" });
      await fixture.swap(vault.store, idOf(ada), idOf(bob));
      for (const owner of [ada, bob]) expect((await lease(vault, owner)).lease).toMatchObject({ accessToken: `access-${owner.subjectId}` });
    });

    it("that were lost mean that the person connects again, and nothing worse", async () => {
      await store(vault, ada, responseOf("1"));
      await store(vault, bob, responseOf("bob"));
      await fixture.lose(vault.store, idOf(ada));
      await expect(lease(vault, ada)).rejects.toMatchObject({ code: "reconnect_required" });
      await pass(vault, 3_600_000);
      await expect(leaseRefresh(vault, ada, 1)).rejects.toMatchObject({ code: "reconnect_required" });
      expect((await credentialsOf(vault, "ada")).map(({ status, brokenBecause }) => [status, brokenBecause])).toEqual([["broken", undefined]]);
      expect((await credentialsOf(vault, "bob")).map(({ status }) => status)).toEqual(["connected"]);
      expect(await breakIt(vault, ada, 1, "unusable-answer")).toEqual({ broken: true });
      expect((await credentialsOf(vault, "ada")).map(({ status }) => status)).toEqual(["broken"]);
      expect((await store(vault, ada, responseOf("2"))).facts.generation).toBe(2);
      expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
      expect(await leaseRefresh(vault, bob, 1)).toEqual({ refreshToken: "refresh-bob" });
    });

    it("Rotate: open with another key of the operator's, and not without any that closed them", async () => {
      if (!fixture.lasts) return;
      await store(vault, ada, responseOf("1"));
      await stop();
      await start(`${newKey},${oldKey}`);
      await stop();
      await start(newKey);
      expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-1" });
      await stop();
      await start(oldKey);
      await expect(lease(vault, ada)).rejects.toMatchObject({ code: "reconnect_required" });
      expect((await credentialsOf(vault, "ada")).map(({ status }) => status)).toEqual(["broken"]);
    });
  });
