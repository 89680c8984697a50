import { createServer, type Server } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FormRobot, listenForCallback } from "../src/index.ts";
import { launchChromium, visit } from "../src/chromium.ts";

const page = (body: string): string => `<!doctype html><html lang="en"><title>t</title><link rel="icon" href="data:,">${body}`;
const consent = page(`<form method="post" action="/decide"><button name="decision" value="deny">Deny</button><button name="decision" value="approve">Allow</button></form>`);
const password = page(`<form method="post" action="/password"><input type="password" name="password"><button>Sign in</button></form>`);

/** Stands for a gateway: consent, password, and a page that goes on by itself. */
function standIn(target: () => string): Server {
  return createServer((incoming, response) => {
    let body = "";
    incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
    incoming.on("end", () => {
      const leave = (query: string): string => page(`<meta http-equiv="refresh" content="0;url=${target()}?${query}"><a href="${target()}?${query}">go on</a>`);
      const answers: Readonly<Record<string, string>> = {
        "/": consent,
        "/broken": page("<script>1</script>") + consent,
        "/decide": body.includes("approve") ? password : leave("error=access_denied"),
        "/password": leave(`code=${new URLSearchParams(body).get("password") === "right" ? "good" : "bad"}`),
      };
      response.setHeader("content-security-policy", "default-src 'none'; img-src data:; form-action 'self'");
      response.setHeader("content-type", "text/html").end(answers[incoming.url ?? ""] ?? "");
    });
  });
}

describe("driving sign-in pages", () => {
  let browser: Browser;
  let target = "";
  const server = standIn(() => target);
  let base = "";
  beforeAll(async () => {
    browser = await launchChromium();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  it.each([
    ["approve", "code", "good"],
    ["deny", "error", "access_denied"],
  ] as const)("a browser and the robot both %s", async (decision, name, value) => {
    await using callback = await listenForCallback();
    target = callback.redirectUri;
    await using visited = await visit(browser);
    await visited.signIn(`${base}/`, { password: "right", stopAt: target, decision });
    expect((await callback.next()).searchParams.get(name)).toBe(value);
    expect(visited.complaints).toEqual([]);
    const robot = await new FormRobot().walk(`${base}/`, target, { password: "right", decision });
    expect(robot.searchParams.get(name)).toBe(value);
  });

  it("a page that breaks its own policy is complained of", async () => {
    await using visited = await visit(browser);
    await visited.page.goto(`${base}/broken`);
    expect(visited.complaints.join()).toContain("Content Security Policy");
  });

  it("a robot that gets nowhere says where it is stuck", async () => {
    await expect(new FormRobot().walk(`${base}/nothing`, "http://x.example", { password: "right" })).rejects.toThrow("/nothing");
  });
});
