import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { authV1 } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { AuditHead } from "../audit/chain.ts";
import { verifyAudit } from "../audit/verify.ts";
import type { AuthParts } from "../parts.ts";

/** Into the log, which goes elsewhere: a database that was put back later does not know this row. */
export const tellHead = (log: Log, { seq, hash }: AuditHead): void => log.info({ head: `${seq}:${hash}` }, "audit trail");

/** Asked by operators: reads the whole trail. */
export const serveAudit = (messenger: Messenger, { store, keys, log }: AuthParts): readonly Subscription[] => [
  messenger.serve(authV1.verifyAudit, async ({ noted }) => {
    const { rows, since, head, problems } = await verifyAudit(store, keys.auditKey, noted);
    if (problems.length > 0) log.error({ problems }, "the audit trail does not verify");
    tellHead(log, head);
    return { rows, ...(since === undefined ? {} : { since }), head: { ...head }, problems: [...problems] };
  }),
];
