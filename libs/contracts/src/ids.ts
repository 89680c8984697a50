declare const brand: unique symbol;
/** A string that can't be mistaken for another kind of id. Only a codec or a generator makes one. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

export type ServiceName = "auth" | "vault" | "refresher" | "bridge";

export type AuthorizationId = Branded<"AuthorizationId">;
export type GrantId = Branded<"GrantId">;
export type ClientId = Branded<"ClientId">;
export type SubjectId = Branded<"SubjectId">;
export type KeyId = Branded<"KeyId">;
/** SHA-256, base64url, of whose credential it is, for which resource, at which provider: `credentialIdOf` makes it. */
export type CredentialId = Branded<"CredentialId">;
