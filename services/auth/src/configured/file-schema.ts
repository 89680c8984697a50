import { Type, type Static } from "typebox";

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const strict = { additionalProperties: false } as const;

/** One client, in the words of RFC 7591 where it has them. */
export const ClientEntry = Type.Object(
  {
    client_id: Type.String({ pattern: "^[\\x21-\\x7e]{1,200}$" }),
    client_name: Type.Optional(Text(80)),
    redirect_uris: Type.Optional(Type.Array(Text(2_048), { maxItems: 20 })),
    token_endpoint_auth_method: Type.Union([Type.Literal("none"), Type.Literal("client_secret_basic"), Type.Literal("client_secret_post"), Type.Literal("private_key_jwt")]),
    client_secret_file: Type.Optional(Text(4_096)),
    client_secret_sha256: Type.Optional(Type.String({ pattern: "^[0-9a-f]{64}$" })),
    jwks: Type.Optional(Type.Unknown()),
    jwks_uri: Type.Optional(Text(2_048)),
    grant_types: Type.Optional(Type.Array(Text(100), { minItems: 1, maxItems: 10 })),
    scope: Type.Optional(Text(2_000)),
    resource_server: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type ClientEntry = Static<typeof ClientEntry>;

export const IssuerEntry = Type.Object(
  {
    issuer: Text(2_048),
    jwks: Type.Optional(Type.Unknown()),
    jwks_uri: Type.Optional(Text(2_048)),
    audiences: Type.Optional(Type.Array(Text(2_048), { minItems: 1, maxItems: 100 })),
    tenant: Type.Optional(Text(200)),
  },
  strict,
);
export type IssuerEntry = Static<typeof IssuerEntry>;

export const ScopeEntry = Type.Object({ name: Text(100), includes: Type.Optional(Type.Array(Text(100), { maxItems: 50 })) }, strict);
export type ScopeEntry = Static<typeof ScopeEntry>;

/** The whole file. Keys that are not here are refused: a slip in one must not leave a client more than it was meant to have. */
export const ClientsFile = Type.Object(
  {
    clients: Type.Optional(Type.Array(ClientEntry, { maxItems: 1_000 })),
    id_jag_issuers: Type.Optional(Type.Array(IssuerEntry, { maxItems: 100 })),
    scopes: Type.Optional(Type.Array(ScopeEntry, { maxItems: 50 })),
  },
  strict,
);
