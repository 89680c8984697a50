import { Revocations, SigningKeys } from "@mcp-auth-proxy/access-token";
import { createMessenger, type Bus, type Subscription } from "@mcp-auth-proxy/bus";
import type { Clock } from "@mcp-auth-proxy/contracts";
import { uuidv7, type Keyring } from "@mcp-auth-proxy/crypto";
import { createCommandHandler, createProcessor, type EventStore } from "@mcp-auth-proxy/event-store";
import type { Service } from "@mcp-auth-proxy/http";
import type { Log, Tracer } from "@mcp-auth-proxy/telemetry";
import { serveAccessLeases } from "./bus/access-leases.ts";
import { serveAuthSecrets } from "./bus/auth-secrets.ts";
import { serveCredentialsOf } from "./bus/credentials-of.ts";
import { serveCredentials } from "./bus/credentials.ts";
import { serveFeed } from "./bus/feed.ts";
import { serveRefreshLeases } from "./bus/refresh-leases.ts";
import { serveRotation } from "./bus/rotate-encryption-key.ts";
import type { TokenVaultConfig } from "./config.ts";
import { adoptKeyring } from "./custody/adopt-keyring.ts";
import type { Ciphertexts } from "./custody/ciphertexts.ts";
import { CurrentKeyring } from "./custody/current-keyring.ts";
import { createLivingCallers, feedMs } from "./custody/living-caller.ts";
import { rewrap } from "./custody/rewrap.ts";
import { openSealingKeys } from "./custody/sealing-keys.ts";
import { createSqlCiphertexts } from "./custody/sql-ciphertexts.ts";
import { createTokenSets } from "./custody/token-set.ts";
import { announceAll } from "./publish.ts";
import { startRetention } from "./retention.ts";

/** `store` was opened with `tokenVaultStore` and stays its opener's to close, as do the bus and `ciphertexts`. */
export interface TokenVaultDeps {
  readonly store: EventStore;
  readonly bus: Bus;
  readonly config: TokenVaultConfig;
  /** Read from AUTH_ENCRYPTION_SECRET. Nothing else in the gateway may have it. */
  readonly keyring: Keyring;
  /** Reads AUTH_ENCRYPTION_SECRET again, for a rotation while everything goes on. Throws AppError `refused` for one that can not be used. */
  readonly readKeyring: () => Keyring;
  /** Where ciphertexts are kept; beside their events in `store` unless given. */
  readonly ciphertexts?: Ciphertexts;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
}

/**
 * The only holder of the operator's keys. It never dials out: it answers on the bus, and what it answers is sealed.
 * Keys that are missing from the keyring never stop the start; what they closed is refused as `undecryptable`.
 */
export const composeTokenVault = (deps: TokenVaultDeps): Promise<Service> => {
  const { store, config, clock, log } = deps;
  const keyring = new CurrentKeyring(deps.keyring, deps.readKeyring, clock);
  const ciphertexts = deps.ciphertexts ?? createSqlCiphertexts(store);
  const handle = createCommandHandler({ store, clock });
  const messenger = createMessenger({ bus: deps.bus, service: "vault", log, tracer: deps.tracer });
  const tokenSets = createTokenSets({ store, ciphertexts, keys: keyring });
  const signingKeys = new SigningKeys(messenger, clock);
  const revocations = new Revocations({ messenger, clock, log, feedMs });
  const publisher = createProcessor({
    store,
    name: "publish",
    clock,
    handle: (events) => announceAll(messenger, events),
    onError: (error) => log.error({ err: error }, "events could not be published"),
  });
  let running: readonly Pick<Subscription, "stop">[] | undefined;
  return Promise.resolve({
    name: "vault",
    start: async () => {
      await adoptKeyring(handle, keyring.now, { correlationId: uuidv7(), actor: "service:vault" }, log);
      await rewrapAll(store, keyring.now, clock, log);
      const sealingKeys = await openSealingKeys({ store, keyring: keyring.now, clock });
      const callers = createLivingCallers({ config, sealingKeys, signingKeys, revocations, clock, log });
      // Auth starts after the vault, because the vault opens its keys: what is asked of auth comes later.
      signingKeys.listen();
      revocations.listen();
      publisher.start();
      running = [
        ...serveAuthSecrets({ messenger, handle, store, keyring, sealingKeys, log }),
        ...serveCredentials({ messenger, handle, keyring, ciphertexts, tokenSets, sealingKeys, log }),
        serveCredentialsOf({ messenger, store, tokenSets, clock }),
        serveAccessLeases({ messenger, store, tokenSets, callers, clock, log }),
        serveRefreshLeases({ messenger, store, config, tokenSets, callers, clock, log }),
        ...serveFeed(messenger, store),
        serveRotation({ messenger, store, handle, keyring, readKeyring: deps.readKeyring, clock, log }),
        ...startRetention({ store, ciphertexts, revocations, clock, log }),
        signingKeys,
        revocations,
        publisher,
      ];
    },
    readiness: () => (running === undefined ? { ready: false, reasons: ["the vault does not serve"] } : { ready: true }),
    stop: async (deadlineMs) => {
      const ending = running ?? [];
      running = undefined;
      await within(deadlineMs, Promise.all(ending.map((each) => each.stop())));
    },
  });
};

const rewrapAll = async (store: EventStore, keyring: Keyring, clock: Clock, log: Log): Promise<void> => {
  const { rewrapped, unreadable } = await rewrap(store, keyring, clock.now());
  if (rewrapped > 0) log.info({ rewrapped, term: keyring.activeTerm }, "stored keys were moved under the active key");
  if (unreadable > 0) {
    log.error({ unreadable, terms: keyring.terms }, "stored keys do not open: a former key is missing from AUTH_ENCRYPTION_SECRET");
  }
};

const within = async (deadlineMs: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
};
