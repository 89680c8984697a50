import { AppError, type Clock } from "@mcp-auth-proxy/contracts";
import { createMessenger, type Bus, type Subscription } from "@mcp-auth-proxy/bus";
import { uuidv7, type Keyring } from "@mcp-auth-proxy/crypto";
import { createCommandHandler, type CommandHandler, type EventStore } from "@mcp-auth-proxy/event-store";
import type { Service } from "@mcp-auth-proxy/http";
import type { Log, Tracer } from "@mcp-auth-proxy/telemetry";
import { serveAuthSecrets } from "./bus/auth-secrets.ts";
import { rewrap } from "./custody/rewrap.ts";
import { openSealingKeys } from "./custody/sealing-keys.ts";
import { keyringDecider } from "./domain/keyring.ts";

/** `store` was opened with `tokenVaultStore` and stays its opener's to close, as does the bus. */
export interface TokenVaultDeps {
  readonly store: EventStore;
  readonly bus: Bus;
  /** Read from AUTH_ENCRYPTION_SECRET. Nothing else in the gateway may have it. */
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
}

/**
 * The only holder of the operator's keys. It never dials out: it answers on the bus, and what it answers is sealed.
 * Keys that are missing from the keyring never stop the start; what they closed is refused as `undecryptable`.
 */
export const composeTokenVault = (deps: TokenVaultDeps): Promise<Service> => {
  const { store, keyring, clock, log } = deps;
  const handle = createCommandHandler({ store, clock });
  const messenger = createMessenger({ bus: deps.bus, service: "vault", log, tracer: deps.tracer });
  let serving: readonly Subscription[] | undefined;
  return Promise.resolve({
    name: "vault",
    start: async () => {
      await adoptKeyring(handle, keyring, log);
      await rewrapAll(store, keyring, clock, log);
      const sealingKeys = await openSealingKeys({ store, keyring, clock });
      serving = serveAuthSecrets({ messenger, handle, store, keyring, sealingKeys, log });
    },
    readiness: () => (serving === undefined ? { ready: false, reasons: ["the vault does not serve"] } : { ready: true }),
    stop: async (deadlineMs) => {
      const ending = serving ?? [];
      serving = undefined;
      await within(deadlineMs, Promise.all(ending.map((subscription) => subscription.stop())));
    },
  });
};

const adoptKeyring = async (handle: CommandHandler, keyring: Keyring, log: Log): Promise<void> => {
  const meta = { correlationId: uuidv7(), actor: "service:vault" };
  const command = { type: "AdoptKeyring", terms: keyring.terms, activeTerm: keyring.activeTerm } as const;
  const outcome = await handle({ name: "adopt-keyring", meta }, (unit) => unit.execute(keyringDecider, "keyring", command));
  if (!outcome.ok) throw new AppError("internal", `the keyring was not adopted: ${outcome.error}`);
  for (const { type, data } of outcome.value.events) log.info({ event: type, term: data.term }, "the keyring changed");
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
