import type { Language } from "../../src/views/language.ts";
import { renderAccount } from "../../src/views/account.ts";
import { renderConsent } from "../../src/views/consent.ts";
import type { AccountPage, ConsentPage, ReturnPage, SignInPage } from "../../src/views/models.ts";
import { renderLeaving } from "../../src/views/leaving.ts";
import { renderOnward } from "../../src/views/onward.ts";
import { renderProblem } from "../../src/views/problem.ts";
import { renderProviderProblem } from "../../src/views/provider-problem.ts";
import { renderReturning } from "../../src/views/returning.ts";
import { renderSignIn } from "../../src/views/sign-in.ts";

const form = { action: "/authorize/decision", hidden: { transaction: "t1", csrf: "c1" } };
const redirect = { redirectHost: "localhost:51823", redirectKind: "loopback" } as const;

export const consentPage: ConsentPage = {
  language: "en",
  form,
  serverName: "Files",
  resource: "http://localhost:8080/mcp",
  clientName: "Claude Code",
  describedBy: "claude.ai",
  ...redirect,
  scopes: ["mcp-access", "offline_access"],
  accessLastsMs: 2_592_000_000,
};

export const signInPage: SignInPage = { language: "en", form, providers: [], serverName: "Files", app: { clientName: "Claude Code", redirectHost: redirect.redirectHost } };

export const returnPage: ReturnPage = {
  language: "en",
  outcome: "approved",
  clientName: "Claude Code",
  ...redirect,
  target: "http://localhost:51823/callback?code=mcp_ac_1&state=s%26&iss=http%3A%2F%2Flocalhost%3A8080",
};

const day = 86_400_000;

export const accountPage: AccountPage = {
  language: "en",
  form,
  login: "owner",
  apps: [
    { clientId: "mcp_client_1", clientName: "Claude Code", hosts: ["localhost"], resource: "http://localhost:8080/mcp", scopes: ["mcp-access", "offline_access"], since: 20_000 * day, lastUsedAt: 20_010 * day },
    { clientId: "mcp_client_2", clientName: undefined, hosts: ["claude.ai", "cursor:"], resource: "http://localhost:8080/mcp", scopes: ["mcp-access"], since: 20_001 * day, lastUsedAt: 20_001 * day },
  ],
  sessions: [
    { sessionId: "s1", browser: "Firefox, Linux", startedAt: 20_010 * day, lastSeenAt: 20_010 * day, isThis: true },
    { sessionId: "s2", browser: "", startedAt: 20_009 * day, lastSeenAt: 20_009 * day, isThis: false },
  ],
  connections: [
    { server: "Calendar", resource: "http://localhost:8080/calendar/mcp", provider: "Google", status: "connected" },
    { server: "Mail", resource: "http://localhost:8080/mail/mcp", provider: "Google", status: "connected", expiresAt: 20_020 * day },
    { server: "Drive", resource: "http://localhost:8080/drive/mcp", provider: "Google", status: "expired" },
    { server: "Code", resource: "http://localhost:8080/code/mcp", provider: "GitHub", status: "broken" },
    { server: "Docs", resource: "http://localhost:8080/docs/mcp", provider: "Google", status: "outdated" },
    { server: "Wiki", resource: "http://localhost:8080/wiki/mcp", provider: "Company", status: "unlinked" },
    { server: "Other", resource: "http://localhost:8080/other/mcp", provider: "Company" },
  ],
  activity: [
    { at: 20_010 * day, kind: "access-given", app: "Claude Code", ours: undefined },
    { at: 20_010 * day, kind: "signed-in", app: undefined, ours: undefined },
    { at: 20_010 * day, kind: "connected", app: undefined, ours: "Calendar" },
    { at: 20_009 * day, kind: "ended-refresh-token-reused", app: "mcp_client_3", ours: undefined },
    { at: 20_000 * day, kind: "first-sign-in", app: undefined, ours: undefined },
  ],
};

const providerProblems = ["unavailable", "declined", "failed", "not-allowed", "not-for-server", "other-account", "not-stored"] as const;

/** Every page, with `text` wherever text comes from a client, from a form, or from the configuration. */
export const everyPage = (language: Language, text = "plain"): readonly (readonly [name: string, html: string])[] => [
  ["consent", renderConsent({ ...consentPage, language, clientName: text, describedBy: text, redirectHost: text, serverName: text, resource: text, scopes: [text], form: { action: text, hidden: { [text]: text } } })],
  ["sign-in", renderSignIn({ ...signInPage, language, app: { clientName: text, redirectHost: text }, serverName: text, form: { action: text, hidden: { [text]: text } } })],
  ["sign-in again", renderSignIn({ ...signInPage, language, app: { clientName: text, redirectHost: text }, problem: { kind: "wrong-password" } })],
  ["sign-in locked", renderSignIn({ ...signInPage, language, problem: { kind: "locked", now: 0, unlocksAt: 60_000 } })],
  ["returning", renderReturning({ ...returnPage, language, clientName: text, redirectHost: text, target: text })],
  ["denied", renderReturning({ ...returnPage, language, outcome: "denied", redirectKind: "private-use" })],
  ["consent again", renderConsent({ ...consentPage, language, clientName: text, scopes: ["mcp-access", "offline_access", text], optionalScopes: ["offline_access", text], allowedBefore: ["mcp-access", "offline_access"] })],
  ["sign-in to the account", renderSignIn({ ...signInPage, language, app: undefined, form: { action: text, hidden: { [text]: text } } })],
  [
    "account",
    renderAccount({
      ...accountPage,
      language,
      login: text,
      apps: accountPage.apps.map((app) => ({ ...app, clientId: text, clientName: text, hosts: [text], resource: text, scopes: [text] })),
      sessions: accountPage.sessions.map((session) => ({ ...session, sessionId: text })),
      connections: accountPage.connections.map((each) => ({ ...each, server: text, resource: text, provider: text })),
      activity: accountPage.activity.map((each) => ({ ...each, app: text, ours: text })),
      form: { action: text, hidden: { [text]: text } },
    }),
  ],
  ["account of somebody new", renderAccount({ ...accountPage, language, apps: [], connections: [], sessions: accountPage.sessions.slice(0, 1), activity: [] })],
  ["sign-in with providers", renderSignIn({ ...signInPage, language, serverName: text, providers: [{ name: text, href: text }, { name: "GitHub", href: "/x" }] })],
  ["sign-in with providers alone", renderSignIn({ ...signInPage, language, form: undefined, providers: [{ name: text, href: text }] })],
  ["leaving", renderLeaving({ language, provider: text, server: undefined, target: "https://idp.example/auth?state=s" })],
  ["leaving to connect", renderLeaving({ language, provider: text, server: text, target: "https://idp.example/auth?state=s" })],
  ...providerProblems.map((problem): readonly [string, string] => [
    `at the provider: ${problem}`,
    renderProviderProblem({ language, provider: text, problem, account: text, retry: text, another: text, deny: { action: text, hidden: { [text]: text } }, reference: text }),
  ]),
  ["at the provider, on the way to the account", renderProviderProblem({ language, provider: text, problem: "declined", account: undefined, retry: text, another: undefined, deny: undefined, reference: text })],
  ["onward", renderOnward({ language, target: text })],
  ["problem", renderProblem({ language, problem: "expired", reference: text })],
];
