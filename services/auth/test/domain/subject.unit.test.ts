import { given } from "@mcp-auth-proxy/event-store/testing";
import { it } from "vitest";
import { subjectId } from "../../src/domain/ids.ts";
import { subjectDecider, type SubjectEvent } from "../../src/domain/subject.ts";

const seen: SubjectEvent = { type: "SubjectSeen", data: { subjectId: subjectId("s1"), seenAt: 1 } };
const signedOut: SubjectEvent = { type: "SubjectSignedOut", data: { subjectId: subjectId("s1"), signedOutAt: 2 } };

it("is seen once, however often the person signs in", () => {
  const see = { type: "SeeSubject", subjectId: subjectId("s1"), now: 1 } as const;
  given(subjectDecider, []).when(see).then([seen]);
  given(subjectDecider, [seen]).when(see).then([]);
});

it("signs out whom it knows, each time", () => {
  given(subjectDecider, [seen]).when({ type: "SignOutSubject", now: 2 }).then([signedOut]);
  given(subjectDecider, [seen, signedOut]).when({ type: "SignOutSubject", now: 2 }).then([signedOut]);
  given(subjectDecider, []).when({ type: "SignOutSubject", now: 2 }).thenRejected("unknown_subject");
});
