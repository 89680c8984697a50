import { randomUUID } from "node:crypto";
import { AppError, vaultV1 } from "@mcp-auth-proxy/contracts";
import { createSealingKeyPair, credentialIdOf } from "@mcp-auth-proxy/crypto";
import { waitFor } from "@mcp-auth-proxy/testing";
import type { Static } from "typebox";
import { clock, resource, sealedToVault, type RunningVault } from "./running-vault.ts";

export interface Owner {
  readonly subjectId: string;
  readonly resource: string;
  readonly provider: string;
}

export const ada: Owner = { subjectId: "ada", resource, provider: "google" };
export const idOf = (owner: Owner): string => credentialIdOf(owner);

/** A token response as providers write it. */
export const responseOf = (name: string, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ access_token: `access-${name}`, refresh_token: `refresh-${name}`, token_type: "Bearer", expires_in: 3_600, scope: "openid email", ...more });

type Stored = Static<typeof vaultV1.storeCredential.response>;
type Replaced = Static<typeof vaultV1.replaceCredential.response>;

/** What auth asks after a sign-in. */
export const store = async ({ auth }: RunningVault, owner: Owner, response: string, more: { readonly commandId?: string; readonly receivedAt?: number } = {}): Promise<Stored> =>
  auth.ask(vaultV1.storeCredential, {
    commandId: more.commandId ?? randomUUID(),
    credentialId: idOf(owner),
    ...owner,
    askedScope: "openid",
    receivedAt: more.receivedAt ?? clock.now(),
    sealed: await sealedToVault(auth, response),
  });

/** What the refresher asks after a refresh. */
export const replace = async ({ auth }: RunningVault, owner: Owner, expectedGeneration: number, response: string, commandId: string = randomUUID()): Promise<Replaced> =>
  auth.ask(vaultV1.replaceCredential, { commandId, credentialId: idOf(owner), expectedGeneration, receivedAt: clock.now(), sealed: await sealedToVault(auth, response) });

export const breakIt = ({ auth }: RunningVault, owner: Owner, expectedGeneration: number, reason: vaultV1.BreakReason = "invalid-grant") =>
  auth.ask(vaultV1.breakCredential, { commandId: randomUUID(), credentialId: idOf(owner), expectedGeneration, reason });

export const shred = ({ auth }: RunningVault, owner: Owner) => auth.ask(vaultV1.shredCredential, { commandId: randomUUID(), credentialId: idOf(owner), actor: owner.subjectId });

export const credentialsOf = async ({ auth }: RunningVault, subjectId: string) => (await auth.ask(vaultV1.credentialsOf, { subjectId })).credentials;

export interface Leased {
  readonly facts: vaultV1.CredentialFacts;
  readonly leaseUntil: number;
  readonly lease: unknown;
}

/** What a bridge asks when somebody calls; with `token`, that one comes along instead of a good one of the owner's. */
export const lease = async (vault: RunningVault, owner: Owner, more: { readonly token?: string; readonly provider?: string } = {}): Promise<Leased> => {
  const reply = await createSealingKeyPair();
  const sealedCallerToken = await sealedToVault(vault.auth, more.token ?? (await vault.fakeAuth.token(owner.resource, { subject: owner.subjectId })));
  const provider = more.provider === undefined ? {} : { provider: more.provider };
  const { facts, leaseUntil, sealed } = await vault.auth.ask(vaultV1.leaseAccessToken, { sealedCallerToken, resource: owner.resource, ...provider, replyKey: reply.publicKey });
  return { facts, leaseUntil, lease: JSON.parse((await reply.open(sealed)).toString()) };
};

/** What the refresher asks before it calls the provider; with `token`, because that person asked for it. */
export const leaseRefresh = async (vault: RunningVault, owner: Owner, generation: number, more: { readonly attemptId?: string; readonly token?: string } = {}): Promise<unknown> => {
  const reply = await createSealingKeyPair();
  const cause = more.token === undefined ? ({ kind: "due" } as const) : ({ kind: "asked", sealedCallerToken: await sealedToVault(vault.auth, more.token) } as const);
  const attemptId = more.attemptId ?? randomUUID();
  const { sealed } = await vault.auth.ask(vaultV1.leaseRefreshToken, { credentialId: idOf(owner), generation, attemptId, cause, replyKey: reply.publicKey });
  return JSON.parse((await reply.open(sealed)).toString());
};

/** Lets time go by, and what is known of revocations stay fresh. */
export const pass = async (vault: RunningVault, ms: number): Promise<void> => {
  clock.advance(ms);
  await vault.fakeAuth.heartbeat();
  await waitFor("the vault to have heard auth", async () => {
    const outcome: unknown = await lease(vault, { subjectId: "nobody", resource, provider: "none" }).catch((error: unknown) => error);
    return outcome instanceof AppError && outcome.code === "not_connected";
  });
};
