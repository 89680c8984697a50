import { type FormRobot, formsIn, onwardLink, type Page } from "@mcp-auth-proxy/testing";
import type { AccountsGateway, ServerName } from "./accounts-gateway.ts";

/** The account page of whoever is signed in in this browser. */
export const accountPage = async (running: AccountsGateway, robot: FormRobot): Promise<Page> => robot.follow(await robot.open(`${running.base}/account`));

/** What the page says of one server's connection: the words of its card. */
export function connectionText(running: AccountsGateway, page: Page, server: ServerName): string {
  const card = page.text.split("<li>").find((part) => part.includes(`name="resource" value="${running.mcpUrl(server)}"`) && part.includes('value="connect"'));
  if (card === undefined) throw new Error(`the account page shows no connection of ${server}:\n${page.text.slice(0, 2000)}`);
  const words = card.split("</li>")[0] ?? "";
  return words.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ").trim();
}

/** Presses "Reconnect" for a server and goes through the provider as this person, back to the account page. */
export async function reconnect(running: AccountsGateway, robot: FormRobot, server: ServerName, person: string): Promise<Page> {
  const page = await accountPage(running, robot);
  const form = formsIn(page.text, page.url).find(
    ({ fields, buttons }) => fields.some(({ name, value }) => name === "resource" && value === running.mcpUrl(server)) && buttons.some(({ value }) => value === "connect"),
  );
  const button = form?.buttons.find(({ value }) => value === "connect");
  if (form === undefined || button === undefined) throw new Error(`there is no way to connect ${server} again`);
  const leaving = await robot.submit(page, form, button);
  const onward = leaving.headers.get("location") ?? onwardLink(leaving.text, leaving.url);
  if (onward === undefined) throw new Error(`it does not go on: ${leaving.status} ${leaving.text.slice(0, 800)}`);
  await robot.walk(new URL(onward, leaving.url).href, `${running.base}/account`, { person });
  return accountPage(running, robot);
}
