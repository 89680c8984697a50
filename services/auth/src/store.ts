import type { StoreDefinition } from "@mcp-auth-proxy/event-store";
import { authorizationDecider } from "./domain/authorization.ts";
import { clientDecider } from "./domain/client.ts";
import { grantDecider } from "./domain/grant.ts";
import { signingKeyDecider } from "./domain/signing-key.ts";
import { subjectDecider } from "./domain/subject.ts";
import { tables } from "./migrations/001-tables.ts";
import { sessionTables } from "./migrations/002-sessions.ts";
import { consentTables } from "./migrations/003-consents.ts";
import { accountTables } from "./migrations/004-account.ts";
import { usedAssertions } from "./migrations/005-used-assertions.ts";
import { knownBrowserTables } from "./migrations/006-known-browsers.ts";
import { auditTables } from "./migrations/009-audit.ts";
import { openCodeTables } from "./migrations/010-open-codes.ts";
import { endedGrants } from "./migrations/011-ended-grants.ts";
import { providerTables } from "./migrations/012-providers.ts";
import { activityProjection } from "./read-models/activity.ts";
import { clientsProjection } from "./read-models/clients.ts";
import { deniedProjection } from "./read-models/denied.ts";
import { grantUseProjection } from "./read-models/grant-use.ts";
import { grantsProjection } from "./read-models/grants.ts";
import { signingKeysProjection } from "./read-models/signing-keys.ts";

/** What auth keeps: five kinds of streams, and the tables of docs/storage-schema.md. */
export const authStore: StoreDefinition = {
  name: "auth",
  migrations: [tables, sessionTables, consentTables, accountTables, usedAssertions, knownBrowserTables, auditTables, openCodeTables, endedGrants, providerTables],
  projections: [grantsProjection, deniedProjection, clientsProjection, signingKeysProjection, grantUseProjection, activityProjection],
  deciders: [authorizationDecider, grantDecider, clientDecider, subjectDecider, signingKeyDecider],
};
