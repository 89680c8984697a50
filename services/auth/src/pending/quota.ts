import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { QuotaExceeded, RegistrationQuota } from "../ports/registrations.ts";
import type { AuthSql } from "../read-models/tables.ts";

/** Counts unexpired rows; call it in the transaction that inserts one, or a burst passes. */
export const withinQuota = async (
  sql: AuthSql,
  table: "tt_authorizations" | "tt_upstream_visits" | "tt_registrations",
  asked: { readonly addressFingerprint: string; readonly quota: RegistrationQuota; readonly now: number },
): Promise<Result<undefined, QuotaExceeded>> => {
  const living = sql.selectFrom(table).select((eb) => eb.fn.countAll<number>().as("rows")).where("expires_at", ">", asked.now);
  const ofAddress = await living.where("address_fingerprint", "=", asked.addressFingerprint).executeTakeFirstOrThrow();
  if (ofAddress.rows >= asked.quota.perAddress) return err("address_quota");
  const all = await living.executeTakeFirstOrThrow();
  return all.rows >= asked.quota.inAll ? err("total_quota") : ok(undefined);
};
