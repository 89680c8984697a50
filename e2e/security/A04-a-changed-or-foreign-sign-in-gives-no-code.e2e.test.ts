import { FormRobot, formsIn, type HtmlForm, onwardLink, type Page, registeredClient } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const gateway = useGateway();
const formOf = (page: Page): HtmlForm => {
  const [form] = formsIn(page.text, page.url);
  if (form === undefined) throw new Error(`there is no form at ${page.url}`);
  return form;
};
const approveButton = (form: HtmlForm) => form.buttons.find(({ value }) => value === "approve");

it("A04 a sign-in that began in one browser is not finished by another, and goes on in its own", async () => {
  const client = await registeredClient(gateway());
  const [one, two] = [new FormRobot(), new FormRobot()];
  const consent = await one.open(client.authorizationRequest().url);
  await two.open(client.authorizationRequest().url);
  const before = recordedState(gateway());
  expect((await two.submit(consent, formOf(consent), approveButton(formOf(consent)))).status).toBe(403);
  const signIn = await one.follow(await one.submit(consent, formOf(consent), approveButton(formOf(consent))));
  expect((await two.open(signIn.url)).status).toBe(403);
  expect((await two.submit(signIn, formOf(signIn), formOf(signIn).buttons[0], { password: gateway().password })).status).toBe(403);
  expect(recordedState(gateway())).toBe(before);
  const done = await one.submit(signIn, formOf(signIn), formOf(signIn).buttons[0], { password: gateway().password });
  expect(onwardLink(done.text, done.url)).toContain("code=mcp_ac_");
});

it("A04 a token of another sign-in is refused, and one that is over is not opened again", async () => {
  const client = await registeredClient(gateway());
  const robot = new FormRobot();
  const [first, second] = [await robot.open(client.authorizationRequest().url), await robot.open(client.authorizationRequest().url)];
  const token = formOf(first).fields.find(({ name }) => name === "csrf_token")?.value ?? "";
  const before = recordedState(gateway());
  expect((await robot.submit(second, formOf(second), approveButton(formOf(second)), { csrf_token: token })).status).toBe(403);
  expect(recordedState(gateway())).toBe(before);
  const signIn = await robot.follow(await robot.submit(second, formOf(second), approveButton(formOf(second))));
  const done = await robot.submit(signIn, formOf(signIn), formOf(signIn).buttons[0], { password: gateway().password });
  expect(done.text).toMatch(/mcp_ac_/);
  const replayed = await robot.submit(second, formOf(second), approveButton(formOf(second)));
  expect([replayed.status, /mcp_ac_/.test(replayed.text)]).toEqual([400, false]);
});

it("A04 another redirect URI or state, typed over the form, changes nothing: the code goes where the person was told", async () => {
  const client = await registeredClient(gateway());
  const robot = new FormRobot();
  const made = client.authorizationRequest();
  const consent = await robot.open(made.url);
  const form = formOf(consent);
  const swapped = { ...form, fields: [...form.fields, { name: "redirect_uri", type: "hidden", value: "https://attacker.example/" }, { name: "state", type: "hidden", value: "other" }] };
  const signIn = await robot.follow(await robot.submit(consent, swapped, approveButton(form)));
  const done = await robot.submit(signIn, formOf(signIn), formOf(signIn).buttons[0], { password: gateway().password });
  const target = new URL(onwardLink(done.text, done.url) ?? "");
  expect(target.href.startsWith(made.redirectUri)).toBe(true);
  expect(target.searchParams.get("state")).toBe(made.state);
});
