import type { AccessRule, IdentityFacts } from "../validate/access-rules.ts";
import { claimAt, rootOf, textAt, valuesAt, type Claims } from "./claims.ts";
import type { UpstreamIdentity } from "./upstream-client.ts";

/** Where an OIDC provider says what. */
export interface ClaimFields {
  readonly provider: string;
  readonly issuer: string;
  readonly userIdField: string;
  readonly groupsClaim: string;
  readonly trustEmail: boolean;
  /** Every rule that may be asked about its people. */
  readonly rules: readonly AccessRule[];
}

const pointersIn = (rules: readonly AccessRule[]): readonly string[] => [...new Set(rules.flatMap((rule) => (rule.kind === "attribute" ? [rule.pointer] : [])))];

/** Claims that are looked at: userinfo is asked for those that the ID token lacks. */
export const neededClaims = ({ userIdField, groupsClaim, rules }: ClaimFields): readonly string[] => [
  "email",
  rootOf(userIdField),
  ...(rules.some(({ kind }) => kind === "group") ? [rootOf(groupsClaim)] : []),
  ...pointersIn(rules).map(rootOf),
];

const isTrue = (value: unknown): boolean => value === true || value === "true";

/**
 * An address counts with the word of the same source that it is verified: one source's word is nothing about the
 * address of another. What nobody says anything about counts where the operator said so, and never where somebody says no.
 */
const emailOf = (sources: readonly Claims[], trustEmail: boolean): string | undefined => {
  const said = sources.flatMap((claims) => {
    const email = textAt(claims, "email");
    return email === undefined ? [] : [{ email, verified: claimAt(claims, "email_verified") }];
  });
  const verified = said.find((each) => isTrue(each.verified));
  if (verified !== undefined) return verified.email;
  return trustEmail && said.every((each) => each.verified === undefined) ? said[0]?.email : undefined;
};

const nameOf = (sources: readonly Claims[], field: string, email: string | undefined): string | undefined => {
  // An address as a name is as good as it is verified.
  if (rootOf(field) === "email") return email;
  return sources.map((claims) => textAt(claims, field)).find((text) => text !== undefined);
};

const firstValues = (sources: readonly Claims[], field: string): readonly string[] => sources.map((claims) => valuesAt(claims, field)).find((values) => values.length > 0) ?? [];

/** A person of an OIDC provider, from the claims of the verified ID token, and then of userinfo. Pure. */
export const oidcIdentity = (subject: string, sources: readonly Claims[], fields: ClaimFields): UpstreamIdentity => {
  const { provider, issuer, userIdField, groupsClaim, trustEmail, rules } = fields;
  const email = emailOf(sources, trustEmail);
  const name = nameOf(sources, userIdField, email);
  const [workspace] = firstValues(sources, "hd");
  const facts: IdentityFacts = {
    provider,
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    ...(workspace === undefined ? {} : { workspace }),
    groups: firstValues(sources, groupsClaim),
    organisations: [],
    attributes: Object.fromEntries(pointersIn(rules).map((pointer) => [pointer, firstValues(sources, pointer)])),
  };
  return { account: JSON.stringify([provider, issuer.replace(/\/$/, ""), subject]), name: email ?? name ?? subject, facts };
};
