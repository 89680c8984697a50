import { AppError, type EventMeta, type vaultV1 } from "@mcp-auth-proxy/contracts";
import { constantTimeEqual, Secret } from "@mcp-auth-proxy/crypto";
import { ConcurrencyError, type CommandHandler, type Unit } from "@mcp-auth-proxy/event-store";
import { isLentOut } from "../claims/refresh-leases.ts";
import { credentialDecider, keepsRefreshToken, lastGeneration, type CredentialCommand, type CredentialState, type TokenFacts } from "../domain/credential.ts";
import type { Ciphertexts, TokenCiphertext } from "./ciphertexts.ts";
import type { CurrentKeyring } from "./current-keyring.ts";
import { assertHeld } from "./held-key.ts";
import { deleteDataKeys, insertDataKey, type NewDataKey } from "./keys.ts";
import { mayBeSameAccount } from "./same-account.ts";
import type { ParsedTokenResponse } from "./token-response.ts";
import { closeTokenSet, readAccess, readRefresh, type TokenSet, type TokenSets } from "./token-set.ts";

const attempts = 4;

export interface KeepDeps {
  readonly handle: CommandHandler;
  readonly keyring: CurrentKeyring;
  readonly ciphertexts: Ciphertexts;
  readonly tokenSets: TokenSets;
}

/** What the rules are asked with, once it is known which generation the new set would be. */
export interface NewTokens {
  readonly generation: number;
  readonly tokens: TokenFacts;
  /** Whether the refresh token is another one than the one before. */
  readonly rotated: boolean;
  readonly now: number;
}

export interface KeepRequest {
  readonly commandId: string;
  readonly name: "store-credential" | "replace-credential";
  readonly meta: EventMeta;
  readonly credentialId: string;
  readonly response: ParsedTokenResponse;
  /** When the provider answered. Never taken for later than now: a clock that is ahead must not make a token live longer. */
  readonly receivedAt: number;
  /** What counts where neither the provider says a scope, nor one is on record. */
  readonly askedScope?: string;
  readonly command: (tokens: NewTokens) => CredentialCommand;
}

// A type, not an interface: an outcome is kept as JSON.
export type Kept = { readonly facts: vaultV1.CredentialFacts; readonly rotated: boolean };

interface Prepared {
  readonly tokens: TokenFacts;
  readonly set: TokenSet;
  readonly rotated: boolean;
  /** The refresh token is the one of the set before: it must not be on its way to the provider. */
  readonly inherited: boolean;
}

/**
 * A refresh that is under way may use the token up, and its answer is for a generation that a sign-in ends: what is
 * kept then would be sent a second time. A connection that is broken has no attempt under way.
 */
const isUnderWay = async ({ sql, now }: Unit, credentialId: string, state: CredentialState): Promise<boolean> =>
  state.status === "connected" && isLentOut(sql, credentialId, state.facts.generation, now);

const factsOf = (state: CredentialState): vaultV1.CredentialFacts | undefined => ("facts" in state ? state.facts : undefined);

/** The new set, completed with what the provider left out and the set before it has. */
const prepare = async (deps: KeepDeps, request: KeepRequest, before: CredentialState, underWay: boolean, now: number): Promise<Prepared> => {
  const { response, askedScope, name } = request;
  const facts = factsOf(before);
  const [formerAccess, formerRefresh] = facts === undefined ? [] : await Promise.all([deps.tokenSets.openAccess(facts), deps.tokenSets.openRefresh(facts)]);
  const formerToken = formerRefresh === undefined ? undefined : readRefresh(formerRefresh).reveal().refreshToken;
  const given = response.refreshToken?.reveal();
  const formerIdToken = formerAccess === undefined ? undefined : readAccess(formerAccess).reveal().idToken;
  const idToken = response.idToken?.reveal() ?? formerIdToken;
  const inherits = name === "store-credential" && keepsRefreshToken(before) && !underWay && mayBeSameAccount(formerIdToken, idToken);
  const keeps = name === "replace-credential" || inherits;
  const refreshToken = given ?? (keeps ? formerToken : undefined);
  const scope = response.scope ?? (name === "replace-credential" ? facts?.scope : undefined) ?? askedScope ?? "";
  const { lifetimeMs } = response;
  return {
    tokens: {
      scope,
      refreshable: refreshToken !== undefined,
      ...(lifetimeMs === undefined ? {} : { expiresAt: Math.min(request.receivedAt, now) + lifetimeMs }),
    },
    set: {
      access: Secret.of({ accessToken: response.accessToken.reveal(), tokenType: response.tokenType, ...(idToken === undefined ? {} : { idToken }) }),
      ...(refreshToken === undefined ? {} : { refresh: Secret.of({ refreshToken }) }),
    },
    inherited: inherits && given === undefined && refreshToken !== undefined,
    rotated: given !== undefined && (formerToken === undefined || !constantTimeEqual(given, formerToken)),
  };
};

