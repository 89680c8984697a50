import { AppError, vaultV1, type AnyEventEnvelope, type EventContract } from "@mcp-auth-proxy/contracts";
import type { Subscription } from "@mcp-auth-proxy/bus";
import type { FeedPosition, Unit } from "@mcp-auth-proxy/event-store";
import { Value } from "typebox/value";
import type { Static, TSchema } from "typebox";
import { forgetCredential, keepCredential, markBroken } from "../custody/credentials.ts";
import { attemptDecider } from "../domain/attempt.ts";
import type { RefresherParts } from "../parts.ts";
import type { RefresherSql } from "../projections/tables.ts";

/**
 * Follows the vault's log. The bus only says that there is something new: what it is, is read from the vault's feed, in the
 * vault's own order, from the place that was kept with what was made of it. So nothing is missed or taken in the wrong order,
 * whatever the bus loses or repeats.
 */
export interface CredentialFeed {
  /** Reads to the end of the feed. Throws AppError when the vault does not answer. */
  catchUp(): Promise<void>;
  /** From now on: catches up when the bus tells of something, and now and then in any case. */
  follow(): Promise<void>;
  /** `unread`: never to its end since the start. `behind`: the last reading failed. */
  condition(): "unread" | "current" | "behind";
  stop(): Promise<void>;
}

const feed = "vault";
const pollMs = 15_000;
const beginning: FeedPosition = { logEpoch: 1, position: 0 };

const placeIn = async (sql: RefresherSql): Promise<FeedPosition> => {
  const row = await sql.selectFrom("tt_feed_places").select(["log_epoch", "position"]).where("feed", "=", feed).executeTakeFirst();
  return row === undefined ? beginning : { logEpoch: row.log_epoch, position: row.position };
};

const keepPlace = async (sql: RefresherSql, { logEpoch, position }: FeedPosition): Promise<void> => {
  const place = { log_epoch: logEpoch, position };
  await sql
    .insertInto("tt_feed_places")
    .values({ feed, ...place })
    .onConflict((conflict) => conflict.column("feed").doUpdateSet(place))
    .execute();
};

/** The data of an envelope, where it is of this contract; one that is of it and reads wrong is refused, and with it the page. */
const dataOf = <Data extends TSchema>({ type, schema, envelope: { properties } }: EventContract<Data>, envelope: AnyEventEnvelope): Static<Data> | undefined => {
  if (envelope.type !== type) return undefined;
  const data: unknown = envelope.data;
  if (envelope.schema !== schema || !Value.Check(properties.data, data)) throw new AppError("refused", `the vault's event ${type} has a shape that is not known here`);
  return data;
};

const apply = async (unit: Unit, envelope: AnyEventEnvelope, thresholdMs: number): Promise<void> => {
  const facts = dataOf(vaultV1.credentialStored, envelope) ?? dataOf(vaultV1.credentialReplaced, envelope);
  if (facts !== undefined) {
    await keepCredential(unit.sql, facts);
    await unit.execute(attemptDecider, facts.credentialId, { type: "PlanRefresh", credential: facts, thresholdMs });
    return;
  }
  const broken = dataOf(vaultV1.credentialBroken, envelope);
  if (broken !== undefined) {
    const { credentialId, generation } = broken;
    await markBroken(unit.sql, credentialId, generation);
    await unit.execute(attemptDecider, credentialId, { type: "AbandonRefresh", credentialId, generation, reason: "broken" });
    return;
  }
  const shredded = dataOf(vaultV1.credentialShredded, envelope);
  if (shredded === undefined) return;
  const { credentialId, generation } = shredded;
  await unit.execute(attemptDecider, credentialId, { type: "AbandonRefresh", credentialId, generation, reason: "forgotten" });
  await forgetCredential(unit.sql, credentialId);
};

export const createCredentialFeed = (parts: RefresherParts): CredentialFeed => {
  const { messenger, store, handle, log, config } = parts;
  let running: Promise<void> | undefined;
  let condition: ReturnType<CredentialFeed["condition"]> = "unread";
  let subscriptions: readonly Subscription[] = [];
  let timer: NodeJS.Timeout | undefined;

  const readPage = async (): Promise<boolean> => {
    const after = await placeIn(store.sql);
    const page = await messenger.ask(vaultV1.readFeed, { after, limit: vaultV1.feedPageSize });
    const moved = page.next.position !== after.position || page.next.logEpoch !== after.logEpoch;
    // Each page must lead further, or an answer gone wrong would keep us here for good.
    if (!moved && !page.end) throw new AppError("internal", "the vault's feed leads nowhere");
    if (!moved) return true;
    await handle({ name: "follow-vault", meta: { correlationId: `vault-feed/${page.next.position}`, actor: "service:refresher" } }, async (unit) => {
      const now = await placeIn(unit.sql);
      // Another replica was faster: what it read it has taken down, and the next page goes on from there.
      if (now.position !== after.position || now.logEpoch !== after.logEpoch) return;
      for (const envelope of page.events) await apply(unit, envelope, config.policy.thresholdMs);
      await keepPlace(unit.sql, page.next);
    });
    return page.end;
  };

  const readAll = async (): Promise<void> => {
    try {
      while (!(await readPage()));
      condition = "current";
    } catch (error) {
      if (condition === "current") condition = "behind";
      throw error;
    }
  };

  const catchUp = async (): Promise<void> => {
    // A reading that is under way may have passed the place already that somebody has just heard of: one more then.
    const before = running;
    if (before !== undefined) await before.catch(() => undefined);
    running ??= readAll().finally(() => {
      running = undefined;
    });
    await running;
  };

  const told = (): Promise<void> => catchUp();

  return {
    catchUp,
    condition: () => condition,
    follow: async () => {
      subscriptions = await Promise.all([
        messenger.follow(vaultV1.credentialStored, { durable: "refresher-credential-stored" }, told),
        messenger.follow(vaultV1.credentialReplaced, { durable: "refresher-credential-replaced" }, told),
        messenger.follow(vaultV1.credentialBroken, { durable: "refresher-credential-broken" }, told),
        messenger.follow(vaultV1.credentialShredded, { durable: "refresher-credential-shredded" }, told),
      ]);
      timer = setInterval(() => {
        catchUp().catch((error: unknown) => log.warn({ err: error }, "the vault's events could not be read"));
      }, pollMs);
      timer.unref();
    },
    stop: async () => {
      clearInterval(timer);
      const ending = subscriptions;
      subscriptions = [];
      await Promise.all(ending.map((each) => each.stop()));
      await running?.catch(() => undefined);
    },
  };
};
