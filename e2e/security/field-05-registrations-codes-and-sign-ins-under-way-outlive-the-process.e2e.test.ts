import { approve, FormRobot, formsIn, onwardLink, registeredClient, tokensIn } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { expectAccess, expectTokenError } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const gateway = useGateway();

it("field 5: a sign-in goes on over a kill -9 between any two of its steps, and its code counts once", async () => {
  const client = await registeredClient(gateway());
  await gateway().restart();

  const robot = new FormRobot();
  const made = client.authorizationRequest();
  const consent = await robot.open(made.url);
  await gateway().restart();

  const [consentForm] = formsIn(consent.text, consent.url);
  if (consentForm === undefined) throw new Error("there is no consent form");
  const signIn = await robot.follow(await robot.submit(consent, consentForm, consentForm.buttons.find(({ value }) => value === "approve")));
  await gateway().restart();

  const [passwordForm] = formsIn(signIn.text, signIn.url);
  if (passwordForm === undefined) throw new Error(`there is no sign-in form: ${signIn.status}`);
  const done = await robot.submit(signIn, passwordForm, passwordForm.buttons[0], { password: gateway().password });
  const code = new URL(onwardLink(done.text, done.url) ?? "").searchParams.get("code") ?? "";
  await gateway().restart();

  const tokens = tokensIn(await client.exchange(code, made));
  await gateway().restart();
  await expectAccess(gateway(), tokens);
  const next = tokensIn(await client.refresh(tokens.refreshToken));
  await expectAccess(gateway(), next);
});

it("field 5: what was used up before a kill -9 stays used up", async () => {
  const client = await registeredClient(gateway());
  const { code, made } = await approve(gateway(), client);
  const wrong = await approve(gateway(), client);
  tokensIn(await client.exchange(code, made));
  await gateway().restart();
  expectTokenError(await client.exchange(code, made), "invalid_grant");
  const before = recordedState(gateway());
  expectTokenError(await client.exchange(wrong.code, wrong.made, { code_verifier: made.pkce.verifier }), "invalid_grant");
  expect(recordedState(gateway())).toBe(before);
  await expectAccess(gateway(), tokensIn(await client.exchange(wrong.code, wrong.made)));
});
