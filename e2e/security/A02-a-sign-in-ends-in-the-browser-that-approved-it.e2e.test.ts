import { FormRobot, formsIn, registeredClient } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const gateway = useGateway();
const cookieNames = (robot: FormRobot): string[] => [...robot.jar.attributes.keys()].map((name) => name.replace(/_[\w-]{8}$/, ""));

it("A02 the link that an attacker got by approving is refused in the victim's browser, with the password and without", async () => {
  const client = await registeredClient(gateway());
  const attacker = new FormRobot();
  const consent = await attacker.open(client.authorizationRequest().url);
  expect(cookieNames(attacker)).toEqual(["mcp_auth_csrf"]);
  const [form] = formsIn(consent.text, consent.url);
  if (form === undefined) throw new Error("there is no consent form");
  const signIn = await attacker.follow(await attacker.submit(consent, form, form.buttons.find(({ value }) => value === "approve")));
  expect(cookieNames(attacker)).toContain("mcp_auth_binding");

  const before = recordedState(gateway());
  const victim = new FormRobot();
  expect((await victim.open(signIn.url)).status).toBe(403);
  const [passwordForm] = formsIn(signIn.text, signIn.url);
  if (passwordForm === undefined) throw new Error("there is no sign-in form");
  const tried = await victim.submit(signIn, passwordForm, passwordForm.buttons[0], { password: gateway().password });
  expect(tried.status).toBe(403);
  expect(tried.text).not.toMatch(/mcp_ac_/);
  expect(recordedState(gateway())).toBe(before);

  const done = await attacker.submit(signIn, passwordForm, passwordForm.buttons[0], { password: gateway().password });
  expect(done.text).toMatch(/mcp_ac_/);
});

it("A02 a victim who is signed in already gives the attacker's approval nothing", async () => {
  const client = await registeredClient(gateway());
  const victim = new FormRobot();
  const own = client.authorizationRequest();
  await victim.walk(own.url, own.redirectUri, { password: gateway().password });
  const attacker = new FormRobot();
  const consent = await attacker.open(client.authorizationRequest().url);
  const [form] = formsIn(consent.text, consent.url);
  if (form === undefined) throw new Error("there is no consent form");
  const before = recordedState(gateway());
  const stolen = await victim.submit(consent, form, form.buttons.find(({ value }) => value === "approve"));
  expect([stolen.status, /mcp_ac_/.test(stolen.text)]).toEqual([403, false]);
  expect(recordedState(gateway())).toBe(before);
});
