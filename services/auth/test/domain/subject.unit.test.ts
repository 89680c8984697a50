import { given } from "@mcp-auth-proxy/event-store/testing";
import { describe, it } from "vitest";
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

describe("a connection", () => {
  const google = { provider: "google", resource: "https://a/mcp", scope: "mail" };
  const github = { provider: "github", resource: "https://b/mcp", scope: "repo" };
  const linked = (connection: typeof google, linkedAt = 3): SubjectEvent => ({ type: "ConnectionLinked", data: { ...connection, subjectId: subjectId("s1"), linkedAt } });
  const unlinked = ({ provider, resource }: typeof google, reason: "person" | "operator" | "not-stored"): SubjectEvent => ({
    type: "ConnectionUnlinked",
    data: { subjectId: subjectId("s1"), provider, resource, reason, unlinkedAt: 4 },
  });

  it("is linked each time the person connects, and by nobody unknown", () => {
    const link = { type: "LinkConnection", connection: google, now: 3 } as const;
    given(subjectDecider, [seen]).when(link).then([linked(google)]);
    given(subjectDecider, [seen, linked(google)]).when(link).then([linked(google)]);
    given(subjectDecider, []).when(link).thenRejected("unknown_subject");
  });

  it("ends alone, with those of its server, or with all; what is not there does not end", () => {
    const both = [seen, linked(google), linked(github), linked(google)];
    given(subjectDecider, both).when({ type: "UnlinkConnection", resource: google.resource, reason: "person", now: 4 }).then([unlinked(google, "person")]);
    given(subjectDecider, both).when({ type: "UnlinkConnection", resource: google.resource, provider: "github", reason: "not-stored", now: 4 }).then([]);
    given(subjectDecider, both).when({ type: "UnlinkConnection", reason: "operator", now: 4 }).then([unlinked(github, "operator"), unlinked(google, "operator")]);
    given(subjectDecider, [...both, unlinked(google, "person")]).when({ type: "UnlinkConnection", resource: google.resource, reason: "person", now: 4 }).then([]);
  });
});
