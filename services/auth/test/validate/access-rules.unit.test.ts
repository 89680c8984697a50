import { describe, expect, it } from "vitest";
import { parseAllowedAttributes, parseAllowedDomains, parseAllowedGlobs, parseAllowedOrgs, parseAllowedUsers, parseAllowedWorkspaces } from "../../src/validate/access-lists.ts";
import { type AccessRule, decideAccess, type IdentityFacts, isAllowed, rulesAbout } from "../../src/validate/access-rules.ts";

const nobody: IdentityFacts = { provider: "oidc", groups: [], organisations: [], attributes: {} };
const rulesOf = (parsed: ReturnType<typeof parseAllowedUsers>): readonly AccessRule[] => {
  if (!parsed.ok) throw new Error(`not read: ${parsed.error.entry}`);
  return parsed.value;
};
const alice: IdentityFacts = { ...nobody, name: "alice", email: "Alice@Example.com" };
const octo: IdentityFacts = { ...nobody, provider: "github", githubLogin: "Octo-Cat", email: "octo@example.com" };

describe("who fits a rule", () => {
  it.each<[list: string, of: "any" | "google" | "github" | "oidc", facts: IdentityFacts, fits: boolean, why: string]>([
    ["alice@example.com", "any", alice, true, "the guide's first form; letter case does not make another address"],
    ["alice@example.com", "any", { ...alice, email: "alice@example.com.evil.example" }, false, "the whole address counts"],
    ["alice@example.com", "any", { ...nobody, name: "alice@example.com" }, false, "a name that looks like an address is not verified"],
    ["alice@example.com", "any", nobody, false, "an address that was not verified never becomes a fact"],
    ["jedi,octo-cat", "any", octo, true, "the guide's second form: a GitHub login"],
    ["octo-cat", "any", { ...alice, name: "octo-cat" }, false, "a bare name is a GitHub login, not what another provider calls somebody"],
    ["octo", "any", octo, false, "the whole login counts"],
    ["*@example.com", "any", alice, true, "the guide's third form"],
    ["*@example.com", "any", { ...alice, email: "a@sub.example.com" }, false, "a domain is not its subdomains"],
    ["*@example.com", "any", { ...alice, email: "a@notexample.com" }, false, "the whole domain counts"],
    ["*@example.com", "any", { ...alice, email: "example.com" }, false, "a domain by itself is no address at it"],
    ["*@example.com", "any", { ...alice, email: '"x@example.com"@evil.example' }, false, "the last @ is where the domain begins"],
    ["*@kit.example", "any", { ...alice, email: "a@\u212Ait.example" }, false, "a letter of another script is another letter"],
    ["group:engineers,group:admins", "any", { ...nobody, groups: ["admins"] }, true, "the guide's fourth form"],
    ["group:admins", "any", { ...nobody, groups: ["Admins"] }, false, "groups are compared as they are"],
    ["*", "any", nobody, true, "said by the operator"],
    ["", "any", alice, false, "no rule lets nobody in"],
    ["alice", "oidc", alice, true, "in OIDC's own list a bare name is the user id field"],
    ["Alice", "oidc", alice, false, "an id is compared as it is"],
    ["alice@example.com", "oidc", alice, true, "or a verified address"],
    ["octo-cat", "oidc", octo, false, "and never a GitHub login"],
  ])("%s in the list of %s: row %#", (list, of, facts, fits, _why) => {
    expect(isAllowed(rulesOf(parseAllowedUsers(list, of)), facts)).toBe(fits);
  });

  it.each<[AccessRule, IdentityFacts, boolean, string]>([
    [{ kind: "workspace", domain: "Example.com" }, { ...nobody, workspace: "example.com" }, true, "Google says whose account it is"],
    [{ kind: "workspace", domain: "example.com" }, { ...nobody, email: "a@example.com" }, false, "an address at the domain is no account of the Workspace"],
    [{ kind: "github-org", org: "acme" }, { ...nobody, organisations: ["Acme"] }, true, "organisations have no letter case"],
    [{ kind: "github-org", org: "acme", team: "core" }, { ...nobody, organisations: ["acme"] }, false, "the organisation is not the team"],
    [{ kind: "github-org", org: "acme", team: "core" }, { ...nobody, organisations: ["acme", "acme:core"] }, true, "the team is"],
    [{ kind: "github-org", org: "acme" }, { ...nobody, organisations: ["acme:core"] }, false, "a team alone proves no membership here"],
    [{ kind: "attribute", pointer: "/roles", value: "admin" }, { ...nobody, attributes: { "/roles": ["user", "admin"] } }, true, "one value of several"],
    [{ kind: "attribute", pointer: "/roles", value: "admin" }, { ...nobody, attributes: { "/other": ["admin"] } }, false, "another claim"],
    [{ kind: "attribute", pointer: "constructor", value: "admin" }, nobody, false, "no property that every object has"],
    [{ kind: "name-glob", glob: "a*@exam*.com" }, alice, true, "stars stand for anything"],
    [{ kind: "name-glob", glob: "*@example.com" }, { ...nobody, name: "x@example.com.evil" }, false, "the end counts"],
    [{ kind: "name-glob", glob: "ab*ba" }, { ...nobody, name: "aba" }, false, "what one part took, another can not take"],
    [{ kind: "name-glob", glob: "alice" }, { ...nobody, name: "alice2" }, false, "without a star the whole counts"],
  ])("%j: row %#", (rule, facts, fits, _why) => {
    expect(isAllowed([rule], facts)).toBe(fits);
  });

  it("takes no time to speak of for a pattern of many stars", () => {
    const rule: AccessRule = { kind: "name-glob", glob: `${"a*".repeat(200)}b` };
    expect(isAllowed([rule], { ...nobody, name: "a".repeat(5_000) })).toBe(false);
  });
});

