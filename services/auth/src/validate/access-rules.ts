/** One way to be let in. Addresses, domains, logins and organisations are compared without regard to ASCII case. */
export type AccessRule =
  | { readonly kind: "everyone" }
  /** A verified e-mail address. */
  | { readonly kind: "email"; readonly email: string }
  /** A verified e-mail address at exactly this domain. */
  | { readonly kind: "email-domain"; readonly domain: string }
  | { readonly kind: "github-login"; readonly login: string }
  /** What the OIDC provider's user id field says, or a verified e-mail address. */
  | { readonly kind: "name"; readonly name: string }
  /** The same with stars, each for any number of characters. */
  | { readonly kind: "name-glob"; readonly glob: string }
  | { readonly kind: "group"; readonly group: string }
  /** Google's `hd`: the account belongs to this Workspace. */
  | { readonly kind: "workspace"; readonly domain: string }
  | { readonly kind: "github-org"; readonly org: string; readonly team?: string }
  /** A claim, by JSON pointer (RFC 6901): it is this value, or holds it. */
  | { readonly kind: "attribute"; readonly pointer: string; readonly value: string };

/** What a provider said of somebody at their last sign-in, as far as rules look at it. Personal data. */
export interface IdentityFacts {
  /** The provider's id in the configuration. */
  readonly provider: string;
  /** The user id field's value. */
  readonly name?: string;
  /** Only an address that the provider has verified, or that the operator said to trust. */
  readonly email?: string;
  readonly githubLogin?: string;
  readonly workspace?: string;
  readonly groups: readonly string[];
  /** `org` and `org:team`, as far as a rule names the organisation. */
  readonly organisations: readonly string[];
  /** Values by pointer, of the pointers that rules name. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** ASCII only: full case folding makes letters of other scripts equal to ours (U+212A is a `k` then). */
export const foldAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const same = (one: string | undefined, other: string): boolean => one !== undefined && foldAscii(one) === foldAscii(other);

/** What has no `@` in it is no address, whatever its provider calls it: all of it would be a domain. */
const domainOf = (email: string | undefined): string | undefined => (email?.includes("@") === true ? email.slice(email.lastIndexOf("@") + 1) : undefined);

/** Part by part from the left: no pattern makes it slow. */
const fitsGlob = (glob: string, text: string): boolean => {
  const [first = "", ...rest] = foldAscii(glob).split("*");
  const folded = foldAscii(text);
  const last = rest.pop();
  if (last === undefined) return folded === first;
  if (!folded.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = folded.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return folded.length - last.length >= at && folded.endsWith(last);
};

const fits = (rule: AccessRule, facts: IdentityFacts): boolean => {
  switch (rule.kind) {
    case "everyone":
      return true;
    case "email":
      return same(facts.email, rule.email);
    case "email-domain":
      return same(domainOf(facts.email), rule.domain);
    case "github-login":
      return same(facts.githubLogin, rule.login);
    case "name":
      return facts.name === rule.name || same(facts.email, rule.name);
    case "name-glob":
      return [facts.name, facts.email].some((text) => text !== undefined && fitsGlob(rule.glob, text));
    case "group":
      return facts.groups.includes(rule.group);
    case "workspace":
      return same(facts.workspace, rule.domain);
    case "github-org": {
      const wanted = rule.team === undefined ? rule.org : `${rule.org}:${rule.team}`;
      return facts.organisations.some((each) => same(each, wanted));
    }
    case "attribute":
      return Object.hasOwn(facts.attributes, rule.pointer) && facts.attributes[rule.pointer]?.includes(rule.value) === true;
    default:
      return rule satisfies never;
  }
};

/** One rule that fits is enough; without rules nobody gets in. */
export const isAllowed = (rules: readonly AccessRule[], facts: IdentityFacts): boolean => rules.some((rule) => fits(rule, facts));

/** The rules of a configuration, as far as access is decided by them. */
export interface AccessPolicy {
  readonly allowed: readonly AccessRule[];
  readonly providers: readonly { readonly id: string; readonly allowed: readonly AccessRule[] }[];
  readonly resources: readonly { readonly resource: string; readonly allowedUsers?: readonly AccessRule[] }[];
}

/** `server`: may sign in, and not use this server. */
export type AccessDecision = "allowed" | "refused" | "server";

/**
 * Whether somebody may sign in, and use a server (none: our own pages). The lists for all and for their provider are one
 * list; a server's own list is asked in addition. Facts from a provider that is not configured any more count for nothing.
 */
export const decideAccess = (policy: AccessPolicy, facts: IdentityFacts, resource: string | undefined): AccessDecision => {
  const provider = policy.providers.find(({ id }) => id === facts.provider);
  if (provider === undefined || !isAllowed([...policy.allowed, ...provider.allowed], facts)) return "refused";
  if (resource === undefined) return "allowed";
  const server = policy.resources.find((each) => each.resource === resource);
  if (server === undefined) return "server";
  return server.allowedUsers === undefined || isAllowed(server.allowedUsers, facts) ? "allowed" : "server";
};

/** All rules that may be asked about somebody of a provider: what is not named here need not be looked up. */
export const rulesAbout = (policy: AccessPolicy, provider: string): readonly AccessRule[] => [
  ...policy.allowed,
  ...policy.providers.filter(({ id }) => id === provider).flatMap(({ allowed }) => allowed),
  ...policy.resources.flatMap(({ allowedUsers }) => allowedUsers ?? []),
];
