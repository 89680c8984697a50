import { OAuthError } from "@mcp-auth-proxy/http";
import { overRate, retryAfter } from "../limits/rate.ts";
import type { AuthParts } from "../parts.ts";

/** Grants in a minute that one client may make without a person. The log keeps each for good, so there is a bound. */
const perMinute = 120;
const minuteMs = 60_000;

export const requireGrantRate = async ({ kv }: Pick<AuthParts, "kv">, clientId: string): Promise<void> => {
  const waitMs = await overRate(kv, [{ key: `grants:${clientId}`, most: perMinute, windowMs: minuteMs }]);
  if (waitMs !== undefined) throw new OAuthError("slow_down", "grants of one client", { headers: { "retry-after": retryAfter(waitMs) } });
};
