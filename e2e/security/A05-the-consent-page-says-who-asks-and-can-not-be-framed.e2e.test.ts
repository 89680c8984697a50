import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { FormRobot, formsIn, registeredClient } from "@mcp-auth-proxy/testing";
import { launchChromium } from "@mcp-auth-proxy/testing/chromium";
import { expect, it } from "vitest";
import { useGateway } from "../support/use-gateway.ts";

const gateway = useGateway();

it("A05 shows client, scopes, server and the exact host of the way back, with a token and cookies that scripts and neighbours do not reach", async () => {
  const client = await registeredClient(gateway(), "https://who.asks.example/callback");
  const robot = new FormRobot();
  const page = await robot.open(client.authorizationRequest({ scope: "mcp-access offline_access" }).url);
  const text = page.text.replaceAll("<wbr>", "");
  for (const shown of ["test client", "who.asks.example", gateway().mcpUrl, "use the tools", "stay connected", "Unverified"]) expect(text).toContain(shown);
  expect(formsIn(page.text, page.url)[0]?.fields.find(({ name }) => name === "csrf_token")?.value).toMatch(/^[\w-]{43}$/);
  expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect(page.headers.get("x-frame-options")).toBe("DENY");
  expect([...robot.jar.attributes.values()]).toEqual([expect.stringMatching(/Path=\/; HttpOnly; SameSite=Lax$/)]);
});

it("A05 stays empty in a frame of another page, in Chromium", async () => {
  const client = await registeredClient(gateway());
  const { url } = client.authorizationRequest();
  const framing = createServer((_request, response) => response.writeHead(200, { "content-type": "text/html" }).end(`<iframe src="${url.replaceAll("&", "&amp;")}"></iframe>`));
  await new Promise<void>((resolve) => framing.listen(0, "127.0.0.1", resolve));
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(framing.address() as AddressInfo).port}/`, { waitUntil: "load" });
    const inside = await Promise.all(page.frames().slice(1).map((frame) => frame.content().catch(() => "")));
    expect(inside.join("")).not.toContain("decision");
    await page.goto(url);
    expect(await page.locator("button[value=approve]").count()).toBe(1);
  } finally {
    await browser.close();
    framing.close();
  }
});
