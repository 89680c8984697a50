import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { approve, FormRobot, formsIn, onwardLink, registerClient, registeredClient } from "@mcp-auth-proxy/testing";
import { launchChromium, visit } from "@mcp-auth-proxy/testing/chromium";
import { describe, expect, it } from "vitest";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const gateway = useGateway();
const redirectUri = "https://app.example/callback";
const navigation = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

describe("A03 a client that was approved before, in a browser that is signed in", () => {
  it.each([
    ["another site", { ...navigation, "sec-fetch-site": "cross-site" }],
    ["a neighbour", { ...navigation, "sec-fetch-site": "same-site" }],
    ["the person, who may have been sent on", { ...navigation, "sec-fetch-site": "none" }],
    ["nobody who says so", {}],
  ])("A03 is asked about when %s leads there, and the log does not move", async (_who, headers) => {
    const client = await registeredClient(gateway(), redirectUri);
    const robot = new FormRobot();
    await approve(gateway(), client, {}, robot);
    const before = recordedState(gateway());
    const page = await robot.open(client.authorizationRequest().url, { headers });
    expect(formsIn(page.text, page.url)[0]?.buttons.map(({ value }) => value)).toEqual(["deny", "approve"]);
    expect(recordedState(gateway())).toBe(before);
    const own = await robot.open(client.authorizationRequest().url, { headers: { ...navigation, "sec-fetch-site": "same-origin" } });
    expect(onwardLink(own.text, own.url)).toMatch(/^https:\/\/app\.example\/callback\?code=mcp_ac_/);
  });

  it("A03 is asked about in Chromium when a page of another site leads there, by a link or by sending on who opened it", async () => {
    const client = await registeredClient(gateway(), redirectUri);
    const other = createServer((request, response) => {
      const { url } = client.authorizationRequest();
      if (request.url === "/sends-on") response.writeHead(302, { location: url }).end();
      else response.writeHead(200, { "content-type": "text/html" }).end(`<a href="${url.replaceAll("&", "&amp;")}">go</a>`);
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const browser = await launchChromium();
    try {
      await using visited = await visit(browser);
      const { page } = visited;
      // The client's own page is not there: what counts is that the browser is sent to it.
      await page.route("https://app.example/**", (route) => route.fulfill({ contentType: "text/html", body: "the client" }));
      await visited.signIn(client.authorizationRequest().url, { password: gateway().password, stopAt: redirectUri });
      await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
      await page.locator("a").click();
      await page.locator("button[value=approve]").waitFor();
      expect(page.url()).toContain("/authorize");
      await page.goto("about:blank");
      // As a program on the device opens it: the browser says `none`, and brings the Strict cookie, also after the redirect.
      await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/sends-on`);
      await page.locator("button[value=approve]").waitFor();
      expect(page.url()).toContain(`${gateway().baseUrl}/authorize`);
      await page.locator("button[value=approve]").click();
      await page.waitForURL((url) => url.href.startsWith(redirectUri));
      expect(new URL(page.url()).searchParams.get("code")).toMatch(/^mcp_ac_/);
    } finally {
      await browser.close();
      other.close();
    }
  });

  it("A03 is not reached by way of a page of ours: our own address is no client's way back", async () => {
    const client = await registeredClient(gateway(), redirectUri);
    await approve(gateway(), client, {}, new FormRobot());
    const before = recordedState(gateway());
    const laundered = client.authorizationRequest({ state: undefined }).url;
    for (const own of [laundered, laundered.replace("//localhost", "//127.0.0.1"), `${gateway().baseUrl}/account`]) {
      const answer = await registerClient(client.discovery, { redirect_uris: [own] });
      expect([answer.status, answer.json().error]).toEqual([400, "invalid_redirect_uri"]);
    }
    expect(recordedState(gateway())).toBe(before);
    expect((await registerClient(client.discovery, { redirect_uris: ["http://localhost/authorize"] })).status).toBe(201);
  });
});
