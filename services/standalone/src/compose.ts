import { authStore, composeAuth, type AuthConfig } from "@mcp-auth-proxy/auth";
import { createInProcessBus, createMessenger, type Messenger } from "@mcp-auth-proxy/bus";
import type { Clock } from "@mcp-auth-proxy/contracts";
import { undecryptable, type Keyring } from "@mcp-auth-proxy/crypto";
import type { Service } from "@mcp-auth-proxy/http";
import { composeMcpBridge, type BridgeConfig, type BridgeService } from "@mcp-auth-proxy/mcp-bridge";
import { composeRefresher, refresherStore, type RefresherConfig } from "@mcp-auth-proxy/refresher";
import { noTracer, type Log } from "@mcp-auth-proxy/telemetry";
import { composeTokenVault, opensStoredKeys, tokenVaultStore, type TokenVaultConfig } from "@mcp-auth-proxy/token-vault";
import { createCloseStack } from "./close-stack.ts";
import type { Stores } from "./stores.ts";

export interface Composition {
  readonly auth: AuthConfig;
  readonly bridge: BridgeConfig;
  readonly vault: TokenVaultConfig;
  readonly refresher: RefresherConfig;
  readonly keyring: Keyring;
  /** Reads it again, for a rotation while everything goes on. */
  readonly readKeyring: () => Keyring;
  /** Stays its opener's to close. */
  readonly stores: Stores;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Gateway {
  /** In the order in which they were started. */
  readonly services: readonly Service[];
  readonly bridge: BridgeService;
  /** Speaks to the services for the operator. */
  readonly messenger: Messenger;
  /** Stops the services in reverse, each for at most `deadlineMs`, then closes what they stood on. Twice is safe. */
  stop(deadlineMs: number): Promise<void>;
}

/**
 * All services in one process, started: the embedded default. The vault comes first, because auth opens its keys
 * through it; then the refresher, which follows the vault; the bridge last, because it asks auth for its keys and for what is revoked. Throws AppError
 * `undecryptable`, with nothing written, where the keyring opens none of the keys that are kept.
 */
export const startServices = async ({ auth, bridge, vault, refresher, keyring, readKeyring, stores, clock, log }: Composition): Promise<Gateway> => {
  const tracer = noTracer;
  const opened = createCloseStack();
  const services: Service[] = [];
  let stopDeadlineMs = 0;
  const start = async (service: Service): Promise<void> => {
    opened.add(() => service.stop(stopDeadlineMs));
    await service.start();
    services.push(service);
  };
  try {
    const bus = createInProcessBus({ clock });
    opened.add(() => bus.close());
    const { kv } = stores;
    const vaultEvents = await stores.open("vault", tokenVaultStore);
    if (!(await opensStoredKeys(vaultEvents, keyring))) throw undecryptable();
    const authEvents = await stores.open("auth", authStore);
    const ciphertexts = await stores.ciphertexts(vaultEvents);
    const shared = { bus, clock, log, tracer };
    await start(await composeTokenVault({ ...shared, config: vault, store: vaultEvents, keyring, readKeyring, ...(ciphertexts === undefined ? {} : { ciphertexts }) }));
    await start(await composeAuth({ ...shared, config: auth, store: authEvents, kv }));
    const refresherEvents = await stores.open("refresher", refresherStore);
    await start(await composeRefresher({ ...shared, config: refresher, store: refresherEvents }));
    const mcpBridge = await composeMcpBridge({ ...shared, config: bridge, kv });
    await start(mcpBridge);
    return {
      services,
      bridge: mcpBridge,
      messenger: createMessenger({ bus, service: "auth", log, tracer }),
      stop: (deadlineMs) => {
        stopDeadlineMs = deadlineMs;
        return opened.close();
      },
    };
  } catch (cause) {
    await opened.close().catch((closing: unknown) => log.debug({ err: closing }, "closing after a failed start failed too"));
    throw cause;
  }
};
