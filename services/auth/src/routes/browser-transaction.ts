import { constantTimeEqual, fingerprint } from "@mcp-auth-proxy/crypto";
import type { Parameters } from "@mcp-auth-proxy/http";
import type { FastifyRequest } from "fastify";
import type { AuthKeys } from "../custody/keys.ts";
import type { AuthParts } from "../parts.ts";
import { cookieFingerprint, findPending, type PendingAuthorization } from "../pending/authorizations.ts";
import type { PageForm } from "../views/models.ts";
import { PageError } from "./page-error.ts";
import { transactionCookie } from "./transaction-cookies.ts";

/** Which of our two forms a CSRF token belongs to: one is no use for the other. */
export type FormStage = "consent" | "sign-in";

/** The names of the hidden fields, and of the parameter that leads to the sign-in page. */
export const fieldNames = { transaction: "transaction", csrf: "csrf_token" } as const;

/** A pending authorization, in the browser that started it. */
export interface BrowserTransaction {
  readonly id: string;
  readonly pending: PendingAuthorization;
  readonly csrfCookie: string;
}

const csrfToken = (keys: AuthKeys, stage: FormStage, id: string, csrfCookie: string): string =>
  fingerprint(keys.formKey, `csrf-token/${stage}`, `${id}.${csrfCookie}`);

/** A form of ours: where it goes, and what ties it to row, cookie and stage. */
export const transactionForm = (keys: AuthKeys, stage: FormStage, action: string, transaction: Pick<BrowserTransaction, "id" | "csrfCookie">): PageForm => ({
  action,
  hidden: {
    [fieldNames.transaction]: transaction.id,
    [fieldNames.csrf]: csrfToken(keys, stage, transaction.id, transaction.csrfCookie),
  },
});

/**
 * A post must come from our own page. Browsers that send Fetch Metadata say so; `Origin` is `null` even from our own
 * pages, because they send no referrer (Fetch standard, "append a request Origin header"), so alone it proves nothing.
 */
export const requireOurPage = (request: FastifyRequest, issuer: string): void => {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") throw new PageError("other-browser", "the form came from another site");
  const { origin } = request.headers;
  if (origin !== undefined && origin !== "null" && origin !== new URL(issuer).origin) throw new PageError("other-browser", "the form came from another origin");
};

/** The transaction that a request names, if this browser started it (A04). */
export const requireTransaction = async (parts: AuthParts, request: FastifyRequest, parameters: Parameters): Promise<BrowserTransaction> => {
  const { keys, config, clock } = parts;
  const id = parameters.get(fieldNames.transaction) ?? "";
  const pending = await findPending(parts.store.sql, keys, id, clock.now());
  if (pending === undefined) throw new PageError("expired", "no such pending authorization");
  const csrfCookie = transactionCookie(request, "csrf", id, config);
  if (!constantTimeEqual(cookieFingerprint(keys, "csrf", csrfCookie), pending.csrfFingerprint)) {
    throw new PageError("other-browser", "the cookie of this transaction is missing or another one");
  }
  return { id, pending, csrfCookie };
};

export const requireCsrfToken = (parts: AuthParts, stage: FormStage, { id, csrfCookie }: BrowserTransaction, parameters: Parameters): void => {
  if (!parts.config.csrf.protection) return;
  const sent = parameters.get(fieldNames.csrf) ?? "";
  if (!constantTimeEqual(sent, csrfToken(parts.keys, stage, id, csrfCookie))) throw new PageError("other-browser", "the CSRF token does not fit");
};

/** The consent was given, and in this browser (A02). */
export const requireApproval = (parts: AuthParts, request: FastifyRequest, { id, pending }: BrowserTransaction): void => {
  if (pending.approval === undefined) throw new PageError("bad-request", "sign-in before consent");
  const cookie = cookieFingerprint(parts.keys, "binding", transactionCookie(request, "binding", id, parts.config));
  if (!constantTimeEqual(cookie, pending.approval.bindingFingerprint)) {
    throw new PageError("other-browser", "the binding cookie is missing or another one");
  }
};
