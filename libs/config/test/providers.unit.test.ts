import { describe, expect, it } from "vitest";
import { openProviders, readAccess } from "../src/providers/access.ts";
import { readProviders } from "../src/providers/providers.ts";
import { readAccountOfServer } from "../src/single-server.ts";
import { gatherSources } from "../src/sources.ts";
import { createValueReader } from "../src/value-reader.ts";

const readerOf = (environment: Record<string, string>) => createValueReader(gatherSources([], environment, undefined, "/"));
const google = { GOOGLE_CLIENT_ID: "g", GOOGLE_CLIENT_SECRET: "gs" };
const github = { GITHUB_CLIENT_ID: "h", GITHUB_CLIENT_SECRET: "hs" };
const oidc = { OIDC_ISSUER: "https://id.example.com/tenant/v2.0", OIDC_CLIENT_ID: "o", OIDC_CLIENT_SECRET: "os" };

describe("providers", () => {
  it("are those whose client is named, with what each is known for", () => {
    const reader = readerOf({ ...google, ...github, ...oidc, GOOGLE_SCOPES: "https://a.example/x,https://a.example/y", OIDC_SCOPES: "openid profile email offline_access" });
    expect(readProviders(reader)).toMatchObject([
      { id: "google", issuer: "https://accounts.google.com", scopes: ["https://a.example/x", "https://a.example/y"] },
      { id: "github", url: "https://github.com", apiUrl: "https://api.github.com" },
      { id: "oidc", issuer: "https://id.example.com/tenant/v2.0", name: "OIDC", userIdField: "email", groupsClaim: "groups", trustEmail: false },
    ]);
    expect(reader.problems).toEqual([]);
  });

  it("are none where a CI runner sets GITHUB_URL and GITHUB_API_URL", () => {
    const reader = readerOf({ GITHUB_URL: "https://github.com", GITHUB_API_URL: "https://api.github.com" });
    expect(readProviders(reader)).toEqual([]);
    expect(reader.problems).toEqual([]);
  });

  it("find the API of a GitHub Enterprise server below its own address", () => {
    expect(readProviders(readerOf({ ...github, GITHUB_URL: "https://git.example.com/" }))).toMatchObject([{ url: "https://git.example.com", apiUrl: "https://git.example.com/api/v3" }]);
  });

  it("take the address of the discovery document for the issuer", () => {
    const reader = readerOf({ OIDC_CONFIGURATION_URL: "https://id.example.com/.well-known/openid-configuration", OIDC_CLIENT_ID: "o" });
    expect(readProviders(reader)).toMatchObject([{ id: "oidc", issuer: "https://id.example.com" }]);
  });

  it.each([
    [{ GOOGLE_CLIENT_ID: "g" }, "GOOGLE_CLIENT_SECRET is not"],
    [{ GOOGLE_CLIENT_SECRET: "s" }, "GOOGLE_CLIENT_ID is not"],
    [{ GITHUB_ALLOWED_ORGS: "acme" }, "GITHUB_CLIENT_ID is not"],
    [{ OIDC_ISSUER: "https://id.example.com" }, "OIDC_CLIENT_ID is not"],
    [{ OIDC_CLIENT_ID: "o" }, "OIDC_ISSUER is not"],
    [{ OIDC_ISSUER: "http://id.example.com", OIDC_CLIENT_ID: "o" }, "an https URL"],
    [{ ...oidc, OIDC_CONFIGURATION_URL: "https://other.example.com/.well-known/openid-configuration" }, "name two providers"],
    [{ ...google, GOOGLE_ALLOWED_USERS: " , " }, "comma separated"],
  ])("refuse %o", (environment, sentence) => {
    const reader = readerOf(environment);
    readProviders(reader);
    expect(reader.problems.join("\n")).toContain(sentence);
  });

  it("are open to everyone unless a list of anyone's or their own says who may come", () => {
    const open = (environment: Record<string, string>): readonly string[] => {
      const reader = readerOf({ ...google, ...github, ...environment });
      return openProviders(readProviders(reader), readAccess(reader));
    };
    expect(open({})).toEqual(["google", "github"]);
    expect(open({ GOOGLE_ALLOWED_WORKSPACES: "example.com" })).toEqual(["github"]);
    expect(open({ GITHUB_ALLOWED_ORGS: "acme:core" })).toEqual(["google"]);
    expect(open({ ALLOWED_USERS: "*" })).toEqual([]);
    expect(open({ ALLOWED_DOMAINS: "example.com" })).toEqual([]);
  });
});

describe("the one server", () => {
  const accountOf = (environment: Record<string, string>, transport: "stdio" | "http" = "stdio") => {
    const reader = readerOf(environment);
    return { account: readAccountOfServer(reader, readProviders(reader), transport), problems: reader.problems };
  };

  it("needs no account where people only sign in", () => {
    expect(accountOf({ ...google, GOOGLE_SCOPES: "openid email" })).toEqual({ account: undefined, problems: [] });
  });

  it("gets the token in params, or as a header behind a URL, where scopes go beyond identity", () => {
    const environment = { ...google, ...github, GOOGLE_SCOPES: "https://www.googleapis.com/auth/gmail.readonly" };
    expect(accountOf(environment).account).toEqual({ account: { provider: "google", scopes: ["https://www.googleapis.com/auth/gmail.readonly"] }, inject: { kind: "params" } });
    expect(accountOf(environment, "http").account?.inject).toMatchObject({ kind: "header", name: "Authorization" });
  });

  it("gets it as INJECT says", () => {
    const environment = { ...github, INJECT: '{"env": {"GITHUB_PERSONAL_ACCESS_TOKEN": "${access_token}"}}' };
    expect(accountOf(environment).account).toMatchObject({ account: { provider: "github" }, inject: { kind: "env", templates: { GITHUB_PERSONAL_ACCESS_TOKEN: "${access_token}" } } });
  });

  it.each([
    [{ OAUTH_PROVIDER: "google" }, "needs a provider"],
    [{ ...google, OAUTH_PROVIDER: "github" }, "it takes google"],
    [{ ...google, ...github, INJECT: "params" }, "it takes google or github"],
    [{ ...google, INJECT: '{"header": "Authorization: Bearer ${access_token}"}' }, "stdio server takes env, file or params"],
    [{ ...google, INJECT: "{}" }, "it takes params, or JSON"],
  ])("refuses %o", (environment, sentence) => {
    expect(accountOf(environment).problems.join("\n")).toContain(sentence);
  });
});
