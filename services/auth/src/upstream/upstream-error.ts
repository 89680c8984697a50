/**
 * Why a provider gave us nobody.
 * - `unavailable`: it does not answer, or says that it can not now: trying again helps
 * - `declined`: it sent the browser back with an error, as it does when the person says no
 * - `refused`: it does not take our code or our client
 * - `invalid`: what it said breaks a rule; nothing of it is believed
 */
export type UpstreamFailure = "unavailable" | "declined" | "refused" | "invalid";

/** `detail` is for the log: constant text and codes, nothing that the other side wrote. */
export class UpstreamError extends Error {
  readonly failure: UpstreamFailure;
  readonly detail: string;

  constructor(failure: UpstreamFailure, detail: string, cause?: unknown) {
    super(`${failure}: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = "UpstreamError";
    this.failure = failure;
    this.detail = detail;
  }
}
