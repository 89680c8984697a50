import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { AppError, vaultV1, type Clock, type EventMeta } from "@mcp-auth-proxy/contracts";
import type { Keyring } from "@mcp-auth-proxy/crypto";
import type { CommandHandler, EventStore } from "@mcp-auth-proxy/event-store";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { adoptKeyring } from "../custody/adopt-keyring.ts";
import type { CurrentKeyring } from "../custody/current-keyring.ts";
import { rewrap } from "../custody/rewrap.ts";
import { termsInUse } from "../custody/terms-in-use.ts";

/** As many as the contract answers; a keyring has at most sixteen. */
const mostTerms = 64;

export interface RotationDeps {
  readonly messenger: Messenger;
  readonly store: EventStore;
  readonly handle: CommandHandler;
  readonly keyring: CurrentKeyring;
  readonly readKeyring: () => Keyring;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Changes the operator's key while everything goes on. Cut off anywhere, the next run goes on: every wrapped key is under
 * a key that the keyring has. One rotation at a time; the second waits, and finds little to do.
 */
export const serveRotation = (deps: RotationDeps): Subscription => {
  const { messenger, store, handle, keyring, clock, log } = deps;
  let last: Promise<unknown> = Promise.resolve();

  const rotate = async (meta: EventMeta) => {
    const next = await readNext(deps);
    await adoptKeyring(handle, next, meta, log);
    await keyring.replace(next);
    const { rewrapped, unreadable } = await rewrap(store, next, clock.now());
    const terms = (await termsInUse(store.sql)).slice(0, mostTerms);
    log.info({ term: next.activeTerm, rewrapped, unreadable, terms, actor: meta.actor }, "stored keys were moved under the active key");
    return { activeTerm: next.activeTerm, rewrapped, unreadable, terms: [...terms] };
  };

  return messenger.serve(vaultV1.rotateEncryptionKey, async ({ commandId, actor }) => {
    const meta = { correlationId: commandId, actor };
    const turn = last.then(() => rotate(meta));
    last = turn.catch(() => undefined);
    const outcome = await turn;
    // A repeat has nothing left to move, and is told what the first time did.
    return handle({ commandId, name: "rotate-encryption-key", meta }, () => Promise.resolve(outcome));
  });
};

/** Here is where an operator looks for what is wrong with it; the reason holds nothing of a key. */
const readOrTell = (readKeyring: () => Keyring, log: Log): Keyring => {
  try {
    return readKeyring();
  } catch (cause) {
    if (cause instanceof AppError) log.warn({ reason: cause.detail }, "AUTH_ENCRYPTION_SECRET can not be used as it is now: nothing was changed");
    throw cause;
  }
};

/** The keyring as it is configured now. Refused where a key is missing that this vault opens something with: from here on that would stay closed. */
const readNext = async ({ store, keyring, readKeyring, log }: RotationDeps): Promise<Keyring> => {
  const next = readOrTell(readKeyring, log);
  const missing = (await termsInUse(store.sql)).filter((term) => keyring.now.terms.includes(term) && !next.terms.includes(term));
  if (missing.length === 0) return next;
  log.warn({ missing }, "a key was taken out of AUTH_ENCRYPTION_SECRET that still closes something: nothing was changed");
  throw new AppError("refused", `these keys still close something: ${missing.join(", ")}; put them behind the new one`);
};
