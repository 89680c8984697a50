export * from "./auth-secrets.ts";
export * from "./credential-events.ts";
export * from "./credential-fields.ts";
export * from "./credentials.ts";
export * from "./feed.ts";
export * from "./leases.ts";
