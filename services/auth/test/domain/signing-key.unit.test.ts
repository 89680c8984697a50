import { given } from "@mcp-auth-proxy/event-store/testing";
import { it } from "vitest";
import { keyId } from "../../src/domain/ids.ts";
import { signingKeyDecider, type SigningKeyEvent } from "../../src/domain/signing-key.ts";

const kid = keyId("k1");
const introduced: SigningKeyEvent = { type: "SigningKeyIntroduced", data: { kid, algorithm: "ES256", x: "x", y: "y", introducedAt: 1 } };
const activated: SigningKeyEvent = { type: "SigningKeyActivated", data: { kid, activatedAt: 2 } };
const retired: SigningKeyEvent = { type: "SigningKeyRetired", data: { kid, retiredAt: 3, publishedUntil: 9 } };
const introduce = { type: "IntroduceSigningKey", kid, publicPoint: { x: "x", y: "y" }, now: 1 } as const;
const activate = { type: "ActivateSigningKey", now: 2 } as const;
const retire = { type: "RetireSigningKey", publishedUntil: 9, now: 3 } as const;

it("goes from introduced to active to retired", () => {
  given(signingKeyDecider, []).when(introduce).then([introduced]);
  given(signingKeyDecider, [introduced]).when(activate).then([activated]);
  given(signingKeyDecider, [introduced, activated]).when(retire).then([retired]);
});

it("never signs again once it is retired", () => {
  given(signingKeyDecider, [introduced, activated, retired]).when(activate).thenRejected("not_introduced");
});

it("takes no step out of order", () => {
  given(signingKeyDecider, []).when(activate).thenRejected("unknown_key");
  given(signingKeyDecider, [introduced]).when(introduce).thenRejected("already_introduced");
  given(signingKeyDecider, [introduced]).when(retire).thenRejected("not_active");
  given(signingKeyDecider, [introduced, activated]).when(activate).thenRejected("not_introduced");
});
