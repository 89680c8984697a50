import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CanaryWatch, filesBelow } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { ada, lease, leaseRefresh, pass, replace, responseOf, shred, store } from "./credential-client.ts";
import { newKey, oldKey, resource, startVault, unwrap, wrap } from "./running-vault.ts";

it("leaves a secret and the operator's keys in no file, no message and no log line", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vault-canary-"));
  const watch = new CanaryWatch();
  const secret = watch.plant("auth-secret");
  watch.watch("old key", oldKey.replace(/=+$/, ""));
  watch.watch("new key", newKey.replace(/=+$/, ""));
  watch.watch("old key's bytes", Buffer.from(oldKey, "base64").toString("latin1"));
  try {
    const file = join(folder, "vault.sqlite");
    const first = await startVault({ file, keys: oldKey });
    const ciphertext = await wrap(first.auth, "pepper", secret);
    expect(await unwrap(first.auth, "pepper", ciphertext)).toBe(secret);
    await expect(unwrap(first.auth, "cookie-key", ciphertext)).rejects.toMatchObject({ code: "undecryptable" });
    // While it runs, so that the write-ahead log is searched too.
    expect(filesBelow(folder).length).toBeGreaterThan(1);
    expect(watch.searchFolder(folder)).toEqual([]);
    await first.stop();
    const second = await startVault({ file, keys: `${newKey},${oldKey}` });
    expect(await unwrap(second.auth, "pepper", ciphertext)).toBe(secret);
    await second.stop();
    expect(watch.searchFolder(folder)).toEqual([]);
    for (const { traffic, logLines } of [first, second]) {
      expect(traffic.length).toBeGreaterThan(1);
      expect(logLines.length).toBeGreaterThan(0);
      expect(watch.searchText("bus", traffic.join("\n"))).toEqual([]);
      expect(watch.searchText("log", logLines.join("\n"))).toEqual([]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("B07: leaves no token of a provider's, nor the caller's own, in any file, message or log line: kept, lent, refreshed, broken open, shredded", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vault-canary-"));
  const watch = new CanaryWatch();
  const planted = (name: string) => ({ access_token: watch.plant(`access-${name}`), refresh_token: watch.plant(`refresh-${name}`), id_token: watch.plant(`id-${name}`) });
  try {
    const file = join(folder, "vault.sqlite");
    const vault = await startVault({ file, keys: oldKey });
    const token = await vault.fakeAuth.token(resource, { subject: ada.subjectId });
    watch.watch("the caller's token", token);
    const first = planted("1");
    await store(vault, ada, responseOf("1", first));
    expect((await lease(vault, ada, { token })).lease).toMatchObject({ accessToken: first.access_token });
    expect(await leaseRefresh(vault, ada, 1, { token })).toEqual({ refreshToken: first.refresh_token });
    await replace(vault, ada, 1, responseOf("2", planted("2")));
    await expect(replace(vault, ada, 1, responseOf("late", planted("late")))).rejects.toMatchObject({ code: "conflict" });
    await expect(store(vault, ada, JSON.stringify({ ...planted("bad"), access_token: { nested: watch.plant("nested") } }))).rejects.toMatchObject({ code: "bad_request" });
    await expect(lease(vault, ada, { token: `${token}x` })).rejects.toMatchObject({ code: "refused" });
    await vault.store.transact(({ sql }) => sql.updateTable("cx_ciphertexts").set({ access_text: "v1.damaged" }).execute());
    await expect(lease(vault, ada, { token })).rejects.toMatchObject({ code: "reconnect_required" });
    await pass(vault, 1);
    expect(watch.searchFolder(folder)).toEqual([]);
    await shred(vault, ada);
    await vault.stop();
    expect(watch.size).toBe(14);
    expect(filesBelow(folder).length).toBeGreaterThan(0);
    expect(watch.searchFolder(folder)).toEqual([]);
    expect(watch.searchText("bus", vault.traffic.join("\n"))).toEqual([]);
    expect(watch.searchText("log", vault.logLines.join("\n"))).toEqual([]);
    expect(vault.logLines.join("\n")).toContain("Token stored");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