/** What was inherited must still be worth keeping: it may have been lent, refused or forgotten since it was read. */
const assertKept = async (unit: Unit, credentialId: string): Promise<void> => {
  const { state } = await unit.load(credentialDecider, credentialId);
  if (!keepsRefreshToken(state) || (await isUnderWay(unit, credentialId, state))) throw new ConcurrencyError("its refresh token is not to be kept any more");
};

/** In one transaction: the event, the new data key and ciphertext, and the end of the data keys before it. */
const keepIn = async (unit: Unit, request: KeepRequest, { tokens, rotated, inherited }: Prepared, entry: TokenCiphertext, key: NewDataKey, write: (unit: Unit) => Promise<void>): Promise<Kept> => {
  const { credentialId } = request;
  if (inherited) await assertKept(unit, credentialId);
  const decided = await unit.execute(credentialDecider, credentialId, request.command({ tokens, rotated, generation: entry.generation, now: unit.now }));
  if (!decided.ok) {
    if (decided.error === "unknown") throw new AppError("not_found", "there is no such credential");
    // A sign-in is right whatever came before it: it is decided anew. A refresh is for one generation only.
    if (request.name === "store-credential") throw new ConcurrencyError("the credential has moved");
    throw new AppError("conflict", "another generation is current");
  }
  const facts = factsOf(decided.value.state);
  if (facts === undefined) throw new AppError("internal", "a credential that was kept has no facts");
  await insertDataKey(unit.sql, key.row);
  await deleteDataKeys(unit.sql, { purpose: "credential", name: credentialId }, key.keyId);
  await write(unit);
  return { facts, rotated };
};

/** A commit whose answer was lost may have happened, and what was written may be all there is of the tokens: a sweep finds out. */
const isUndone = (error: unknown): boolean => error instanceof AppError && error.code !== "unavailable" && error.code !== "internal";

const attempt = async (deps: KeepDeps, request: KeepRequest): Promise<Kept> => {
  const { handle, ciphertexts, keyring } = deps;
  const { credentialId, name, meta, commandId } = request;
  const before = await handle({ name, meta }, async (unit) => {
    const { state } = await unit.load(credentialDecider, credentialId);
    return { state, underWay: await isUnderWay(unit, credentialId, state), now: unit.now };
  });
  const prepared = await prepare(deps, request, before.state, before.underWay, before.now);
  // A store of its own can be ahead, where the database was put back to an earlier day.
  const generation = Math.max(lastGeneration(before.state), await ciphertexts.lastGeneration(credentialId)) + 1;
  return keyring.closing(async (keys) => {
    const { key, texts } = closeTokenSet(keys, { credentialId, generation }, prepared.set, before.now);
    const { expiresAt, refreshable } = prepared.tokens;
    const entry = { credentialId, generation, keyId: key.keyId, storedAt: before.now, ...texts, ...(refreshable || expiresAt === undefined ? {} : { worthlessAt: expiresAt }) };
    const write = await ciphertexts.begin(entry);
    let wrote = false;
    try {
      const kept = await handle({ commandId, name, meta, retryable: false }, async (unit) => {
        await assertHeld(unit, keys, keyring);
        return keepIn(unit, request, prepared, entry, key, async ({ sql }) => {
          await write.inTransaction(sql);
          wrote = true;
        });
      });
      // The answer to a repeat: what it was asked with is kept already.
      await (wrote ? write.committed() : write.abandoned());
      return kept;
    } catch (error) {
      if (!wrote || isUndone(error)) await write.abandoned();
      throw error;
    }
  });
};

/**
 * Keeps what a provider answered as the credential's next generation; the one before is gone with the same transaction.
 * A repeat of the command id gets the same answer. Throws AppError `not_found`, `conflict`, `unavailable`.
 */
export const keepTokenSet = async (deps: KeepDeps, request: KeepRequest): Promise<Kept> => {
  for (let left = attempts; ; left -= 1) {
    try {
      return await attempt(deps, request);
    } catch (error) {
      if (!(error instanceof ConcurrencyError)) throw error;
      // `conflict` is a word about generations: who hears it throws the tokens away.
      if (left <= 1) throw new AppError("unavailable", "others are faster each time", error);
    }
  }
};
