import { err, ok, type Result, type SubjectId } from "@mcp-auth-proxy/contracts";
import type { Decider } from "@mcp-auth-proxy/event-store";

/** An account of a person at a provider, for one server: there is never more than one for the two. */
export interface Connection {
  readonly provider: string;
  readonly resource: string;
  /** All that was asked for, space separated. What was granted, the vault knows. */
  readonly scope: string;
}

/** `not-stored`: the vault did not take what the provider gave, so there is nothing to be connected by. */
export type UnlinkReason = "person" | "operator" | "not-stored";

/** A person as the log knows them: an id. Names and logins are in `cx_subjects`, encrypted and deletable. */
export type SubjectEvent =
  | { readonly type: "SubjectSeen"; readonly data: { readonly subjectId: SubjectId; readonly seenAt: number } }
  | { readonly type: "ConnectionLinked"; readonly data: Connection & { readonly subjectId: SubjectId; readonly linkedAt: number } }
  | {
      readonly type: "ConnectionUnlinked";
      readonly data: { readonly subjectId: SubjectId; readonly provider: string; readonly resource: string; readonly reason: UnlinkReason; readonly unlinkedAt: number };
    }
  | { readonly type: "SubjectSignedOut"; readonly data: { readonly subjectId: SubjectId; readonly signedOutAt: number } };

export type SubjectState =
  | { readonly status: "none" }
  | { readonly status: "seen"; readonly subjectId: SubjectId; readonly connections: readonly Connection[] };

const isSame = (one: Pick<Connection, "provider" | "resource">, other: Pick<Connection, "provider" | "resource">): boolean =>
  one.provider === other.provider && one.resource === other.resource;

const evolve = (state: SubjectState, event: SubjectEvent): SubjectState => {
  if (event.type === "SubjectSeen") return { status: "seen", subjectId: event.data.subjectId, connections: state.status === "seen" ? state.connections : [] };
  if (state.status === "none") return state;
  switch (event.type) {
    case "ConnectionLinked": {
      const { provider, resource, scope } = event.data;
      return { ...state, connections: [...state.connections.filter((each) => !isSame(each, event.data)), { provider, resource, scope }] };
    }
    case "ConnectionUnlinked":
      return { ...state, connections: state.connections.filter((each) => !isSame(each, event.data)) };
    case "SubjectSignedOut":
      return state;
    default:
      event satisfies never;
      return state;
  }
};

export type SubjectCommand =
  | { readonly type: "SeeSubject"; readonly subjectId: SubjectId; readonly now: number }
  /** Before the vault is given anything: whoever ends connections in between sees this one. */
  | { readonly type: "LinkConnection"; readonly connection: Connection; readonly now: number }
  /** Those of a server, of a provider, or all. */
  | { readonly type: "UnlinkConnection"; readonly resource?: string; readonly provider?: string; readonly reason: UnlinkReason; readonly now: number }
  | { readonly type: "SignOutSubject"; readonly now: number };

export type SubjectRejection = "unknown_subject";

const decide = (command: SubjectCommand, state: SubjectState): Result<readonly SubjectEvent[], SubjectRejection> => {
  if (command.type === "SeeSubject") {
    // Once: each sign-in is on its authorization's stream already.
    return ok(state.status === "none" ? [{ type: "SubjectSeen", data: { subjectId: command.subjectId, seenAt: command.now } }] : []);
  }
  if (state.status === "none") return err("unknown_subject");
  const { subjectId, connections } = state;
  switch (command.type) {
    case "LinkConnection":
      return ok([{ type: "ConnectionLinked", data: { ...command.connection, subjectId, linkedAt: command.now } }]);
    case "UnlinkConnection": {
      const { reason, now } = command;
      const isMeant = ({ provider, resource }: Connection): boolean => (command.resource ?? resource) === resource && (command.provider ?? provider) === provider;
      return ok(connections.filter(isMeant).map(({ provider, resource }): SubjectEvent => ({ type: "ConnectionUnlinked", data: { subjectId, provider, resource, reason, unlinkedAt: now } })));
    }
    case "SignOutSubject":
      return ok([{ type: "SubjectSignedOut", data: { subjectId, signedOutAt: command.now } }]);
    default:
      return command satisfies never;
  }
};

export const subjectDecider: Decider<SubjectState, SubjectCommand, SubjectEvent, SubjectRejection> = {
  name: "subject",
  eventTypes: { SubjectSeen: 1, ConnectionLinked: 1, ConnectionUnlinked: 1, SubjectSignedOut: 1 },
  initialState: { status: "none" },
  stateVersion: 3,
  decide,
  evolve,
  streamId: (id) => `subject-${id}`,
};
