import { err, ok, type Result, type SubjectId } from "@mcp-auth-proxy/contracts";
import type { Decider } from "@mcp-auth-proxy/event-store";

/** A person as the log knows them: an id. Names and logins are in `cx_subjects`, encrypted and deletable. */
export type SubjectEvent =
  | { readonly type: "SubjectSeen"; readonly data: { readonly subjectId: SubjectId; readonly seenAt: number } }
  | { readonly type: "SubjectSignedOut"; readonly data: { readonly subjectId: SubjectId; readonly signedOutAt: number } };

export type SubjectState =
  | { readonly status: "none" }
  | { readonly status: "seen"; readonly subjectId: SubjectId };

const evolve = (state: SubjectState, event: SubjectEvent): SubjectState => {
  switch (event.type) {
    case "SubjectSeen":
      return { status: "seen", subjectId: event.data.subjectId };
    case "SubjectSignedOut":
      return state;
    default:
      event satisfies never;
      return state;
  }
};

export type SubjectCommand =
  | { readonly type: "SeeSubject"; readonly subjectId: SubjectId; readonly now: number }
  | { readonly type: "SignOutSubject"; readonly now: number };

export type SubjectRejection = "unknown_subject";

const decide = (command: SubjectCommand, state: SubjectState): Result<readonly SubjectEvent[], SubjectRejection> => {
  switch (command.type) {
    case "SeeSubject":
      // Once: each sign-in is on its authorization's stream already.
      return ok(state.status === "none" ? [{ type: "SubjectSeen", data: { subjectId: command.subjectId, seenAt: command.now } }] : []);
    case "SignOutSubject":
      if (state.status === "none") return err("unknown_subject");
      return ok([{ type: "SubjectSignedOut", data: { subjectId: state.subjectId, signedOutAt: command.now } }]);
    default:
      return command satisfies never;
  }
};

export const subjectDecider: Decider<SubjectState, SubjectCommand, SubjectEvent, SubjectRejection> = {
  name: "subject",
  eventTypes: { SubjectSeen: 1, SubjectSignedOut: 1 },
  initialState: { status: "none" },
  stateVersion: 2,
  decide,
  evolve,
  streamId: (id) => `subject-${id}`,
};
