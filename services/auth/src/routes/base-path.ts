/** The issuer's own path, without a trailing slash: empty for most. Every route of ours lies below it. */
export const basePath = (issuer: string): string => new URL(issuer).pathname.replace(/\/$/, "");
