import { FormRobot, formsIn, onwardLink, registeredClient } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { useGateway } from "../support/use-gateway.ts";
import { expectAccess } from "../support/expect-access.ts";

const gateway = useGateway();

it("A20 a client that names no scope is given the baseline, and the page says when access ends", async () => {
  const client = await registeredClient(gateway());
  const robot = new FormRobot();
  const made = client.authorizationRequest({ scope: undefined });
  const page = await robot.open(made.url);
  expect(formsIn(page.text, page.url)[0]?.fields.filter(({ type }) => type === "checkbox")).toEqual([]);
  expect(page.text).toContain("Access ends when it is not used for 30 days.");
  const redirect = await robot.walk(made.url, made.redirectUri, { password: gateway().password });
  expect((await client.exchange(redirect.searchParams.get("code") ?? "", made)).json().scope).toBe("mcp-access");
});

it("A20 what is unticked is not given: no refresh token for who does not want the app to stay connected", async () => {
  const client = await registeredClient(gateway());
  const robot = new FormRobot();
  const made = client.authorizationRequest({ scope: "mcp-access offline_access admin" });
  const page = await robot.open(made.url);
  const [form] = formsIn(page.text, page.url);
  if (form === undefined) throw new Error("there is no consent form");
  expect(form.fields.filter(({ type }) => type === "checkbox").map(({ name }) => name)).toEqual(["scope:offline_access"]);
  const unticked = { ...form, fields: form.fields.filter(({ type }) => type !== "checkbox") };
  const signIn = await robot.follow(await robot.submit(page, unticked, form.buttons.find(({ value }) => value === "approve")));
  const [passwordForm] = formsIn(signIn.text, signIn.url);
  if (passwordForm === undefined) throw new Error("there is no sign-in form");
  const done = await robot.submit(signIn, passwordForm, passwordForm.buttons[0], { password: gateway().password });
  const code = new URL(onwardLink(done.text, done.url) ?? "").searchParams.get("code") ?? "";
  const answer = (await client.exchange(code, made)).json();
  expect(answer.scope).toBe("mcp-access");
  expect(answer).not.toHaveProperty("refresh_token");
  await expectAccess(gateway(), { accessToken: String(answer.access_token) });
});
