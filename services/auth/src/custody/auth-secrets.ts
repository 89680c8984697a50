import type { Messenger } from "@mcp-auth-proxy/bus";
import { AppError, vaultV1, type Clock } from "@mcp-auth-proxy/contracts";
import { createSealingKeyPair, sealTo, Secret, uuidv7 } from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { AuthSql } from "../read-models/tables.ts";

/** A secret of auth's as auth keeps it: ciphertext that only the vault can open, and only for this name and generation. */
export interface WrappedSecret {
  readonly name: string;
  readonly generation: number;
  readonly ciphertext: string;
}

export interface AuthSecrets {
  /** Has the vault close a secret. Nothing is stored: that happens in the caller's transaction. */
  wrap(name: string, generation: number, secret: Secret<Buffer>): Promise<WrappedSecret>;
  /** Opens a stored secret; AppError `undecryptable` when the vault's keys are not the ones it was closed with. */
  open(name: string): Promise<Secret<Buffer> | undefined>;
  /** Opens it, or makes, closes and stores it the first time. */
  openOrCreate(name: string, make: () => Secret<Buffer>): Promise<Secret<Buffer>>;
}

export const storeSecret = async (sql: AuthSql, { name, generation, ciphertext }: WrappedSecret, now: number): Promise<void> => {
  await sql.insertInto("cx_auth_secrets").values({ name, generation, ciphertext, created_at: now }).execute();
};

export const shredSecret = async (sql: AuthSql, name: string): Promise<void> => {
  await sql.deleteFrom("cx_auth_secrets").where("name", "=", name).execute();
};

/** Auth's keys at rest: wrapped by the vault, so that a copy of auth's database holds none. */
export const createAuthSecrets = (dependencies: {
  readonly messenger: Messenger;
  readonly store: EventStore;
  readonly clock: Clock;
}): AuthSecrets => {
  const { messenger, store, clock } = dependencies;
  const rows: AuthSql = store.sql;

  const find = (sql: AuthSql, name: string): Promise<WrappedSecret | undefined> =>
    sql.selectFrom("cx_auth_secrets").select(["name", "generation", "ciphertext"]).where("name", "=", name).orderBy("generation", "desc").executeTakeFirst();

  const wrap: AuthSecrets["wrap"] = async (name, generation, secret) => {
    const { keys } = await messenger.ask(vaultV1.sealingKeys, {});
    const [vaultKey] = keys;
    if (vaultKey === undefined) throw new AppError("unavailable", "the vault has no sealing key");
    const sealed = await sealTo(vaultKey, secret.reveal());
    const { ciphertext } = await messenger.ask(vaultV1.wrapAuthSecret, { commandId: uuidv7(clock.now()), name, generation, sealed });
    return { name, generation, ciphertext };
  };

  const unwrap = async ({ name, generation, ciphertext }: WrappedSecret): Promise<Secret<Buffer>> => {
    // A key of this one question: whoever records the bus and later takes our memory opens nothing.
    const replyKey = await createSealingKeyPair();
    const { sealed } = await messenger.ask(vaultV1.unwrapAuthSecret, { name, generation, ciphertext, replyKey: replyKey.publicKey });
    return Secret.of(await replyKey.open(sealed));
  };

  const open: AuthSecrets["open"] = async (name) => {
    const stored = await find(rows, name);
    return stored === undefined ? undefined : unwrap(stored);
  };

  return {
    wrap,
    open,
    openOrCreate: async (name, make) => {
      const known = await open(name);
      if (known !== undefined) return known;
      const made = make();
      const wrapped = await wrap(name, 1, made);
      // Another replica may have been faster while the vault was asked: its secret is the one that counts.
      const stored = await store.transact(async ({ sql }) => {
        const before = await find(sql, name);
        if (before === undefined) await storeSecret(sql, wrapped, clock.now());
        return before;
      });
      return stored === undefined ? made : unwrap(stored);
    },
  };
};
