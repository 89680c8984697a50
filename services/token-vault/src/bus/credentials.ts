import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { AppError, vaultV1, type Sealed } from "@mcp-auth-proxy/contracts";
import { credentialIdOf } from "@mcp-auth-proxy/crypto";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { keepTokenSet, type KeepDeps, type Kept } from "../custody/keep-token-set.ts";
import { deleteDataKeys } from "../custody/keys.ts";
import type { SealingKeys } from "../custody/sealing-keys.ts";
import { parseTokenResponse, type ParsedTokenResponse } from "../custody/token-response.ts";
import { credentialDecider } from "../domain/credential.ts";

export interface CredentialsDeps extends KeepDeps {
  readonly messenger: Messenger;
  readonly sealingKeys: SealingKeys;
  readonly log: Log;
}

/** Serves what changes credentials: keeping, replacing, giving up, shredding. */
export const serveCredentials = (deps: CredentialsDeps): readonly Subscription[] => [serveStore(deps), serveReplace(deps), serveBreak(deps), serveShred(deps)];

const openResponse = async ({ sealingKeys, log }: CredentialsDeps, sealed: Sealed, credentialId: string): Promise<ParsedTokenResponse> => {
  const response = parseTokenResponse(await sealingKeys.open(sealed));
  if (response.ok) return response.value;
  log.warn({ credentialId, reason: response.error }, "what a provider answered can not be kept");
  throw new AppError("bad_request", `no token response: ${response.error}`);
};

const told = (log: Log, { facts }: Kept): void => {
  const { credentialId, subjectId, provider, generation, refreshable, expiresAt } = facts;
  log.info({ credentialId, subjectId, provider, generation, refreshable, expiresAt, encrypted: true }, "Token stored");
};

const serveStore = (deps: CredentialsDeps): Subscription =>
  deps.messenger.serve(vaultV1.storeCredential, async ({ commandId, credentialId, subjectId, resource, provider, askedScope, receivedAt, sealed }) => {
    const owner = { credentialId, subjectId, resource, provider };
    // Else one person's tokens could be kept under another's name.
    if (credentialIdOf(owner) !== credentialId) throw new AppError("bad_request", "the id is not the one of this credential");
    const response = await openResponse(deps, sealed, credentialId);
    const kept = await keepTokenSet(deps, {
      commandId,
      name: "store-credential",
      meta: { correlationId: commandId, actor: "service:auth" },
      credentialId,
      response,
      receivedAt,
      askedScope,
      command: (tokens) => ({ type: "StoreCredential", owner, ...tokens }),
    });
    assertSame(kept, credentialId);
    told(deps.log, kept);
    return { facts: kept.facts };
  });

const serveReplace = (deps: CredentialsDeps): Subscription =>
  deps.messenger.serve(vaultV1.replaceCredential, async ({ commandId, credentialId, expectedGeneration, receivedAt, sealed }) => {
    const response = await openResponse(deps, sealed, credentialId);
    const kept = await keepTokenSet(deps, {
      commandId,
      name: "replace-credential",
      meta: { correlationId: commandId, actor: "service:refresher" },
      credentialId,
      response,
      receivedAt,
      command: (tokens) => ({ type: "ReplaceCredential", expectedGeneration, ...tokens }),
    });
    assertSame(kept, credentialId);
    told(deps.log, kept);
    return kept;
  });

/** A repeat answers what was kept: for another credential that would be somebody else's facts. */
const assertSame = ({ facts }: Kept, credentialId: string): void => {
  if (facts.credentialId !== credentialId) throw new AppError("bad_request", "the command id was used for another credential");
};

const serveBreak = ({ messenger, handle, log }: CredentialsDeps): Subscription =>
  messenger.serve(vaultV1.breakCredential, ({ commandId, credentialId, expectedGeneration, reason }) =>
    handle({ commandId, name: "break-credential", meta: { correlationId: commandId, actor: "service:refresher" } }, async (unit) => {
      const decided = await unit.execute(credentialDecider, credentialId, { type: "BreakCredential", expectedGeneration, reason, now: unit.now });
      if (!decided.ok) throw new AppError("internal", `a credential can not be broken: ${decided.error}`);
      const { state, events } = decided.value;
      if (events.length > 0) log.warn({ credentialId, reason }, "a credential is broken: its owner has to connect again");
      return { broken: state.status === "broken" && state.facts.generation === expectedGeneration };
    }),
  );

const serveShred = ({ messenger, handle, ciphertexts, log }: CredentialsDeps): Subscription =>
  messenger.serve(vaultV1.shredCredential, async ({ commandId, credentialId, actor }) => {
    const removal = ciphertexts.remove(credentialId);
    await handle({ commandId, name: "shred-credential", meta: { correlationId: commandId, actor } }, async (unit) => {
      const decided = await unit.execute(credentialDecider, credentialId, { type: "ShredCredential", now: unit.now });
      if (!decided.ok) throw new AppError("internal", `a credential can not be shredded: ${decided.error}`);
      await deleteDataKeys(unit.sql, { purpose: "credential", name: credentialId });
      await removal.inTransaction(unit.sql);
      if (decided.value.events.length > 0) log.info({ credentialId, actor }, "a credential was shredded");
    });
    await removal.committed();
    return { shredded: true };
  });
