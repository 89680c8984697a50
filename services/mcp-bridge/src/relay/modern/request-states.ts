import type { Caller } from "@mcp-auth-proxy/access-token";
import { AppError, type Clock } from "@mcp-auth-proxy/contracts";
import { decrypt, encrypt, randomBytes, sha256 } from "@mcp-auth-proxy/crypto";
import { canonicalJson } from "../../wire/canonical-json.ts";
import { textAt } from "../../wire/json-document.ts";
import type { ModernRequest } from "../../wire/rev-2026-07-28/request.ts";

/** Whose request, to which server, a `requestState` belongs to. */
export interface StateBinding {
  readonly caller: Pick<Caller, "subject" | "client">;
  /** The canonical resource of the server. */
  readonly resource: string;
  readonly method: string;
  /** See `requestDigest`. */
  readonly digest: string;
}

/**
 * Closes a server's `requestState` before a client gets it: only the same person with the same client can carry on
 * the same request with it, for a time (MCP 2026-07-28, MRTR, "Security"). The key is made here and kept nowhere, so
 * after a restart of the gateway every request that waits for an answer has to begin again.
 */
export class RequestStates {
  readonly #key = randomBytes(32);
  readonly #clock: Clock;
  readonly #lifeMs: number;

  constructor(clock: Clock, lifeMs: number) {
    this.#clock = clock;
    this.#lifeMs = lifeMs;
  }

  seal(state: string, binding: StateBinding): string {
    const until = (this.#clock.now() + this.#lifeMs).toString(36);
    return `${until}.${encrypt(this.#key, Buffer.from(state), associated(binding, until))}`;
  }

  /** The server's own text; undefined for one that was forged, changed, is somebody else's, of another request or too old. */
  open(sealed: string, binding: StateBinding): string | undefined {
    const [, until, closed] = /^([0-9a-z]{1,12})\.(.+)$/s.exec(sealed) ?? [];
    if (until === undefined || closed === undefined || Number.parseInt(until, 36) <= this.#clock.now()) return undefined;
    try {
      return decrypt(this.#key, closed, associated(binding, until)).toString("utf8");
    } catch (fault) {
      if (fault instanceof AppError && fault.code === "undecryptable") return undefined;
      throw fault;
    }
  }
}

const associated = ({ caller, resource, method, digest }: StateBinding, until: string): string =>
  JSON.stringify([caller.subject, caller.client, resource, method, digest, until]);

/** What differs between the rounds of one request, and so can not identify it; the token of the moment among it. */
const roundMembers: ReadonlySet<string> = new Set(["_meta", "inputResponses", "requestState", "authorization"]);

/** Tells one request from another over all of its rounds. Its cost grows with the parameters: not for every request. */
export const requestDigest = ({ document }: Pick<ModernRequest, "document">): string => {
  const members = [...document.body].filter(([name]) => !roundMembers.has(name)).map(([name, at]) => [name, JSON.parse(textAt(document, at))] as const);
  return sha256(canonicalJson(Object.fromEntries(members)));
};
