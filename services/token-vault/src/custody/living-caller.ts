import { verifyAccessToken, type Caller, type Revocations, type SigningKeys } from "@mcp-auth-proxy/access-token";
import { AppError, type Clock, type Sealed } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { TokenVaultConfig } from "../config.ts";
import type { SealingKeys } from "./sealing-keys.ts";

/** How old the list of what was revoked may be. */
export const feedMs = 30_000;

/** Finds out whose living access token comes with a question. */
export interface LivingCallers {
  /**
   * Throws AppError `refused` for a token that does not count, `undecryptable` for one that is not sealed to this vault,
   * `unavailable` when it can not be known whether it counts: then nobody gets anything.
   */
  identify(sealedToken: Sealed): Promise<Caller>;
}

export interface LivingCallersDeps {
  readonly config: TokenVaultConfig;
  readonly sealingKeys: SealingKeys;
  readonly signingKeys: SigningKeys;
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly log: Log;
}

export const createLivingCallers = ({ config, sealingKeys, signingKeys, revocations, clock, log }: LivingCallersDeps): LivingCallers => {
  const makeFresh = async (): Promise<void> => {
    if (revocations.fresh) return;
    try {
      await revocations.loadOnce();
    } catch (cause) {
      throw new AppError("unavailable", "what was revoked can not be had", cause);
    }
    if (!revocations.fresh) throw new AppError("unavailable", "what is known of revocations is too old");
  };

  return {
    identify: async (sealedToken) => {
      const token = await sealingKeys.open(sealedToken);
      await makeFresh();
      const expectations = { issuer: config.issuer, resources: config.resources() };
      const verified = await verifyAccessToken(token.reveal().toString("latin1"), expectations, signingKeys, clock);
      if (!verified.ok) {
        log.info({ reason: verified.error.reason }, "an access token that came for a lease was refused");
        throw new AppError("refused", `the caller's token does not count: ${verified.error.reason}`);
      }
      if (revocations.denies(verified.value)) throw new AppError("refused", "the caller's token was revoked");
      return verified.value;
    },
  };
};
