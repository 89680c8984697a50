import { err, ok, type ClientId, type Result } from "@mcp-auth-proxy/contracts";
import type { Decider } from "@mcp-auth-proxy/event-store";

/** The public half of a client's signing key (RFC 7517); what else a key set holds is dropped. */
export interface ClientJwk {
  readonly kty: "EC" | "RSA" | "OKP";
  readonly kid?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

/** Where a client's keys are: with its registration, or at an address of its own. */
export type ClientKeySource = { readonly jwks: readonly ClientJwk[] } | { readonly jwksUri: string };

/** How a confidential client proves who it is (RFC 7591 section 2). A secret is there as a keyed fingerprint only. */
export type ClientAuthentication =
  | { readonly method: "client_secret_basic" | "client_secret_post"; readonly secretFingerprint: string }
  | { readonly method: "private_key_jwt"; readonly keys: ClientKeySource };

/** How a client says it works. `clientName` is its own claim. */
export interface ClientFacts {
  readonly clientName?: string;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  readonly scope: string;
  readonly applicationType?: "native" | "web";
  /** Absent: a public client, which proves nothing (`none`). */
  readonly authentication?: ClientAuthentication;
}

/** A client completed its first authorization. Before that it is a row that expires, not an event. */
export interface ClientRegistered {
  readonly type: "ClientRegistered";
  readonly data: { readonly clientId: ClientId; readonly issuedAt: number; readonly facts: ClientFacts };
}
/** A client came back with other metadata than it had. */
export interface ClientUpdated {
  readonly type: "ClientUpdated";
  readonly data: { readonly clientId: ClientId; readonly facts: ClientFacts };
}
/** Nobody signs in through this client any more. */
export interface ClientDisabled {
  readonly type: "ClientDisabled";
  readonly data: { readonly clientId: ClientId; readonly disabledAt: number };
}
export type ClientEvent = ClientRegistered | ClientUpdated | ClientDisabled;

export type ClientState =
  | { readonly status: "unknown" }
  | { readonly status: "active"; readonly clientId: ClientId; readonly facts: ClientFacts }
  | { readonly status: "disabled"; readonly clientId: ClientId };

const evolve = (state: ClientState, event: ClientEvent): ClientState => {
  switch (event.type) {
    case "ClientRegistered":
    case "ClientUpdated":
      return { status: "active", clientId: event.data.clientId, facts: event.data.facts };
    case "ClientDisabled":
      return { status: "disabled", clientId: event.data.clientId };
    default:
      event satisfies never;
      return state;
  }
};

/** At each completed authorization: registers the client the first time, and says nothing when nothing changed. */
export interface ConfirmClient {
  readonly type: "ConfirmClient";
  readonly clientId: ClientId;
  readonly issuedAt: number;
  readonly facts: ClientFacts;
}
export interface DisableClient {
  readonly type: "DisableClient";
  readonly clientId: ClientId;
  readonly now: number;
}
export type ClientCommand = ConfirmClient | DisableClient;

export type ClientRejection = "client_disabled" | "client_unknown";

const sameList = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((item, index) => item === right[index]);

const sameFacts = (left: ClientFacts, right: ClientFacts): boolean =>
  left.clientName === right.clientName &&
  left.scope === right.scope &&
  left.applicationType === right.applicationType &&
  JSON.stringify(left.authentication) === JSON.stringify(right.authentication) &&
  sameList(left.redirectUris, right.redirectUris) &&
  sameList(left.grantTypes, right.grantTypes);

const confirm = ({ clientId, issuedAt, facts }: ConfirmClient, state: ClientState): Result<readonly ClientEvent[], ClientRejection> => {
  switch (state.status) {
    case "unknown":
      return ok([{ type: "ClientRegistered", data: { clientId, issuedAt, facts } }]);
    case "active":
      return ok(sameFacts(state.facts, facts) ? [] : [{ type: "ClientUpdated", data: { clientId, facts } }]);
    case "disabled":
      return err("client_disabled");
    default:
      return state satisfies never;
  }
};

const disable = ({ clientId, now }: DisableClient, state: ClientState): Result<readonly ClientEvent[], ClientRejection> => {
  switch (state.status) {
    case "unknown":
      return err("client_unknown");
    case "active":
      return ok([{ type: "ClientDisabled", data: { clientId, disabledAt: now } }]);
    case "disabled":
      return ok([]);
    default:
      return state satisfies never;
  }
};

const decide = (command: ClientCommand, state: ClientState): Result<readonly ClientEvent[], ClientRejection> => {
  switch (command.type) {
    case "ConfirmClient":
      return confirm(command, state);
    case "DisableClient":
      return disable(command, state);
    default:
      return command satisfies never;
  }
};

export const clientDecider: Decider<ClientState, ClientCommand, ClientEvent, ClientRejection> = {
  name: "client",
  eventTypes: { ClientRegistered: 1, ClientUpdated: 1, ClientDisabled: 1 },
  initialState: { status: "unknown" },
  decide,
  evolve,
  streamId: (id) => `client-${id}`,
};
