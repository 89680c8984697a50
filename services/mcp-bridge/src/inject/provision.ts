import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { StdioServer } from "../config.ts";
import type { Envelope } from "../wire/envelope.ts";
import type { Account } from "./accounts.ts";
import type { NoLease } from "./lease.ts";
import { isWorn } from "./outfit.ts";
import { carriesToken, withAuthorization } from "./params.ts";

/** Why a request can not be sent with its person's token. */
export type Unprovided = NoLease | "ambiguous";

/**
 * A message as its process is to get it: with the token among its parameters where that is the way, else as it came.
 * A request to a server that works with an account fails without one; what asks for nothing needs none.
 */
export const provide = ({ inject }: Pick<StdioServer, "inject">, envelope: Envelope, message: Buffer, account: Account | undefined): Result<Buffer, Unprovided> => {
  if (inject === undefined || envelope.kind !== "request") return ok(message);
  if (!isWorn(inject) && !carriesToken(envelope.method)) return ok(message);
  const lease = account?.lease ?? err("unavailable" as const);
  if (!lease.ok) return lease;
  return inject.kind === "params" ? withAuthorization(message, lease.value) : ok(message);
};
