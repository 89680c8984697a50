import { describe, expect, it } from "vitest";
import { claimAt, rootOf, textAt, valuesAt } from "../../src/upstream/claims.ts";
import { type ClaimFields, neededClaims, oidcIdentity } from "../../src/upstream/oidc-identity.ts";

const fields: ClaimFields = { provider: "oidc", issuer: "https://idp.example/", userIdField: "email", groupsClaim: "groups", trustEmail: false, rules: [] };
const identity = (sources: readonly Readonly<Record<string, unknown>>[], changed: Partial<ClaimFields> = {}) => oidcIdentity("s1", sources, { ...fields, ...changed });

describe("an OIDC identity", () => {
  it.each<[sources: Readonly<Record<string, unknown>>[], trusted: boolean, email: string | undefined, why: string]>([
    [[{ email: "a@b.c", email_verified: true }], false, "a@b.c", "said to be verified"],
    [[{ email: "a@b.c", email_verified: "true" }], false, "a@b.c", "some providers say it as text"],
    [[{ email: "a@b.c", email_verified: 1 }], false, undefined, "nothing else is a yes"],
    [[{ email: "a@b.c" }], false, undefined, "nothing said"],
    [[{ email: "a@b.c" }], true, "a@b.c", "nothing said, trusted"],
    [[{ email: "a@b.c", email_verified: false }], true, undefined, "a no is a no"],
    [[{ email: "victim@b.c" }, { email: "mine@b.c", email_verified: true }], false, "mine@b.c", "a yes is about the address of the same source"],
    [[{ email: "victim@b.c" }, { email_verified: true }], false, undefined, "a yes without an address is about none"],
    [[{ email: "victim@b.c" }, { email: "x@b.c", email_verified: false }], true, undefined, "where one source says no, none is trusted unasked"],
    [[{ email: ["a@b.c"], email_verified: true }], false, undefined, "an address is text"],
    [[{ email: `${"a".repeat(600)}@b.c`, email_verified: true }], false, undefined, "and not a book"],
  ])("has from %j (trusted: %s) the address %s", (sources, trustEmail, email, _why) => {
    expect(identity(sources, { trustEmail }).facts.email).toBe(email);
  });

  it("is named by provider, issuer and subject, whatever else is said; a trailing slash makes nobody else of them", () => {
    const { account } = identity([{ sub: "other", email: "a@b.c", email_verified: true }]);
    expect(account).toBe('["oidc","https://idp.example","s1"]');
    expect(identity([], { issuer: "https://idp.example" }).account).toBe(account);
    expect(identity([], { provider: 'oidc","x' }).account).not.toBe(account);
  });

  it("is shown by verified address, else by the user id field, else by the subject", () => {
    expect(identity([{ email: "a@b.c", email_verified: true, preferred_username: "ada" }], { userIdField: "preferred_username" }).name).toBe("a@b.c");
    expect(identity([{ email: "a@b.c", preferred_username: "ada" }], { userIdField: "preferred_username" })).toMatchObject({ name: "ada", facts: { name: "ada" } });
    expect(identity([{ email: "a@b.c" }])).toMatchObject({ name: "s1" });
    expect(identity([{ email: "a@b.c" }], { userIdField: "/email" }).facts).not.toHaveProperty("name");
  });

  it("has the claims that rules look at, and no others", () => {
    const rules = [{ kind: "attribute", pointer: "/realm_access/roles", value: "x" }, { kind: "group", group: "g" }] as const;
    const { facts } = identity([{ realm_access: { roles: ["a", "b", 7, null, {}] }, department: "R&D" }, { groups: "one" }], { rules });
    expect(facts.attributes).toEqual({ "/realm_access/roles": ["a", "b", "7"] });
    expect(facts.groups).toEqual(["one"]);
    expect(neededClaims({ ...fields, rules }).toSorted()).toEqual(["email", "email", "groups", "realm_access"]);
  });
});

describe("a claim", () => {
  it("is found by name or JSON pointer, never among what every object has", () => {
    const claims = { "a/b": { "c~d": 1 }, list: ["x"], "http://x/y": "url" };
    expect(claimAt(claims, "/a~1b/c~0d")).toBe(1);
    expect(claimAt(claims, "http://x/y")).toBe("url");
    expect(valuesAt(claims, "list")).toEqual(["x"]);
    expect(textAt(claims, "list")).toBeUndefined();
    for (const field of ["constructor", "/__proto__/x", "/list/length", "toString"]) expect(claimAt(claims, field)).toBeUndefined();
    expect([rootOf("/a~1b/c"), rootOf("plain")]).toEqual(["a/b", "plain"]);
  });
});
