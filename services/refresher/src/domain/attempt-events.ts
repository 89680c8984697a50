import type { refresherV1 } from "@mcp-auth-proxy/contracts";

/** `due`: its time had come. `asked`: its owner was waiting. */
export type RefreshCause = "due" | "asked";

/**
 * Why nothing is tried any more. `superseded`: the person connected anew meanwhile. `broken`: only the person can mend it.
 * `forgotten`: deleted. `unscheduled`: what is kept now does not expire, or can not be refreshed.
 */
export type AbandonReason = "superseded" | "broken" | "forgotten" | "unscheduled";

/** Whose refresh, and of which set of tokens. */
interface Subject {
  readonly credentialId: string;
  readonly provider: string;
  readonly generation: number;
}

interface Outcome extends Subject {
  readonly attemptId: string;
  readonly failedAt: number;
  /** Absent: there is no point in trying again, and the vault is told to mark the credential broken. */
  readonly retryAt?: number;
  /** The id of that message to the vault, so that repeating it is harmless. */
  readonly breakId?: string;
}

/** What happens to one credential here. Never a token, nor anything that a provider wrote. */
export type AttemptEvent =
  | { readonly type: "RefreshScheduled"; readonly data: Subject & { readonly expiresAt: number; readonly dueAt: number } }
  /** From here on a provider may have been asked. `endsAt`: the worker that started it stops then. */
  | {
      readonly type: "RefreshStarted";
      readonly data: Subject & { readonly attemptId: string; readonly epoch: number; readonly cause: RefreshCause; readonly startedAt: number; readonly endsAt: number };
    }
  /** The vault has the new tokens; `generation` is theirs. `rotated` is absent where the vault could not tell any more. */
  | {
      readonly type: "RefreshSucceeded";
      readonly data: Subject & { readonly attemptId: string; readonly clientId: string; readonly rotated?: boolean; readonly succeededAt: number };
    }
  /** The provider was not asked, or said no: the refresh token is what it was. `retryAfterAt`: the provider named that time. */
  | { readonly type: "RefreshFailed"; readonly data: Outcome & { readonly failure: Exclude<refresherV1.FailureClass, "uncertain">; readonly retryAfterAt?: number } }
  /** The provider was asked, and nobody knows what it did. */
  | { readonly type: "RefreshUncertain"; readonly data: Outcome }
  | { readonly type: "RefreshAbandoned"; readonly data: { readonly credentialId: string; readonly generation: number; readonly reason: AbandonReason } };
