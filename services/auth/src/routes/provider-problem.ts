import { correlationHeader } from "@mcp-auth-proxy/http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { AuthParts } from "../parts.ts";
import type { Visit } from "../pending/visits.ts";
import type { UpstreamProvider } from "../upstream/upstream-provider.ts";
import type { ProviderProblem } from "../views/models.ts";
import { providerProblemStatus, renderProviderProblem } from "../views/provider-problem.ts";
import { basePath } from "./base-path.ts";
import { fieldNames, transactionForm } from "./browser-transaction.ts";
import { languageOf, sendPage } from "./pages.ts";
import { transactionCookie } from "./transaction-cookies.ts";

/** What went wrong at a provider, and where it happened. */
export interface FailedVisit {
  readonly purpose: Visit["purpose"];
  readonly provider: UpstreamProvider;
  readonly problem: ProviderProblem;
  /** Which account it is about, as its provider names it. */
  readonly account?: string;
}

/** A link to a provider, on the sign-in page of a transaction. */
export const providerLink = (issuer: string, transaction: string, provider: string, more: Readonly<Record<string, string>> = {}): string =>
  `${basePath(issuer)}/authorize/sign-in/provider?${new URLSearchParams({ [fieldNames.transaction]: transaction, provider, ...more }).toString()}`;

const wayOn = ({ config, keys }: AuthParts, request: FastifyRequest, { purpose, provider }: FailedVisit) => {
  const base = basePath(config.issuer);
  if (purpose.kind === "account") return { retry: `${base}/account`, another: undefined, deny: undefined };
  const { pendingId: id } = purpose;
  const csrfCookie = transactionCookie(request, "csrf", id, config);
  return {
    retry: `${base}/authorize/sign-in?${fieldNames.transaction}=${id}`,
    another: providerLink(config.issuer, id, provider.id, { account: "another" }),
    deny: transactionForm(keys, "consent", `${base}/authorize/consent`, { id, csrfCookie }),
  };
};

/** Says what happened at the provider, and leads on: to another try, another account, or back to the app without access. */
export const sendProviderProblem = (parts: AuthParts, request: FastifyRequest, reply: FastifyReply, failed: FailedVisit): FastifyReply => {
  const { provider, problem, account } = failed;
  const page = { language: languageOf(request), provider: provider.displayName, problem, account, ...wayOn(parts, request, failed), reference: request.id };
  void reply.header(correlationHeader, request.id);
  return sendPage(reply, providerProblemStatus[problem], renderProviderProblem(page));
};
