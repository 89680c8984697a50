import { setTimeout as pause } from "node:timers/promises";
import { AppError, errorCodes, vaultV1 } from "@mcp-auth-proxy/contracts";
import { credentialIdOf, sealTo, type Secret, uuidv7 } from "@mcp-auth-proxy/crypto";
import { isLinked, unlink } from "../accounts/connections.ts";
import { subjectDecider } from "../domain/subject.ts";
import type { AuthParts } from "../parts.ts";

/** What a provider gave for a person, to keep for one server. */
export interface GivenCredential {
  readonly subjectId: string;
  readonly resource: string;
  readonly provider: string;
  /** All that was asked for, space separated. */
  readonly scope: string;
  readonly tokenResponse: Secret<string>;
  readonly receivedAt: number;
  readonly correlationId: string;
}

/** `refreshable`: it is renewed without the person, or never expires. */
export interface KeptCredential {
  readonly renews: boolean;
}

type KeepingParts = Pick<AuthParts, "handle" | "messenger" | "clock" | "log">;

/** A leader's election takes seconds (B12); a person waits that long, and not for ever. */
const pausesMs = [100, 200, 400, 800, 1_600, 3_000];

const isRetryable = (error: unknown): boolean => error instanceof AppError && errorCodes[error.code].retryable;

/** Sealed anew for each attempt: the vault may have rotated its key meanwhile. The command's id makes a repetition harmless. */
const store = async ({ messenger }: KeepingParts, given: GivenCredential, commandId: string): Promise<KeptCredential> => {
  const { subjectId, resource, provider, scope, receivedAt, tokenResponse } = given;
  const { keys } = await messenger.ask(vaultV1.sealingKeys, {});
  const [vaultKey] = keys;
  if (vaultKey === undefined) throw new AppError("unavailable", "the vault has no sealing key");
  const sealed = await sealTo(vaultKey, Buffer.from(tokenResponse.reveal(), "utf8"));
  const credentialId = credentialIdOf({ subjectId, resource, provider });
  const { facts } = await messenger.ask(vaultV1.storeCredential, { commandId, credentialId, subjectId, resource, provider, askedScope: scope, receivedAt, sealed });
  return { renews: facts.refreshable || facts.expiresAt === undefined };
};

/** Tried again where that helps; the last failure is the caller's. */
const storeWithPatience = async (parts: KeepingParts, given: GivenCredential): Promise<KeptCredential> => {
  const commandId = uuidv7(parts.clock.now());
  for (const pauseMs of pausesMs) {
    try {
      return await store(parts, given, commandId);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      parts.log.warn({ err: error, reference: given.correlationId, provider: given.provider }, "the vault did not take a credential: trying again");
    }
    await pause(pauseMs);
  }
  return store(parts, given, commandId);
};

/** What ended the connection had the vault forget it before this came there: nobody else would ever take it away. */
const forgetLate = async ({ messenger, clock, log }: KeepingParts, { subjectId, resource, provider, correlationId }: GivenCredential): Promise<void> => {
  const credentialId = credentialIdOf({ subjectId, resource, provider });
  await messenger.ask(vaultV1.shredCredential, { commandId: uuidv7(clock.now()), credentialId, actor: subjectId });
  log.info({ reference: correlationId, provider }, "a connection was ended while it was being made");
};

/**
 * Connects a person's account. The link is on the log before the vault is asked: what ends connections meanwhile sees this
 * one, and what was ended before is not forgotten after it. Undefined when the vault did not take it, or the connection
 * was ended meanwhile: then nothing is linked that was not before.
 */
export const keepCredential = async (parts: KeepingParts, given: GivenCredential): Promise<KeptCredential | undefined> => {
  const { subjectId, provider, resource, scope, correlationId } = given;
  const meta = { correlationId, actor: subjectId };
  const linkedBefore = await isLinked(parts.handle, given);
  await parts.handle({ name: "link-connection", meta }, async (unit) => {
    const linked = await unit.execute(subjectDecider, subjectId, { type: "LinkConnection", connection: { provider, resource, scope }, now: unit.now });
    if (!linked.ok) throw new AppError("conflict", linked.error);
  });
  try {
    const kept = await storeWithPatience(parts, given);
    if (!(await isLinked(parts.handle, given))) {
      await forgetLate(parts, given);
      return undefined;
    }
    parts.log.info({ reference: correlationId, provider, encrypted: true }, "Token stored");
    return kept;
  } catch (error) {
    parts.log.error({ err: error, reference: correlationId, provider }, "what a provider gave could not be kept");
    // What was kept before is as good as it was: only the link of this visit goes.
    if (!linkedBefore) await parts.handle({ name: "unlink-connection", meta }, (unit) => unlink(unit, subjectId, { provider, resource, reason: "not-stored" }));
    return undefined;
  }
};
