import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { AppError, type authV1, type Clock, type EventMeta } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import type { CommandHandler, EventStore, Unit } from "@mcp-auth-proxy/event-store";
import { keyId } from "../domain/ids.ts";
import { signingKeyDecider } from "../domain/signing-key.ts";
import { lastAccessTokenEnd } from "../read-models/grants.ts";
import { activeKeyId, publishedKeys } from "../read-models/signing-keys.ts";
import type { AuthSql } from "../read-models/tables.ts";
import { keyIdOf } from "../tokens/key-id.ts";
import { type AuthSecrets, shredSecret, storeSecret } from "./auth-secrets.ts";

/** The key that signs access tokens now. */
export interface ActiveKey {
  readonly kid: string;
  readonly privateKey: Secret<KeyObject>;
}

export interface SigningKeys {
  /** Opens the active key, or makes the first one. */
  load(): Promise<void>;
  /** Throws AppError `unavailable` before `load`. */
  active(): ActiveKey;
  /** The JWKS (RFC 7517 section 5): the active key, and each retired one until its last token has expired. */
  published(): Promise<authV1.SigningJwk[]>;
  /** Introduces and activates a new key and retires the old one; answers with the new `kid`. */
  rotate(command: { readonly commandId?: string; readonly meta: EventMeta }): Promise<string>;
}

const secretName = (kid: string): string => `signing-key/${kid}`;

/** ES256 (RFC 7518 section 3.4): bridges hold only the public half. */
export const createSigningKeys = (dependencies: {
  readonly secrets: AuthSecrets;
  readonly store: EventStore;
  readonly handle: CommandHandler;
  readonly clock: Clock;
}): SigningKeys => {
  const { secrets, store, handle, clock } = dependencies;
  const rows: AuthSql = store.sql;
  let current: ActiveKey | undefined;

  const must = async (unit: Unit, kid: string, command: Parameters<typeof signingKeyDecider.decide>[0]): Promise<void> => {
    const done = await unit.execute(signingKeyDecider, kid, command);
    if (!done.ok) throw new AppError("conflict", `signing key ${command.type}: ${done.error}`);
  };

  const open = async (kid: string): Promise<ActiveKey> => {
    const der = await secrets.open(secretName(kid));
    if (der === undefined) throw new AppError("internal", "the active signing key has no private half");
    return { kid, privateKey: Secret.of(createPrivateKey({ key: der.reveal(), format: "der", type: "pkcs8" })) };
  };

  const rotate: SigningKeys["rotate"] = async ({ commandId, meta }) => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x, y } = publicKey.export({ format: "jwk" });
    if (x === undefined || y === undefined) throw new AppError("internal", "a P-256 key has two coordinates");
    const made = keyId(await keyIdOf({ x, y }));
    // The vault is asked before the transaction: nothing slow happens inside.
    const wrapped = await secrets.wrap(secretName(made), 1, Secret.of(privateKey.export({ format: "der", type: "pkcs8" })));
    const kid = await handle({ name: "rotate-signing-key", meta, ...(commandId === undefined ? {} : { commandId }) }, async (unit) => {
      const { now } = unit;
      const old = await activeKeyId(unit.sql);
      await must(unit, made, { type: "IntroduceSigningKey", kid: made, publicPoint: { x, y }, now });
      await must(unit, made, { type: "ActivateSigningKey", now });
      await storeSecret(unit.sql, wrapped, now);
      if (old !== undefined) {
        await must(unit, old, { type: "RetireSigningKey", publishedUntil: Math.max(now, await lastAccessTokenEnd(unit.sql)), now });
        await shredSecret(unit.sql, secretName(old));
      }
      return made;
    });
    // A repeated command answers with the key that it made the first time, which need not be the one that signs now.
    if (kid === made) current = { kid, privateKey: Secret.of(privateKey) };
    return kid;
  };

  return {
    rotate,
    load: async () => {
      const kid = await activeKeyId(rows);
      if (kid === undefined) await rotate({ meta: { correlationId: "start", actor: "auth" } });
      else current = await open(kid);
    },
    active: () => {
      if (current === undefined) throw new AppError("unavailable", "the signing key is not loaded");
      return current;
    },
    published: async () => {
      const keys = await publishedKeys(rows, clock.now());
      return keys.map(({ kid, x, y }) => ({ kty: "EC", crv: "P-256", x, y, kid, alg: "ES256", use: "sig" }));
    },
  };
};
