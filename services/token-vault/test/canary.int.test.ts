import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CanaryWatch, filesBelow } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { newKey, oldKey, startVault, unwrap, wrap } from "./running-vault.ts";

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
