import { randomBytes } from "node:crypto";
import { approve, CanaryWatch, FormRobot, formsIn, Gateway, McpSession, type Page, registeredClient, request, signIn, tokensIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { readJwt } from "../support/forged-jwt.ts";

/** Goes through every path of the product, good and bad, and plants what it sends. */
class Wanderer {
  readonly watch = new CanaryWatch();
  /** What a person or a client was told when something went wrong. */
  readonly errors: string[] = [];
  /** Secrets of the client alone: they may lie in a pending row, never in a log. */
  readonly onlyLogs = new CanaryWatch();
  readonly gateway: Gateway;

  constructor(gateway: Gateway) {
    this.gateway = gateway;
    this.watch.watch("password", gateway.password);
  }

  keepErrors(pages: readonly Page[]): void {
    for (const page of pages) if (page.status >= 400) this.errors.push(page.text, JSON.stringify([...page.headers]));
  }

  async signInWithMistakes(): Promise<void> {
    const { gateway, watch, onlyLogs } = this;
    const client = await registeredClient(gateway);
    const made = client.authorizationRequest();
    watch.watch("verifier", made.pkce.verifier);
    onlyLogs.watch("state", made.state);
    onlyLogs.watch("challenge", made.pkce.challenge);
    const robot = new FormRobot();
    let page = await robot.open(made.url);
    const decide = formsIn(page.text, page.url).find((form) => form.buttons.some((button) => button.value === "approve"));
    if (decide === undefined) throw new Error("there is no consent form");
    page = await robot.follow(await robot.submit(page, decide, decide.buttons.find((button) => button.value === "approve")));
    const typed = watch.plant("mistyped-password");
    const ask = formsIn(page.text, page.url).find((form) => form.fields.some((field) => field.type === "password"));
    if (ask === undefined) throw new Error("there is no password form");
    this.keepErrors([await robot.submit(page, ask, ask.buttons[0], { password: typed })]);
    for (const cookie of robot.jar.values()) if (cookie.length >= 12) watch.watch(`cookie ${cookie.length}`, cookie);
    this.keepErrors(robot.pages);
  }

  async tokensWithMistakes(): Promise<{ readonly accessToken: string }> {
    const { gateway, watch, onlyLogs } = this;
    const { client, code, made, tokens, robot } = await signIn(gateway);
    this.keepErrors(robot.pages);
    watch.watch("code", code);
    watch.watch("verifier of a sign-in", made.pkce.verifier);
    onlyLogs.watch("state of a sign-in", made.state);
    const second = await approve(gateway, client);
    watch.watch("unused code", second.code);
    const attempts = [
      await client.exchange(second.code, second.made, { code_verifier: watch.plant("wrong-verifier-that-is-long-enough-for-it") }),
      await client.exchange(second.code, second.made, { redirect_uri: `https://attacker.example/?x=${second.code}` }),
      await client.exchange(code, made, { client_id: watch.plant("client-id") }),
      await client.token({ grant_type: watch.plant("grant-type"), code: second.code }),
      await client.refresh(watch.plant("unknown-refresh-token")),
      await request(client.discovery.tokenEndpoint, { method: "POST", headers: { "content-type": "application/json" }, body: `{"code":"${second.code}"` }),
      await request(client.discovery.tokenEndpoint, { method: "POST", headers: { "content-type": "text/plain" }, body: tokens.refreshToken }),
      await request(`${client.discovery.tokenEndpoint}?refresh_token=${tokens.refreshToken}`, { method: "POST", body: new URLSearchParams({ client_secret: watch.plant("client-secret") }) }),
      await request(`${gateway.baseUrl}/no/such/place/${second.code}?code=${second.code}`),
    ];
    for (const answer of attempts) this.errors.push(answer.text, JSON.stringify([...answer.headers]));
    const rotated = tokensIn(await client.refresh(tokens.refreshToken));
    const current = tokensIn(await client.refresh(rotated.refreshToken));
    await client.refresh(tokens.refreshToken);
    for (const [name, pair] of Object.entries({ tokens, rotated, current })) {
      watch.watch(`access token of ${name}`, pair.accessToken);
      // The signature is what makes a token work: a log that cuts the rest away must not keep it.
      watch.watch(`signature of ${name}`, readJwt(pair.accessToken).signature);
      watch.watch(`refresh token of ${name}`, pair.refreshToken);
    }
    return current;
  }

  async mcpWithMistakes(accessToken: string): Promise<void> {
    const { gateway, watch, errors } = this;
    const session = new McpSession(gateway.mcpUrl, accessToken);
    await session.initialize();
    if (session.sessionId !== undefined) watch.watch("session id", session.sessionId);
    // What goes through a tool is the user's, not ours to write down either.
    await session.callTool("echo", { message: watch.plant("tool-argument") });
    const broken = [
      await request(`${gateway.mcpUrl}?access_token=${accessToken}`, { method: "POST", headers: session.headers({ authorization: "" }), body: "{}" }),
      await request(gateway.mcpUrl, { method: "POST", headers: session.headers(), body: `{"x":"${watch.plant("broken-body")}"` }),
      await request(gateway.mcpUrl, { method: "POST", headers: session.headers({ authorization: `Bearer ${accessToken.slice(0, -3)}abc` }), body: "{}" }),
      await request(gateway.mcpUrl, { method: "POST", headers: session.headers({ "mcp-session-id": watch.plant("session-id") }), body: "{}" }),
      await request(gateway.mcpUrl, { method: "GET", headers: session.headers({ authorization: `Basic ${watch.plant("basic")}` }) }),
    ];
    for (const answer of broken) errors.push(answer.text, JSON.stringify([...answer.headers]));
    await session.callTool("crash").catch(() => undefined);
    await session.delete();
  }
}

describe("D01 a secret that was planted", () => {
  it.each(["json", "text"])("is in no log (%s, debug level), no file and no error page, while the gateway runs and after it", async (format) => {
    const password = new CanaryWatch().plant("password");
    const encryptionKey = randomBytes(32).toString("base64");
    await using gateway = await Gateway.launch({ password, environment: { LOG_FORMAT: format, AUTH_ENCRYPTION_SECRET: encryptionKey } });
    const wanderer = new Wanderer(gateway);
    wanderer.watch.watch("encryption key", encryptionKey);
    await wanderer.signInWithMistakes();
    const { accessToken } = await wanderer.tokensWithMistakes();
    await wanderer.mcpWithMistakes(accessToken);
    await gateway.run("revoke", "--all");
    const { watch, onlyLogs } = wanderer;
    expect(watch.size).toBeGreaterThan(25);

    const sightings = (): unknown => ({
      log: [...watch.searchText("log", gateway.output), ...onlyLogs.searchText("log", gateway.output)],
      files: watch.searchFolder(gateway.folders.data),
      elsewhere: [...watch.searchFolder(gateway.folders.home), ...watch.searchFolder(gateway.folders.served)],
      errors: wanderer.errors.flatMap((text) => watch.searchText(text.slice(0, 300), text)),
    });
    const nothing = { log: [], files: [], elsewhere: [], errors: [] };
    expect(sightings()).toEqual(nothing);
    expect(gateway.output).toMatch(/debug/i);
    await gateway.stop();
    expect(sightings()).toEqual(nothing);
    await gateway.restart();
    expect(sightings()).toEqual(nothing);
    for (const text of wanderer.errors) expect(text).not.toMatch(/\bat .*\.ts:\d+|node_modules/);
  });
});
