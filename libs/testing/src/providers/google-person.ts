import { createHash } from "node:crypto";
import { nameOf, type OidcPerson } from "./oidc-person.ts";

/** Somebody with a Google account. */
export interface GooglePerson extends OidcPerson {
  /** The Workspace domain; absent: a private account, without an `hd` claim. */
  readonly hd?: string;
}

/** Google's subjects are 21 digits: too large for a number, and more than one program has rounded them. */
export const googleSubject = (login: string): string =>
  `1${(BigInt(`0x${createHash("sha256").update(login).digest("hex")}`) % 10n ** 20n).toString().padStart(20, "0")}`;

/** The same person with the claims that Google sends. */
export function asOidcPerson(person: GooglePerson): OidcPerson {
  const { hd, login } = person;
  const [givenName = "", ...familyNames] = nameOf(person).split(" ");
  const familyName = familyNames.length === 0 ? {} : { family_name: familyNames.join(" ") };
  const claims = { given_name: givenName, ...familyName, ...(hd === undefined ? {} : { hd }), ...person.claims };
  return { sub: googleSubject(login), email: `${login}@${hd ?? "gmail.com"}`, ...person, claims };
}
