import { err, ok, type Result } from "@mcp-auth-proxy/contracts";

/** What the client wants its person to be shown (OpenID Connect Core section 3.1.2.1). */
export interface Prompt {
  /** Nothing at all: answer or fail at once. */
  readonly none: boolean;
  /** The sign-in, although a session is there. */
  readonly login: boolean;
  /** The consent, although it was given before. */
  readonly consent: boolean;
}

/** Values that mean nothing to us are passed over, as that section allows; `none` together with another contradicts itself. */
export const parsePrompt = (raw: string | undefined): Result<Prompt, "invalid_request"> => {
  const values = new Set((raw ?? "").split(" ").filter((value) => value !== ""));
  const none = values.has("none");
  if (none && values.size > 1) return err("invalid_request");
  // Choosing an account is signing in: there is nothing else to choose from.
  return ok({ none, login: values.has("login") || values.has("select_account"), consent: values.has("consent") });
};
