import type { Messenger } from "@mcp-auth-proxy/bus";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { CommandHandler, EventStore } from "@mcp-auth-proxy/event-store";
import type { Kv } from "@mcp-auth-proxy/kv";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { AuditTrail } from "./audit/trail.ts";
import type { ClientDocuments } from "./clients/client-documents.ts";
import type { KeySets } from "./clients/key-sets.ts";
import type { StrangerKeySets } from "./clients/stranger-key-sets.ts";
import type { AuthConfig } from "./config.ts";
import type { AuthKeys } from "./custody/keys.ts";
import type { PasswordCheck } from "./custody/owner-password.ts";
import type { SigningKeys } from "./custody/signing-keys.ts";
import type { Turns } from "./sign-in/turns.ts";
import type { UpstreamClients } from "./upstream/upstream-clients.ts";

/** What auth's routes and grants work with, once the keys are open. */
export interface AuthParts {
  readonly config: AuthConfig;
  readonly store: EventStore;
  readonly handle: CommandHandler;
  readonly kv: Kv;
  readonly clock: Clock;
  readonly log: Log;
  readonly keys: AuthKeys;
  /** Asks the vault. */
  readonly messenger: Messenger;
  /** Where people have their accounts. */
  readonly upstream: UpstreamClients;
  readonly audit: AuditTrail;
  readonly signingKeys: SigningKeys;
  /** The keys with which the operator's clients and trusted issuers sign. */
  readonly configuredKeySets: KeySets;
  /** The keys with which all other clients sign. */
  readonly strangerKeySets: StrangerKeySets;
  /** Clients that a document describes; absent where that is off. */
  readonly documents?: ClientDocuments;
  readonly checkPassword: PasswordCheck;
  /** Bounds how many passwords are checked at once. */
  readonly passwordTurns: Turns;
}
