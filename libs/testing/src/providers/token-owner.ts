import { createHash } from "node:crypto";
import { isObject } from "../json.ts";

/** Whose token it is, by the word of the provider that gave it out. */
export interface TokenOwner {
  /** `sub`, or GitHub's numeric id as a string: what `subOf` of a provider answers. */
  readonly person: string;
  readonly login: string | undefined;
  readonly email: string | undefined;
  /** As the `hash` of `requests`: tells tokens apart without showing them. */
  readonly tokenHash: string;
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Asks userinfo (OpenID, Google) or `/user` (GitHub) whose access token this is. Undefined: nobody's, or not any more. */
export async function tokenOwner(userinfo: string, accessToken: string): Promise<TokenOwner | undefined> {
  const headers = { authorization: `Bearer ${accessToken}`, accept: "application/json", "user-agent": "upstream-mcp-server" };
  const answer = await fetch(userinfo, { headers, redirect: "error", signal: AbortSignal.timeout(10_000) });
  if (answer.status === 401) return undefined;
  if (!answer.ok) throw new Error(`the provider answered ${answer.status}`);
  const claims: unknown = await answer.json();
  if (!isObject(claims)) throw new Error("the provider did not answer with an object");
  const person = text(claims.sub) ?? (typeof claims.id === "number" ? String(claims.id) : undefined);
  if (person === undefined) throw new Error("the provider does not say who it is");
  const tokenHash = createHash("sha256").update(accessToken).digest("base64url").slice(0, 16);
  return { person, login: text(claims.login) ?? text(claims.preferred_username), email: text(claims.email), tokenHash };
}
