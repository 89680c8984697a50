import { AppError } from "@mcp-auth-proxy/contracts";
import type { Secret } from "@mcp-auth-proxy/crypto";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { LeasedCredential } from "../domain/lease.ts";

const looks = 3;

/**
 * Finds a credential that may be lent, and opens it. Between the look and the opening a refresh may have put
 * a new generation in its place, whose predecessor is gone: then it looks again. What still does not open is lost, to
 * us, and its owner has to connect again: AppError `reconnect_required`.
 */
export const openCurrent = async (steps: {
  /** Throws AppError when there is none, or it may not be lent. */
  readonly find: () => Promise<LeasedCredential>;
  readonly open: (credential: LeasedCredential) => Promise<Secret<Buffer> | undefined>;
  readonly log: Log;
}): Promise<{ readonly credential: LeasedCredential; readonly opened: Secret<Buffer> }> => {
  for (let left = looks; ; left -= 1) {
    const credential = await steps.find();
    const opened = await steps.open(credential);
    if (opened !== undefined) return { credential, opened };
    if (left > 1) continue;
    const { credentialId, generation } = credential.facts;
    steps.log.error({ credentialId, generation }, "a credential does not open: its ciphertext or its key is gone");
    throw new AppError("reconnect_required", "nothing that is kept opens");
  }
};
