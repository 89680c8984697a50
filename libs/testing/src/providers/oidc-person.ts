/** Somebody with an account at an OpenID provider. Everything but the login has a default. */
export interface OidcPerson {
  readonly login: string;
  /** Default: made of the login, and stable. */
  readonly sub?: string;
  /** Default `<login>@example.com`. */
  readonly email?: string;
  /** Default true; "absent" sends no such claim, as Entra ID does. */
  readonly emailVerified?: boolean | "absent";
  /** Default: the login with a capital. */
  readonly name?: string;
  readonly picture?: string;
  readonly groups?: readonly string[];
  /** More claims, over all of the others. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export const subjectOf = ({ sub, login }: OidcPerson): string => sub ?? `subject-of-${login}`;
export const nameOf = ({ name, login }: OidcPerson): string => name ?? `${login.charAt(0).toUpperCase()}${login.slice(1)}`;
export const emailOf = ({ email, login }: OidcPerson): string => email ?? `${login}@example.com`;

/** What a provider says of a person in userinfo and id tokens, before scopes take things away. */
export function claimsOf(person: OidcPerson): Readonly<Record<string, unknown>> & { readonly sub: string } {
  const { login, emailVerified = true, picture = `https://pictures.example/${login}.png`, groups = [], claims = {} } = person;
  return {
    email: emailOf(person),
    ...(emailVerified === "absent" ? {} : { email_verified: emailVerified }),
    name: nameOf(person),
    preferred_username: login,
    picture,
    groups,
    ...claims,
    sub: subjectOf(person),
  };
}
