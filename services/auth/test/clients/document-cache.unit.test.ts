import { describe, expect, it } from "vitest";
import { createDocumentCache, type CachedDocument } from "../../src/clients/document-cache.ts";

const entry = (freshUntil: number): CachedDocument => ({
  document: {
    clientName: "Client",
    redirectUris: ["https://client.example/callback"],
    grantTypes: ["authorization_code"],
    responseTypes: ["code"],
    tokenEndpointAuthMethod: "none",
    scope: "mcp-access",
  },
  fetchedAt: 0,
  freshUntil,
});

describe("documents in memory", () => {
  it("count until they are no longer fresh", () => {
    const cache = createDocumentCache(2);
    cache.set("a", entry(10));
    expect(cache.get("a", 9)).toBeDefined();
    expect(cache.get("a", 10)).toBeUndefined();
    expect(cache.get("a", 9)).toBeUndefined();
  });

  it("have a number, and the one that nobody used goes first", () => {
    const cache = createDocumentCache(2);
    cache.set("a", entry(10));
    cache.set("b", entry(10));
    cache.get("a", 1);
    cache.set("c", entry(10));
    expect(["a", "b", "c"].filter((url) => cache.get(url, 1) !== undefined)).toEqual(["a", "c"]);
  });

  it("are replaced, not added to", () => {
    const cache = createDocumentCache(2);
    cache.set("a", entry(10));
    cache.set("b", entry(10));
    cache.set("a", entry(20));
    expect(cache.get("b", 1)).toBeDefined();
    expect(cache.get("a", 15)).toBeDefined();
  });
});
