import { credentialIdOf } from "@mcp-auth-proxy/crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lease, leaseRefresh, replace, responseOf, shred, store, type Owner } from "./credential-client.ts";
import { clock, issuer, oldKey, startVault, type RunningVault } from "./running-vault.ts";

// Names that come out the same when they are glued together, with whatever between them.
const subjects = ["a", "ab", "a|b", "a/b", 'a","b', "a:b", "a b", "b", "A", "ä"];
const resources = [`${issuer}/mcp`, `${issuer}/b/mcp`, `${issuer}/mcp/b/mcp`, `${issuer}/mcp|b`];
const providers = ["google", "github"];
const owners: readonly Owner[] = subjects.flatMap((subjectId) => resources.flatMap((resource) => providers.map((provider) => ({ subjectId, resource, provider }))));
const nameOf = (owner: Owner): string => Buffer.from(JSON.stringify(owner)).toString("hex");

let vault: RunningVault;
beforeEach(async () => {
  vault = await startVault({ file: ":memory:", keys: oldKey, resources });
});
afterEach(() => vault.stop());

describe("B04: people, servers and providers whose names look alike", () => {
  it("have a credential each", () => {
    expect(new Set(owners.map((owner) => credentialIdOf(owner))).size).toBe(owners.length);
  });

  it("each get their own token and nobody else's, all at once, while others are refreshed and shredded", async () => {
    await Promise.all(owners.map((owner) => store(vault, owner, responseOf(nameOf(owner)))));
    const others = owners.filter((_, index) => index % 5 === 0);
    const steady = owners.filter((_, index) => index % 5 !== 0);
    const [leases] = await Promise.all([
      Promise.all(steady.flatMap((owner) => [owner, owner]).map(async (owner) => ({ owner, ...(await lease(vault, owner, { provider: owner.provider })) }))),
      Promise.all(others.map(async (owner, index) => (index % 2 === 0 ? replace(vault, owner, 1, responseOf(`${nameOf(owner)}-2`)) : shred(vault, owner)))),
    ]);
    for (const { owner, facts, lease: lent } of leases) {
      expect(lent).toEqual({ accessToken: `access-${nameOf(owner)}`, tokenType: "Bearer" });
      expect(facts).toMatchObject({ ...owner, generation: 1 });
    }
    clock.advance(3_600_000);
    for (const owner of steady.slice(0, 20)) expect(await leaseRefresh(vault, owner, 1)).toEqual({ refreshToken: `refresh-${nameOf(owner)}` });
  });
});
