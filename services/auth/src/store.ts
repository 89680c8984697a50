import type { StoreDefinition } from "@mcp-auth-proxy/event-store";
import { authorizationDecider } from "./domain/authorization.ts";
import { clientDecider } from "./domain/client.ts";
import { grantDecider } from "./domain/grant.ts";
import { signingKeyDecider } from "./domain/signing-key.ts";
import { subjectDecider } from "./domain/subject.ts";

/** What auth keeps: five kinds of streams, and the tables of docs/storage-schema.md. */
export const authStore: StoreDefinition = {
  name: "auth",
  migrations: [],
  projections: [],
  deciders: [authorizationDecider, grantDecider, clientDecider, subjectDecider, signingKeyDecider],
};
