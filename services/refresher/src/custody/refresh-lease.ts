import type { Messenger } from "@mcp-auth-proxy/bus";
import { AppError, vaultV1 } from "@mcp-auth-proxy/contracts";
import { createSealingKeyPair, Secret } from "@mcp-auth-proxy/crypto";
import { Value } from "typebox/value";

export interface LeaseQuestion {
  readonly credentialId: string;
  readonly generation: number;
  readonly attemptId: string;
  readonly cause: vaultV1.RefreshCause;
}

export interface RefreshTokenLease {
  readonly facts: vaultV1.CredentialFacts;
  readonly refreshToken: Secret<string>;
}

/** The refresh token of one attempt. It is kept nowhere: it goes to the provider and is forgotten. Throws the vault's AppError. */
export const leaseRefreshToken = async (messenger: Messenger, question: LeaseQuestion): Promise<RefreshTokenLease> => {
  // A key of this one question: whoever records the bus and later takes our memory opens nothing.
  const replyKey = await createSealingKeyPair();
  const { facts, sealed } = await messenger.ask(vaultV1.leaseRefreshToken, { ...question, replyKey: replyKey.publicKey });
  const content: unknown = JSON.parse((await replyKey.open(sealed)).toString("utf8"));
  if (!Value.Check(vaultV1.RefreshLease, content)) throw new AppError("internal", "the vault answered with something that is no lease");
  return { facts, refreshToken: Secret.of(content.refreshToken) };
};
