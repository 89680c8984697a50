import type { Language } from "../../src/views/language.ts";
import { renderAccount } from "../../src/views/account.ts";
import { renderConsent } from "../../src/views/consent.ts";
import type { AccountPage, ConsentPage, ReturnPage, SignInPage } from "../../src/views/models.ts";
import { renderOnward } from "../../src/views/onward.ts";
import { renderProblem } from "../../src/views/problem.ts";
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

export const signInPage: SignInPage = { language: "en", form, serverName: "Files", app: { clientName: "Claude Code", redirectHost: redirect.redirectHost } };

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
  activity: [
    { at: 20_010 * day, kind: "access-given", app: "Claude Code" },
    { at: 20_010 * day, kind: "signed-in", app: undefined },
    { at: 20_009 * day, kind: "ended-refresh-token-reused", app: "mcp_client_3" },
    { at: 20_000 * day, kind: "first-sign-in", app: undefined },
  ],
};

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
      activity: accountPage.activity.map((each) => ({ ...each, app: text })),
      form: { action: text, hidden: { [text]: text } },
    }),
  ],
  ["account of somebody new", renderAccount({ ...accountPage, language, apps: [], sessions: accountPage.sessions.slice(0, 1), activity: [] })],
  ["onward", renderOnward({ language, target: text })],
  ["problem", renderProblem({ language, problem: "expired", reference: text })],
];
