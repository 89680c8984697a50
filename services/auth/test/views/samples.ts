import type { Language } from "../../src/views/language.ts";
import { renderConsent } from "../../src/views/consent.ts";
import { renderLanding } from "../../src/views/landing.ts";
import type { ConsentPage, ReturnPage, SignInPage } from "../../src/views/models.ts";
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

export const signInPage: SignInPage = { language: "en", form, serverName: "Files", clientName: "Claude Code", redirectHost: redirect.redirectHost };

export const returnPage: ReturnPage = {
  language: "en",
  outcome: "approved",
  clientName: "Claude Code",
  ...redirect,
  target: "http://localhost:51823/callback?code=mcp_ac_1&state=s%26&iss=http%3A%2F%2Flocalhost%3A8080",
};

/** Every page, with `text` wherever text comes from a client, from a form, or from the configuration. */
export const everyPage = (language: Language, text = "plain"): readonly (readonly [name: string, html: string])[] => [
  ["consent", renderConsent({ ...consentPage, language, clientName: text, describedBy: text, redirectHost: text, serverName: text, resource: text, scopes: [text], form: { action: text, hidden: { [text]: text } } })],
  ["sign-in", renderSignIn({ ...signInPage, language, clientName: text, redirectHost: text, serverName: text, form: { action: text, hidden: { [text]: text } } })],
  ["sign-in again", renderSignIn({ ...signInPage, language, clientName: text, problem: { kind: "wrong-password" } })],
  ["sign-in locked", renderSignIn({ ...signInPage, language, problem: { kind: "locked", now: 0, unlocksAt: 60_000 } })],
  ["returning", renderReturning({ ...returnPage, language, clientName: text, redirectHost: text, target: text })],
  ["denied", renderReturning({ ...returnPage, language, outcome: "denied", redirectKind: "private-use" })],
  ["problem", renderProblem({ language, problem: "expired", reference: text })],
  ["landing", renderLanding({ language, serverName: text, mcpUrl: text, shortName: text })],
];
