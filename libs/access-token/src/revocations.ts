import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { AppError, authV1, type Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Static } from "typebox";
import { Compile } from "typebox/compile";
import type { DeniableCaller } from "./caller.ts";
import { Denylist } from "./denylist.ts";

type FeedPage = Static<typeof authV1.readFeed.response>;
type DenylistPage = Static<typeof authV1.denylist.response>;

export interface RevocationsOptions {
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly log: Log;
  /** How long the feed may be without a sign that nothing is missing. */
  readonly feedMs: number;
  /** Called after something was denied: for what is still under way for a caller who was let in before. */
  readonly denied?: (denies: (caller: DeniableCaller) => boolean) => void;
}

/**
 * Follows what auth takes back. A revocation is heard at once on core NATS, which may lose messages; so auth's
 * heartbeat says where its log ends, and whatever is missing up to there is read from the feed. While that can not
 * be done the feed grows old, and an old feed means that nobody gets in: a denial we do not know of may exist.
 */
export class Revocations {
  readonly #options: RevocationsOptions;
  readonly #denylist = new Denylist();
  readonly #subscriptions: Subscription[] = [];
  #at: authV1.FeedPosition | undefined;
  #completeAt = Number.NEGATIVE_INFINITY;
  #catchingUp: Promise<void> | undefined;

  constructor(options: RevocationsOptions) {
    this.#options = options;
  }

  /** Listens, and loads what is denied already. Rejects when that can not be had. */
  async start(): Promise<void> {
    // Listen first: what is taken back while the list is on its way must not fall between the two.
    this.listen();
    await this.#load();
  }

  /** Only listens, for who starts before auth does: the list comes with auth's first heartbeat, or with `loadOnce`. */
  listen(): void {
    const { messenger } = this.#options;
    this.#subscriptions.push(
      messenger.hear(authV1.grantRevoked, ({ data }) => this.#deny([data.deny])),
      messenger.hearPlain(authV1.heartbeat.subject, authV1.heartbeat.body, ({ head }) => this.#onHeartbeat(head)),
    );
  }

  /** Loads what was never loaded, for who can not wait for a heartbeat. Rejects when it can not be had. */
  async loadOnce(): Promise<void> {
    if (this.#at !== undefined) return;
    await this.#alone(() => this.#load());
  }

  async stop(): Promise<void> {
    await Promise.all(this.#subscriptions.splice(0).map((subscription) => subscription.stop()));
  }

  /** Whether what is known here is recent enough to let anyone in. */
  get fresh(): boolean {
    return this.#options.clock.now() - this.#completeAt <= this.#options.feedMs;
  }

  denies(caller: DeniableCaller): boolean {
    return this.#denylist.denies(caller);
  }

  sweep(now: number): void {
    this.#denylist.sweep(now);
  }

  async #load(): Promise<void> {
    const { messenger, clock } = this.#options;
    const askedAt = clock.now();
    const first = await messenger.ask(authV1.denylist, {});
    this.#deny(first.entries);
    for (let after = first.next; after !== undefined; ) {
      const page: DenylistPage = await messenger.ask(authV1.denylist, { after });
      // Each page must lead further, or an answer gone wrong would keep us here for good.
      if (page.next !== undefined && page.next <= after) throw new AppError("internal", "the denylist leads back");
      this.#deny(page.entries);
      after = page.next;
    }
    // The first page's place: what was denied while the others were read is in the feed after it.
    this.#at = first.at;
    this.#completeAt = askedAt;
  }

  async #onHeartbeat(head: authV1.FeedPosition): Promise<void> {
    const heardAt = this.#options.clock.now();
    await this.#alone(() => this.#catchUp(head, heardAt));
  }

  /** One at a time: a slow answer must not be overtaken by the next heartbeat's. */
  async #alone(work: () => Promise<void>): Promise<void> {
    this.#catchingUp ??= work().finally(() => {
      this.#catchingUp = undefined;
    });
    await this.#catchingUp;
  }

  async #catchUp(head: authV1.FeedPosition, heardAt: number): Promise<void> {
    let at = this.#at;
    // A restored backup starts a new epoch: positions of the old one mean nothing in it.
    if (at?.logEpoch !== head.logEpoch) {
      await this.#load();
      return;
    }
    while (at.position < head.position) {
      const page: FeedPage = await this.#options.messenger.ask(authV1.readFeed, { after: at, limit: authV1.feedPageSize });
      if (page.next.logEpoch !== head.logEpoch) throw new AppError("internal", "the feed changed its epoch while it was read");
      // Each page must lead further, or an answer gone wrong would keep us here for good.
      if (!page.end && page.next.position <= at.position) throw new AppError("internal", "the feed leads nowhere");
      this.#deny(page.events.flatMap((event) => (event.type === authV1.grantRevoked.type ? [denialIn(event)] : [])));
      at = page.next;
      this.#at = at;
      if (page.end) break;
    }
    this.#completeAt = heardAt;
  }

  #deny(entries: readonly authV1.DenyEntry[]): void {
    if (entries.length === 0) return;
    for (const entry of entries) this.#denylist.add(entry);
    this.#options.log.debug({ entries: entries.length }, "revocations heard");
    this.#options.denied?.((caller) => this.#denylist.denies(caller));
  }
}

const revocation = Compile(authV1.grantRevoked.envelope);

/** A revocation in a shape that is not known here stops the feed: half-read, it would deny nobody. */
const denialIn = (event: unknown): authV1.DenyEntry => {
  if (!revocation.Check(event)) throw new AppError("internal", "a revocation in the feed has an unknown shape");
  return event.data.deny;
};
