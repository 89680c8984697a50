import { describe, expect, it } from "vitest";
import { OidcStore } from "../../src/providers/oidc-store.ts";

const expiresLater = Math.floor(Date.now() / 1000) + 3600;

describe("what an OpenID provider remembers", () => {
  const fill = async (): Promise<OidcStore> => {
    const store = new OidcStore([], () => new Error("used already"));
    for (const [grantId, accountId] of [["one", "ada"], ["two", "bob"]] as const) {
      await store.adapter("Grant").upsert(grantId, { accountId, clientId: "gateway" });
      const row = { grantId, accountId, clientId: "gateway", scope: "openid", exp: expiresLater };
      await store.adapter("AccessToken").upsert(`access-${grantId}`, row);
      await store.adapter("RefreshToken").upsert(`refresh-${grantId}`, row);
    }
    return store;
  };

  it("lets a token be used up once, and ends its family at the second time, even where both had found it fresh", async () => {
    const store = await fill();
    const refreshTokens = store.adapter("RefreshToken");
    await refreshTokens.consume("refresh-one");
    await expect(refreshTokens.consume("refresh-one")).rejects.toThrow("used already");
    expect(await store.adapter("Grant").find("one")).toBeUndefined();
    expect([store.liveToken("access-one"), store.liveToken("access-two")?.sub]).toEqual([undefined, "bob"]);
    await expect(refreshTokens.consume("never-issued")).rejects.toThrow("used already");
  });

  it("has no live token whose consent is gone, or whose time is over", async () => {
    const store = await fill();
    await store.adapter("Grant").destroy("one");
    await store.adapter("AccessToken").upsert("access-two", { grantId: "two", accountId: "bob", clientId: "gateway", exp: expiresLater - 7200 });
    expect([store.liveToken("access-one"), store.liveToken("access-two")]).toEqual([undefined, undefined]);
  });

  it("revokes one kind of thing of a consent when that is asked for", async () => {
    const store = await fill();
    await store.adapter("AccessToken").revokeByGrantId("one");
    expect([store.liveToken("access-one"), store.tokenOwner("refresh-one")?.sub]).toEqual([undefined, "ada"]);
  });
});
