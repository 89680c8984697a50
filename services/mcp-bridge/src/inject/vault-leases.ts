import type { Caller } from "@mcp-auth-proxy/access-token";
import type { Messenger } from "@mcp-auth-proxy/bus";
import { AppError, type Clock, err, type ErrorCode, ok, refresherV1, type Result, type Sealed, type SealingKey, vaultV1 } from "@mcp-auth-proxy/contracts";
import { createSealingKeyPair, sealTo, Secret } from "@mcp-auth-proxy/crypto";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { Compile } from "typebox/compile";
import type { Lease, NoLease } from "./lease.ts";

/** Somebody who is there: the vault believes their access token and nobody's word. */
export interface LivingCaller {
  readonly caller: Caller;
  /** The access token of ours that came with the request. */
  readonly token: Secret<string>;
  /** At which provider the account has to be; the one that was connected last unless given. */
  readonly provider?: string;
}

export interface VaultLeasesOptions {
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly log: Log;
  /** How long the vault's public key counts without asking again. */
  readonly sealingKeyMs: number;
  /** How long a refresh is waited for while its owner waits. */
  readonly refreshMs: number;
}

const accessLease = Compile(vaultV1.AccessLease);

/** What may stand in a header, in a variable and in JSON alike. RFC 6750 section 2.1 allows less. */
const usableToken = /^[\x21-\x7e]+$/;

/**
 * Asks the vault for a person's token, and the refresher for a new one where that helps. Every secret goes sealed: our
 * token to the vault's key, the answer to a key that is made for one question and forgotten with it.
 */
export class VaultLeases {
  readonly #options: VaultLeasesOptions;
  #sealingKey: { readonly key: SealingKey; readonly askedAt: number } | undefined;

  constructor(options: VaultLeasesOptions) {
    this.#options = options;
  }

  /** The token of the moment; an expired one is refreshed first. */
  async lease(living: LivingCaller, resource: string): Promise<Result<Lease, NoLease>> {
    let first = await this.#ask(living, resource);
    // Sealed to a key that the vault has no more: with the one that it has now it is another question.
    if (!first.ok && first.error === "undecryptable") first = await this.#ask(living, resource);
    if (first.ok || first.error !== "credential_expired") return this.#told(first);
    const expired = await this.#expired(living, resource);
    return expired.ok ? this.refreshed(living, resource, expired.value) : expired;
  }

  /** A token after `generation`: for one that has expired, or that its server does not take. */
  async refreshed(
    living: LivingCaller,
    resource: string,
    { credentialId, generation }: Pick<vaultV1.CredentialFacts, "credentialId" | "generation">,
  ): Promise<Result<Lease, NoLease>> {
    const { messenger, refreshMs } = this.#options;
    try {
      const sealedCallerToken = await this.#sealed(living);
      await messenger.ask(refresherV1.refreshNow, { credentialId, generation, sealedCallerToken }, { timeoutMs: refreshMs });
    } catch (fault) {
      return err(this.#reasonOf(fault, "a token could not be refreshed"));
    }
    return this.#told(await this.#ask(living, resource));
  }

  async #ask(living: LivingCaller, resource: string): Promise<Result<Lease, ErrorCode>> {
    const { messenger, clock } = this.#options;
    try {
      const reply = await createSealingKeyPair();
      const sealedCallerToken = await this.#sealed(living);
      const { provider } = living;
      const { facts, leaseUntil, sealed } = await messenger.ask(vaultV1.leaseAccessToken, { sealedCallerToken, resource, ...(provider === undefined ? {} : { provider }), replyKey: reply.publicKey });
      // The vault finds out by itself who is asking; that it was somebody else would be the worst that can happen here.
      if (facts.subjectId !== living.caller.subject || facts.resource !== resource || (provider ?? facts.provider) !== facts.provider) throw new AppError("internal", "a lease of somebody else's credential");
      const content: unknown = JSON.parse((await reply.open(sealed)).toString("utf8"));
      if (!accessLease.Check(content) || !usableToken.test(content.accessToken)) throw new AppError("internal", "a lease holds no token that can be sent");
      const until = Math.min(leaseUntil, facts.expiresAt ?? Number.POSITIVE_INFINITY);
      if (until <= clock.now()) return err("credential_expired");
      return ok({ facts, accessToken: Secret.of(content.accessToken), until });
    } catch (fault) {
      if (fault instanceof AppError) {
        if (fault.code === "undecryptable") this.#sealingKey = undefined;
        if (fault.code === "internal") this.#options.log.error({ err: fault }, "a lease can not be used");
        return err(fault.code);
      }
      throw fault;
    }
  }

  /** Which credential it is that has expired: an error says that it is so, and no more. */
  async #expired({ caller, provider }: LivingCaller, resource: string): Promise<Result<vaultV1.CredentialFacts, NoLease>> {
    try {
      const { credentials } = await this.#options.messenger.ask(vaultV1.credentialsOf, { subjectId: caller.subject });
      const found = credentials.find(({ facts }) => facts.resource === resource && (provider ?? facts.provider) === facts.provider);
      return found === undefined ? err("not_connected") : ok(found.facts);
    } catch (fault) {
      return err(this.#reasonOf(fault, "an expired credential was not found"));
    }
  }

  async #sealed({ token }: LivingCaller): Promise<Sealed> {
    const { messenger, clock, sealingKeyMs } = this.#options;
    if (this.#sealingKey === undefined || this.#sealingKey.askedAt + sealingKeyMs <= clock.now()) {
      const askedAt = clock.now();
      const [key] = (await messenger.ask(vaultV1.sealingKeys, {})).keys;
      if (key === undefined) throw new AppError("unavailable", "the vault has no sealing key");
      this.#sealingKey = { key, askedAt };
    }
    return sealTo(this.#sealingKey.key, Buffer.from(token.reveal(), "utf8"));
  }

  #told(asked: Result<Lease, ErrorCode>): Result<Lease, NoLease> {
    return asked.ok ? asked : err(noLeaseOf(asked.error));
  }

  #reasonOf(fault: unknown, sentence: string): NoLease {
    if (!(fault instanceof AppError)) throw fault;
    this.#options.log.info({ code: fault.code }, sentence);
    return noLeaseOf(fault.code);
  }
}

const certain: Partial<Readonly<Record<ErrorCode, NoLease>>> = {
  not_connected: "not_connected",
  not_found: "not_connected",
  reconnect_required: "reconnect_required",
  refused: "refused",
};

/** Whatever is not certain is `unavailable`: nobody is sent to reconnect an account that may be in order. */
const noLeaseOf = (code: ErrorCode): NoLease => certain[code] ?? "unavailable";
