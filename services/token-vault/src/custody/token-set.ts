import { AppError, vaultV1 } from "@mcp-auth-proxy/contracts";
import { Secret, type Keyring } from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import { Value } from "typebox/value";
import type { OpeningKeys } from "./barrier.ts";
import type { Ciphertexts, TokenTexts } from "./ciphertexts.ts";
import { makeDataKey, type NewDataKey } from "./keys.ts";
import type { Place } from "./place.ts";
import { closeWith, unwrapSecret } from "./secrets.ts";

/** One generation's tokens. The two halves are closed apart: leasing the one never opens the other. */
export interface TokenSet {
  readonly access: Secret<vaultV1.AccessLease>;
  readonly refresh?: Secret<vaultV1.RefreshLease>;
}

/** Names one generation of one credential. */
export interface TokenSetId {
  readonly credentialId: string;
  readonly generation: number;
}

const placeOf = (purpose: "access-token" | "refresh-token", { credentialId, generation }: TokenSetId): Place => ({ purpose, name: credentialId, generation });

const bytesOf = (secret: Secret<object>): Secret<Buffer> => Secret.of(Buffer.from(JSON.stringify(secret.reveal()), "utf8"));

/** Closes a set under a data key of its own. Nothing is written yet. */
export const closeTokenSet = (keyring: Keyring, id: TokenSetId, { access, refresh }: TokenSet, at: number): { readonly key: NewDataKey; readonly texts: TokenTexts } => {
  const key = makeDataKey(keyring, { purpose: "credential", name: id.credentialId, generation: id.generation }, at);
  const texts = {
    access: closeWith(key, placeOf("access-token", id), bytesOf(access), at),
    ...(refresh === undefined ? {} : { refresh: closeWith(key, placeOf("refresh-token", id), bytesOf(refresh), at) }),
  };
  return { key, texts };
};

export interface TokenSets {
  /** Both answer with the JSON of the contract's lease, undefined where nothing is kept that opens: lost, or closed with a key that is gone. */
  openAccess(id: TokenSetId): Promise<Secret<Buffer> | undefined>;
  openRefresh(id: TokenSetId): Promise<Secret<Buffer> | undefined>;
  /** Whether the access token opens. Where that can not be found out now, nothing is known against it: true. */
  mayOpen(id: TokenSetId): Promise<boolean>;
}

export const createTokenSets = (deps: { readonly store: EventStore; readonly ciphertexts: Ciphertexts; readonly keys: OpeningKeys }): TokenSets => {
  const { store, ciphertexts, keys } = deps;

  const open = async (place: Place, text: string | undefined): Promise<Secret<Buffer> | undefined> => {
    if (text === undefined) return undefined;
    try {
      return await unwrapSecret(store.sql, keys, place, text);
    } catch (error) {
      if (error instanceof AppError && error.code === "undecryptable") return undefined;
      throw error;
    }
  };

  const openOne = async (purpose: "access-token" | "refresh-token", id: TokenSetId): Promise<Secret<Buffer> | undefined> => {
    for (const texts of await ciphertexts.read(id.credentialId, id.generation)) {
      const opened = await open(placeOf(purpose, id), purpose === "access-token" ? texts.access : texts.refresh);
      if (opened !== undefined) return opened;
    }
    return undefined;
  };

  const mayOpen = async (id: TokenSetId): Promise<boolean> => {
    try {
      return (await openOne("access-token", id)) !== undefined;
    } catch (error) {
      if (error instanceof AppError && error.code === "unavailable") return true;
      throw error;
    }
  };

  return {
    openAccess: (id) => openOne("access-token", id),
    openRefresh: (id) => openOne("refresh-token", id),
    mayOpen,
  };
};

/** Reads what `openAccess` answered. Throws AppError `internal` when it is something else: we closed it ourselves. */
export const readAccess = (opened: Secret<Buffer>): Secret<vaultV1.AccessLease> => {
  const lease: unknown = JSON.parse(opened.reveal().toString("utf8"));
  if (!Value.Check(vaultV1.AccessLease, lease)) throw new AppError("internal", "a closed access token has another shape");
  return Secret.of(lease);
};

/** The same of `openRefresh`. */
export const readRefresh = (opened: Secret<Buffer>): Secret<vaultV1.RefreshLease> => {
  const lease: unknown = JSON.parse(opened.reveal().toString("utf8"));
  if (!Value.Check(vaultV1.RefreshLease, lease)) throw new AppError("internal", "a closed refresh token has another shape");
  return Secret.of(lease);
};
