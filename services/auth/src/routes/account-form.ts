import { constantTimeEqual, fingerprint } from "@mcp-auth-proxy/crypto";
import type { Parameters } from "@mcp-auth-proxy/http";
import type { AuthParts } from "../parts.ts";
import type { PageForm } from "../views/models.ts";
import { fieldNames } from "./browser-transaction.ts";
import { PageError } from "./page-error.ts";

/** Which of the account's forms: a token of one is no use for the other. */
export type AccountStage = "account" | "account-sign-in";

const tokenOf = ({ keys }: AuthParts, stage: AccountStage, cookie: string): string => fingerprint(keys.formKey, `csrf-token/${stage}`, cookie);

/** A form of the account page, tied to a cookie of this browser. */
export const accountForm = (parts: AuthParts, stage: AccountStage, action: string, cookie: string): PageForm => ({
  action,
  hidden: { [fieldNames.csrf]: tokenOf(parts, stage, cookie) },
});

export const requireAccountToken = (parts: AuthParts, stage: AccountStage, cookie: string, parameters: Parameters): void => {
  if (!parts.config.csrf.protection) return;
  const sent = parameters.get(fieldNames.csrf) ?? "";
  if (cookie === "" || !constantTimeEqual(sent, tokenOf(parts, stage, cookie))) throw new PageError("other-browser", "the CSRF token does not fit");
};
