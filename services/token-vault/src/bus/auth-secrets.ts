import { AppError, vaultV1 } from "@mcp-auth-proxy/contracts";
import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import type { CommandHandler, EventStore } from "@mcp-auth-proxy/event-store";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { CurrentKeyring } from "../custody/current-keyring.ts";
import { assertHeld } from "../custody/held-key.ts";
import type { Place } from "../custody/place.ts";
import type { SealingKeys } from "../custody/sealing-keys.ts";
import { sealSecret, unwrapSecret, wrapSecret } from "../custody/secrets.ts";

export interface AuthSecretsDeps {
  readonly messenger: Messenger;
  readonly handle: CommandHandler;
  readonly store: EventStore;
  readonly keyring: CurrentKeyring;
  readonly sealingKeys: SealingKeys;
  readonly log: Log;
}

const placeOf = ({ name, generation }: { name: string; generation: number }): Place => ({
  purpose: "auth-secret",
  name,
  generation,
});

/** Serves what auth asks: where to seal to, closing a secret on its behalf, opening it again. */
export const serveAuthSecrets = (deps: AuthSecretsDeps): readonly Subscription[] => [
  deps.messenger.serve(vaultV1.sealingKeys, () => Promise.resolve({ keys: [...deps.sealingKeys.publicKeys] })),
  serveWrap(deps),
  serveUnwrap(deps),
];

const serveWrap = ({ messenger, handle, keyring, sealingKeys }: AuthSecretsDeps): Subscription =>
  messenger.serve(vaultV1.wrapAuthSecret, async ({ commandId, name, generation, sealed }) => {
    const secret = await sealingKeys.open(sealed);
    const place = placeOf({ name, generation });
    const meta = { correlationId: commandId, actor: "service:auth" };
    const outcome = await keyring.closing((keys) =>
      handle({ commandId, name: "wrap-auth-secret", meta }, async (unit) => {
        await assertHeld(unit, keys, keyring);
        return { name, generation, ciphertext: await wrapSecret(unit.sql, keys, place, secret, unit.now) };
      }),
    );
    // A repeat answers what was stored: for another secret that answer would be a key that never opens.
    if (outcome.name !== name || outcome.generation !== generation) {
      throw new AppError("bad_request", "the command id was used for another secret");
    }
    return { ciphertext: outcome.ciphertext };
  });

const serveUnwrap = ({ messenger, store, keyring, log }: AuthSecretsDeps): Subscription =>
  messenger.serve(vaultV1.unwrapAuthSecret, async ({ name, generation, ciphertext, replyKey }) => {
    try {
      const secret = await unwrapSecret(store.sql, keyring, placeOf({ name, generation }), ciphertext);
      return { sealed: await sealSecret(replyKey, secret) };
    } catch (error) {
      // The asker learns nothing more than the code: why belongs to the vault's own log, where an operator looks.
      if (error instanceof AppError) log.warn({ name, generation, code: error.code, reason: error.detail }, "a secret was not opened");
      throw error;
    }
  });
