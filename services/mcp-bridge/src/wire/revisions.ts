/** The revisions of MCP with `initialize` and sessions that are spoken here, newest first. */
export const sessionRevisions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;
export type SessionRevision = (typeof sessionRevisions)[number];

/** A request without the version header comes from a client of this revision (2025-06-18, transports). */
export const revisionWithoutHeader: SessionRevision = "2025-03-26";

export const isSessionRevision = (value: string): value is SessionRevision =>
  sessionRevisions.some((revision) => revision === value);

/** From 2026-07-28 on requests carry their own context and there are no sessions. Dates compare as text. */
export const isStatelessRevision = (value: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(value) && value >= "2026-01-01";

/** The `params._meta` member that names the revision of a stateless request. */
export const versionMetaKey = "io.modelcontextprotocol/protocolVersion";
