import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { launchChromium, visit } from "@mcp-auth-proxy/testing/chromium";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderConsent } from "../../src/views/consent.ts";
import { pageHeaders } from "../../src/views/page-headers.ts";
import { renderReturning } from "../../src/views/returning.ts";
import { renderSignIn } from "../../src/views/sign-in.ts";
import { consentPage, returnPage, signInPage } from "./samples.ts";

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe("the pages in Chromium, under their policy", () => {
  const reached: string[] = [];
  const client = createServer((request, response) => {
    reached.push(request.url ?? "");
    response.writeHead(200, { "content-type": "text/html" }).end("<title>client</title>");
  });
  let target = "";
  const answers: Readonly<Record<string, () => string>> = {
    "GET /consent": () => renderConsent({ ...consentPage, form: { action: "/consent", hidden: {} } }),
    "GET /sign-in": () => renderSignIn({ ...signInPage, form: { action: "/sign-in", hidden: {} } }),
    "POST /sign-in": () => renderReturning({ ...returnPage, target }),
  };
  const gateway = createServer((request, response) => {
    const answer = answers[`${request.method} ${request.url}`];
    if (answer !== undefined) response.writeHead(200, pageHeaders).end(answer());
    else if (request.url === "/consent") response.writeHead(303, { ...pageHeaders, location: "/sign-in" }).end();
    else response.writeHead(404).end();
  });
  let browser: Browser | undefined;
  let origin = "";

  beforeAll(async () => {
    target = `${await listening(client)}/cb?code=c&state=a%27b%22;c%2C%26&iss=x`;
    origin = await listening(gateway);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of [client, gateway]) {
      server.closeAllConnections();
      server.close();
    }
  });

  it.each([true, false])("lead from the form back to the client without a violation (script %s)", async (script) => {
    reached.length = 0;
    if (browser === undefined) throw new Error("no browser");
    await using visitor = await visit(browser, "en-GB", { script });
    await visitor.signIn(`${origin}/consent`, { password: "secret", stopAt: target });
    expect(reached.filter((url) => url.startsWith("/cb"))).toEqual([target.slice(target.indexOf("/cb"))]);
    expect(visitor.complaints).toEqual([]);
  });

  it("are styled, fit a phone, and put the keyboard on deny before allow", async () => {
    if (browser === undefined) throw new Error("no browser");
    await using visitor = await visit(browser);
    await visitor.page.setViewportSize({ width: 320, height: 640 });
    await visitor.page.goto(`${origin}/consent`);
    const [overflow, radius] = await visitor.page.evaluate<[number, string]>(
      "[document.documentElement.scrollWidth - document.documentElement.clientWidth, getComputedStyle(document.querySelector('main')).borderRadius]",
    );
    expect(overflow).toBe(0);
    expect(radius).not.toBe("0px");
    const focused: unknown[] = [];
    for (let press = 0; press < 2; press += 1) {
      await visitor.page.keyboard.press("Tab");
      focused.push(await visitor.page.evaluate("[document.activeElement.value, getComputedStyle(document.activeElement).outlineStyle]"));
    }
    expect(focused).toEqual([
      ["deny", "solid"],
      ["approve", "solid"],
    ]);
  });
});
