import { multiRoundMethods } from "../../wire/rev-2026-07-28/names.ts";
import type { ModernRequest } from "../../wire/rev-2026-07-28/request.ts";
import { requestDigest } from "./request-states.ts";

/** Bodies up to this are kept while their request is under way, however many there are: their number has a limit. */
const smallBytes = 16 * 1024;

/** What tells a request from others, made when somebody wants to know it. */
export interface RequestDigest {
  value(): string;
  /** The request is over. */
  release(): void;
}

/**
 * The digests of the requests under way at one process. To make one costs as much as to parse the request, and hardly
 * any is ever asked for: so a body is kept until then, as long as those that are large are not too much together.
 */
export class RequestDigests {
  readonly #mostBytes: number;
  readonly #digest: (request: ModernRequest) => string;
  #keptBytes = 0;

  constructor(mostBytes: number, digest: (request: ModernRequest) => string = requestDigest) {
    this.#mostBytes = mostBytes;
    this.#digest = digest;
  }

  of(request: ModernRequest): RequestDigest {
    // No state of such a method is ever taken back: there is nothing to tell apart.
    if (!multiRoundMethods.has(request.method)) return { value: () => "", release: () => undefined };
    const { length } = request.document.bytes;
    const bytes = length > smallBytes ? length : 0;
    if (this.#keptBytes + bytes > this.#mostBytes) {
      const digest = this.#digest(request);
      return { value: () => digest, release: () => undefined };
    }
    this.#keptBytes += bytes;
    return this.#lazy(request, bytes);
  }

  #lazy(request: ModernRequest, bytes: number): RequestDigest {
    let kept: ModernRequest | undefined = request;
    let digest: string | undefined;
    const release = (): void => {
      if (kept !== undefined) this.#keptBytes -= bytes;
      kept = undefined;
    };
    const value = (): string => {
      digest ??= kept === undefined ? "" : this.#digest(kept);
      return digest;
    };
    return { value, release };
  }
}