describe("what lists take", () => {
  it.each([
    ["two@at@signs", parseAllowedUsers("two@at@signs", "any")],
    ["a*@example.com", parseAllowedUsers("a*@example.com", "any")],
    ["alice*", parseAllowedUsers("alice*", "any")],
    ["group:", parseAllowedUsers("ok,group:", "any")],
    ["has space", parseAllowedUsers("has space", "any")],
    ["bare", parseAllowedUsers("bare", "google")],
    ["group:x", parseAllowedUsers("group:x", "github")],
    ["@example.com", parseAllowedDomains("@example.com")],
    ["*", parseAllowedWorkspaces("*")],
    ["a:b:c", parseAllowedOrgs("a:b:c")],
    ["roles=admin", parseAllowedAttributes("roles=admin")],
    ["/roles=", parseAllowedAttributes("/roles=")],
  ])("refuses %s, naming it", (entry, parsed) => {
    expect(parsed).toEqual({ ok: false, error: { entry, takes: expect.any(String) } });
  });

  it("reads organisations, teams, attributes, globs, domains and spaces around them", () => {
    expect(parseAllowedOrgs("acme, acme:core-team")).toEqual({ ok: true, value: [{ kind: "github-org", org: "acme" }, { kind: "github-org", org: "acme", team: "core-team" }] });
    expect(parseAllowedAttributes("/realm_access/roles=mcp=user")).toEqual({ ok: true, value: [{ kind: "attribute", pointer: "/realm_access/roles", value: "mcp=user" }] });
    expect(parseAllowedGlobs("*@a.example,b*")).toEqual({ ok: true, value: [{ kind: "name-glob", glob: "*@a.example" }, { kind: "name-glob", glob: "b*" }] });
    expect(parseAllowedDomains(" a.example ,, * ")).toEqual({ ok: true, value: [{ kind: "email-domain", domain: "a.example" }, { kind: "everyone" }] });
  });
});

describe("who may sign in, and use what", () => {
  const everyone: AccessRule = { kind: "everyone" };
  const policy = {
    allowed: [{ kind: "email", email: "alice@example.com" }] as const,
    providers: [
      { id: "oidc", allowed: [{ kind: "group", group: "staff" }] as const },
      { id: "github", allowed: [] },
    ],
    resources: [{ resource: "open" }, { resource: "closed", allowedUsers: [{ kind: "group", group: "admins" }] as const }, { resource: "nobody", allowedUsers: [] }],
  };
  it.each([
    ["the list for all", alice, "open", "allowed"],
    ["the provider's own list", { ...nobody, groups: ["staff"] }, "open", "allowed"],
    ["another provider's list", { ...nobody, provider: "github", groups: ["staff"] }, "open", "refused"],
    ["a provider that is gone", { ...alice, provider: "google" }, "open", "refused"],
    ["no server: our own pages", alice, undefined, "allowed"],
    ["a server's list that does not name them", alice, "closed", "server"],
    ["a server's list that does", { ...alice, groups: ["admins"] }, "closed", "allowed"],
    ["only a server's list", { ...nobody, groups: ["admins"] }, "closed", "refused"],
    ["an empty list of a server", alice, "nobody", "server"],
    ["a server that is gone", alice, "other", "server"],
  ] as const)("%s", (_case, facts, resource, decision) => {
    expect(decideAccess(policy, facts, resource)).toBe(decision);
  });

  it("knows every rule that may be asked about somebody of a provider", () => {
    expect(rulesAbout({ ...policy, providers: [...policy.providers, { id: "x", allowed: [everyone] }] }, "oidc").map(({ kind }) => kind)).toEqual(["email", "group", "group"]);
  });
});
