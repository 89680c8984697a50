import { AppError, vaultV1 } from "@mcp-auth-proxy/contracts";
import { markBroken } from "../custody/credentials.ts";
import { attemptDecider } from "../domain/attempt.ts";
import type { Ending } from "../domain/attempt-state.ts";
import type { RefresherParts } from "../parts.ts";
import { claimIn, releaseIn } from "./claim.ts";
import { settle } from "./conclude.ts";
import { abandonedBecause } from "./fail.ts";

/** Held until it lapses where the vault does not answer: that is the pause before the next try. */
const ttlMs = 10_000;

/** Tells the vault that a credential is beyond repair, until it has heard it; the person is asked to connect again, once. */
export const tellVault = async (parts: RefresherParts, credentialId: string, { generation, reason, breakId, provider }: Ending): Promise<void> => {
  const epoch = await settle(parts, breakId, async (unit) => claimIn(unit.sql, { credentialId, now: await unit.databaseTime(), ttlMs }));
  if (epoch === undefined) return;
  const said = await parts.messenger.ask(vaultV1.breakCredential, { commandId: breakId, credentialId, expectedGeneration: generation, reason }).catch((cause: unknown) => {
    if (cause instanceof AppError) return cause;
    throw cause;
  });
  const refusal = said instanceof AppError ? abandonedBecause[said.code] : undefined;
  if (said instanceof AppError && refusal === undefined) {
    parts.log.warn({ credentialId, provider, code: said.code }, "the vault was not told yet that an account has to be connected again");
    return;
  }
  await settle(parts, breakId, async (unit) => {
    await unit.execute(attemptDecider, credentialId, { type: "AbandonRefresh", credentialId, generation, reason: refusal ?? "broken" });
    await markBroken(unit.sql, credentialId, generation);
    await releaseIn(unit.sql, credentialId, epoch);
  });
  parts.log.warn({ credentialId, provider, reason }, "an account has to be connected again");
};
