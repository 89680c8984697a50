import { request, robotRedirectUri, signIn, stringIn, tokensIn } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { describedClient, useClientSite } from "../support/client-site.ts";
import { expectAccess, expectNoAccess, expectTokenError } from "../support/expect-access.ts";
import { readJwt } from "../support/forged-jwt.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const { environment, site } = useClientSite();
const gateway = useGateway({ environment });
const otherRedirectUri = "https://hosted.example/callback";

it("field 6: a sign-in of one installation, its end and its misuse do not touch another with the same client id", async () => {
  const clientId = site().document("/shared", { redirect_uris: [robotRedirectUri, otherRedirectUri] });
  const laptop = await describedClient(gateway(), clientId);
  const hosted = await describedClient(gateway(), clientId, otherRedirectUri);
  const first = await signIn(gateway(), laptop);
  const second = await signIn(gateway(), hosted);
  const [one, other] = [readJwt(first.tokens.accessToken).payload, readJwt(second.tokens.accessToken).payload];
  expect([one.client_id, one.sub]).toEqual([other.client_id, other.sub]);
  expect(one.grant).not.toBe(other.grant);
  await expectAccess(gateway(), first.tokens);

  // A code that is used twice ends what it gave, and nothing else.
  expectTokenError(await hosted.exchange(second.code, second.made), "invalid_grant");
  await expectNoAccess(gateway(), second.tokens);
  await expectAccess(gateway(), first.tokens);

  const third = await signIn(gateway(), hosted);
  const revoked = await request(stringIn(hosted.discovery.metadata, "revocation_endpoint"), { method: "POST", body: new URLSearchParams({ token: third.tokens.refreshToken, client_id: clientId }) });
  expect(revoked.status).toBe(200);
  await expectNoAccess(gateway(), third.tokens);
  const before = recordedState(gateway());
  expectTokenError(await hosted.refresh(third.tokens.refreshToken), "invalid_grant");
  expect(recordedState(gateway())).toBe(before);
  await expectAccess(gateway(), tokensIn(await laptop.refresh(first.tokens.refreshToken)));
  await expectAccess(gateway(), (await signIn(gateway(), hosted)).tokens);
});
