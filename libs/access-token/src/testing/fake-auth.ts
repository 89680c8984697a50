import { type Bus, createMessenger, type Messenger, type Subscription } from "@mcp-auth-proxy/bus";
import { type AppError, type AnyEventEnvelope, authV1, type Clock } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { createSigner, type Signer } from "./signer.ts";

/** What a token says instead of what it would say; `aud`, `iss`, `kid` and `typ` too. */
export interface TokenOptions {
  readonly subject?: string;
  readonly client?: string;
  readonly grant?: string;
  readonly issuedAt?: number;
  readonly expiresAt?: number;
  readonly kid?: string;
  readonly typ?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly without?: readonly string[];
}

/** The other end of auth's contracts: signs tokens, keeps a denylist and a feed, beats when it is told to. */
export class FakeAuth {
  readonly #messenger: Messenger;
  readonly #clock: Clock;
  readonly #issuer: string;
  readonly #subscriptions: readonly Subscription[];
  #signers: readonly Signer[];
  readonly denied: authV1.DenyEntry[] = [];
  readonly #feed: { readonly event: AnyEventEnvelope; readonly position: number }[] = [];
  logEpoch = 1;
  position = 0;
  /** When set, every question is answered with this error. */
  failure: AppError | undefined;
  /** What happens once a page of the denylist was put together, and before it is sent. */
  afterDenylistPage: (() => Promise<void>) | undefined;
  /** So many pages of the feed say that there is more and lead nowhere. */
  pagesLeadingNowhere = 0;
  readonly asked = { jwks: 0, denylist: 0, readFeed: 0 };

  private constructor(bus: Bus, clock: Clock, issuer: string, signer: Signer) {
    const log = createLog({ level: "error", format: "json", destination: { write: () => undefined } });
    this.#messenger = createMessenger({ bus, service: "auth", log, tracer: noTracer });
    this.#clock = clock;
    this.#issuer = issuer;
    this.#signers = [signer];
    this.#subscriptions = [
      this.#messenger.serve(authV1.jwks, async () => this.#answer("jwks", { keys: this.#signers.map(({ jwk }) => jwk) })),
      this.#messenger.serve(authV1.denylist, async ({ after = "" }) => {
        const rest = this.denied.filter(({ id }) => id > after).toSorted((one, other) => (one.id < other.id ? -1 : 1));
        const entries = rest.slice(0, authV1.denylistPageSize);
        const next = rest.length > entries.length ? { next: entries.at(-1)?.id ?? "" } : {};
        const page = this.#answer("denylist", { entries, at: this.head, ...next });
        await this.afterDenylistPage?.();
        return page;
      }),
      this.#messenger.serve(authV1.readFeed, async ({ after, limit }) => {
        if (this.pagesLeadingNowhere > 0) {
          this.pagesLeadingNowhere -= 1;
          return this.#answer("readFeed", { events: [], next: after, end: false });
        }
        const events = this.#feed.filter(({ position }) => position > after.position).slice(0, limit);
        const position = events.length === limit ? (events.at(-1)?.position ?? this.position) : this.position;
        const next = { logEpoch: this.logEpoch, position };
        return this.#answer("readFeed", { events: events.map(({ event }) => event), next, end: position === this.position });
      }),
    ];
  }

  static async start(bus: Bus, clock: Clock, issuer: string): Promise<FakeAuth> {
    return new FakeAuth(bus, clock, issuer, await createSigner("key-1"));
  }

  get head(): authV1.FeedPosition {
    return { logEpoch: this.logEpoch, position: this.position };
  }

  /** A new key, told as auth tells it; with `withdraw`, the old ones are gone at once. */
  async rotate(kid: string, { withdraw = false } = {}): Promise<void> {
    this.#signers = [await createSigner(kid), ...(withdraw ? [] : this.#signers)];
    this.position += 1;
    const { type } = authV1.signingKeyActivated;
    const streamId = `signing-key-${kid}`;
    await this.#messenger.announce(authV1.signingKeyActivated, { ...this.#frame(), type, schema: 1, streamId, streamVersion: 2, data: { kid } });
  }

  async heartbeat(): Promise<void> {
    await this.#messenger.tell(authV1.heartbeat.subject, authV1.heartbeat.body, { head: this.head, at: this.#clock.now() });
  }

  /** Appends a revocation to the log; tells it on core as auth does, unless it is to get lost. */
  async revoke(grant: string, { lost = false, schema = 1 } = {}): Promise<void> {
    const deny = { kind: "grant" as const, id: grant, issuedBefore: this.#clock.now(), until: this.#clock.now() + 3_600_000 };
    const data = { grantId: grant, subjectId: "s", clientId: "c", reason: "operator" as const, deny };
    const event = { ...this.#frame(), type: authV1.grantRevoked.type, schema: 1 as const, streamId: `grant-${grant}`, streamVersion: 2, data };
    this.position += 1;
    this.denied.push(deny);
    this.#feed.push({ event: { ...event, schema }, position: this.position });
    if (!lost) await this.#messenger.announce(authV1.grantRevoked, event);
  }

  async token(resource: string, options: TokenOptions = {}): Promise<string> {
    const now = this.#clock.now();
    const [signer] = this.#signers;
    if (signer === undefined) throw new Error("no key");
    const claims: Record<string, unknown> = {
      iss: this.#issuer,
      aud: resource,
      sub: options.subject ?? "subject-1",
      client_id: options.client ?? "client-1",
      grant: options.grant ?? "grant-1",
      scope: "mcp-access",
      iat: Math.floor((options.issuedAt ?? now) / 1000),
      exp: Math.floor((options.expiresAt ?? now + 3_600_000) / 1000),
      jti: uuidv7(),
      ...options.claims,
    };
    for (const name of options.without ?? []) delete claims[name];
    return signer.sign(claims, { typ: options.typ ?? "at+jwt", kid: options.kid ?? signer.jwk.kid });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
  }

  #frame() {
    return { id: uuidv7(), at: this.#clock.now(), meta: { correlationId: "test", actor: "test" } };
  }

  #answer<T>(question: keyof FakeAuth["asked"], answer: T): T {
    this.asked[question] += 1;
    if (this.failure !== undefined) throw this.failure;
    return answer;
  }
}
