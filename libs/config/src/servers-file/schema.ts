import { Type, type Static } from "typebox";

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const strict = { additionalProperties: false } as const;
const Names = (maxItems: number) => Type.Array(Text(256), { maxItems });

const EnvironmentName = "^[A-Za-z_][A-Za-z0-9_]{0,127}$";

/** How the server gets the token of the person who calls: exactly one of the four. */
export const InjectEntry = Type.Union([
  Type.Object({ header: Text(512) }, strict),
  Type.Object({ env: Type.Record(Type.String({ pattern: EnvironmentName }), Text(512), { minProperties: 1, maxProperties: 20 }) }, strict),
  Type.Object({ file: Type.Object({ env: Type.String({ pattern: EnvironmentName }), format: Type.Literal("google-authorized-user") }, strict) }, strict),
  Type.Object({ params: Type.Literal("authorization") }, strict),
]);
export type InjectEntry = Static<typeof InjectEntry>;

/** One server. Keys that are not here are refused: a slip in one must not open a server wider than it was meant. */
export const ServerEntry = Type.Object(
  {
    name: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,62}$" }),
    type: Type.Optional(Type.Union([Type.Literal("stdio"), Type.Literal("http"), Type.Literal("sse")])),
    transport: Type.Optional(Type.Union([Type.Literal("stdio"), Type.Literal("http"), Type.Literal("sse")])),
    command: Type.Optional(Text(4_096)),
    args: Type.Optional(Type.Array(Type.String({ maxLength: 8_192 }), { maxItems: 200 })),
    env: Type.Optional(Type.Record(Type.String({ pattern: EnvironmentName }), Type.String({ maxLength: 32_768 }), { maxProperties: 200 })),
    cwd: Type.Optional(Text(4_096)),
    url: Type.Optional(Text(1_024)),
    tier: Type.Optional(Type.Union([Type.Literal(1), Type.Literal(2)])),
    requires_oauth: Type.Optional(Type.Boolean()),
    oauth_provider: Type.Optional(Type.String({ pattern: "^[a-z][a-z0-9-]{0,39}$" })),
    oauth_client: Type.Optional(Type.Object({ id: Text(512), secret: Text(2_048) }, strict)),
    scopes: Type.Optional(Names(100)),
    allowed_users: Type.Optional(Names(1_000)),
    inject: Type.Optional(InjectEntry),
    isolation: Type.Optional(Type.Union([Type.Literal("session"), Type.Literal("user"), Type.Literal("shared")])),
    stateless: Type.Optional(Type.Boolean()),
    stateful: Type.Optional(Type.Boolean()),
    tools: Type.Optional(Type.Object({ allow: Type.Optional(Names(1_000)), deny: Type.Optional(Names(1_000)) }, strict)),
  },
  strict,
);
export type ServerEntry = Static<typeof ServerEntry>;

/** The file around the entries, which are looked at one by one. */
export const ServersFile = Type.Object({ servers: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 500 }) }, strict);
