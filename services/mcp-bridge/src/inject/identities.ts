import type { Caller } from "@mcp-auth-proxy/access-token";
import type { Messenger } from "@mcp-auth-proxy/bus";
import { AppError, authV1, type Clock } from "@mcp-auth-proxy/contracts";
import { createSealingKeyPair, Secret } from "@mcp-auth-proxy/crypto";
import { LRUCache } from "lru-cache";
import { Compile } from "typebox/compile";

/** Who is calling, as auth says it to the server of the caller's grant. Personal data: it goes to that server, and nowhere else. */
export interface Identity {
  readonly email?: string;
  readonly preferredUsername?: string;
  /** A JWT of the same facts, with the server's resource as its audience. */
  readonly assertion: Secret<string>;
  readonly expiresAt: number;
}

export interface IdentitiesOptions {
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly identities: number;
}

const answer = Compile(authV1.Identity);

/** So long before its end an assertion is no longer sent: it has to arrive, and to be looked at, in time. */
const marginMs = 60_000;

const keyOf = ({ grant }: Caller, resource: string): string => JSON.stringify([grant, resource]);

/** What is known of callers, by grant and resource, for as long as its assertion counts. Those who want the same at once share a question. */
export class Identities {
  readonly #options: IdentitiesOptions;
  readonly #known: LRUCache<string, { readonly identity: Identity; readonly caller: Caller }>;
  readonly #underWay = new Map<string, Promise<Identity>>();

  constructor(options: IdentitiesOptions) {
    this.#options = options;
    this.#known = new LRUCache({ max: options.identities });
  }

  known(caller: Caller, resource: string): Identity | undefined {
    const identity = this.#known.get(keyOf(caller, resource))?.identity;
    return identity !== undefined && this.#options.clock.now() < identity.expiresAt - marginMs ? identity : undefined;
  }

  /** Throws AppError when auth does not say it: a server that is told who calls is not called without. */
  async find(caller: Caller, resource: string): Promise<Identity> {
    const key = keyOf(caller, resource);
    const known = this.known(caller, resource);
    if (known !== undefined) return known;
    const asked = this.#underWay.get(key) ?? this.#ask(caller, resource).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asked);
    const identity = await asked;
    this.#known.set(key, { identity, caller });
    return identity;
  }

  /** Forgets callers that are not allowed any more. */
  endDenied(denied: (caller: Caller) => boolean): void {
    for (const [key, { caller }] of this.#known.entries()) if (denied(caller)) this.#known.delete(key);
  }

  async #ask(caller: Caller, resource: string): Promise<Identity> {
    const reply = await createSealingKeyPair();
    const { sealed } = await this.#options.messenger.ask(authV1.identity, { grantId: caller.grant, resource, replyKey: reply.publicKey });
    const content: unknown = JSON.parse((await reply.open(sealed)).toString("utf8"));
    if (!answer.Check(content) || content.sub !== caller.subject) throw new AppError("internal", "an identity that is not the caller's");
    const { email, preferred_username: preferredUsername, assertion, expiresAt } = content;
    return { ...(email === undefined ? {} : { email }), ...(preferredUsername === undefined ? {} : { preferredUsername }), assertion: Secret.of(assertion), expiresAt };
  }
}
