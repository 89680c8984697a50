import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { approve, everythingServer, FormRobot, type Gateway, McpSession, registeredClient, signIn, tokensIn, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess, mcpAnswer } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

/** Takes the log away under a running gateway, or gives it back: every question to auth fails in between. */
function rename(gateway: Gateway, from: string, to: string): void {
  const database = new DatabaseSync(join(gateway.folders.data, "auth.db"), { timeout: 10_000 });
  try {
    database.exec(`alter table ${from} rename to ${to}`);
  } finally {
    database.close();
  }
}

describe("C15 while the authorization server can not read its own log", () => {
  const gateway = useGateway({ command: everythingServer });

  it("C15 gives no code and no token, then lets in nobody at all, and goes on where it was when it can", async () => {
    const { client, tokens } = await signIn(gateway());
    const { code, made } = await approve(gateway(), client);
    const session = new McpSession(gateway().mcpUrl, tokens.accessToken);
    await session.initialize();
    const stream = await session.openStream();
    const before = recordedState(gateway());

    rename(gateway(), "es_events", "es_events_away");
    try {
      for (const answer of [await client.exchange(code, made), await client.refresh(tokens.refreshToken)]) {
        expect(answer.status).toBeGreaterThanOrEqual(500);
        expect(answer.json()).not.toHaveProperty("access_token");
        expect(answer.text).not.toMatch(/es_events|sqlite|\bat /i);
      }
      const robot = new FormRobot();
      const walked = robot.walk(client.authorizationRequest().url, made.redirectUri, { password: gateway().password, maxSteps: 4 });
      await expect(walked).rejects.toThrow();
      expect(robot.pages.at(-1)?.status).toBeGreaterThanOrEqual(500);
      expect(robot.pages.map(({ text }) => text).join()).not.toContain("mcp_ac_");
      // Nobody is a default person meanwhile.
      for (const token of [undefined, "", "null", "undefined", "owner", "mcp_at_x"]) expect((await mcpAnswer(gateway(), token)).status).toBe(401);

      // What was revoked since can not be known: after thirty seconds a token that was good is not believed either.
      // A call that is under way in that moment is cut.
      const ping = (): Promise<number> => session.post({ jsonrpc: "2.0", id: "p", method: "ping" }).then(({ status }) => status, () => 0);
      await waitFor("the gateway to believe nobody", async () => (await ping()) === 503, { limitMs: 90_000, everyMs: 500 });
      expect((await mcpAnswer(gateway(), tokens.accessToken)).status).toBe(503);
      for (const method of ["GET", "DELETE", "POST"] as const) {
        const answer = await fetch(gateway().mcpUrl, { method, headers: session.headers() });
        expect(answer.status).toBe(503);
        await answer.body?.cancel();
      }
      await stream.ended;
      expect((await mcpAnswer(gateway(), undefined)).status).toBe(503);
      expect((await fetch(`${gateway().baseUrl}/readyz`)).status).toBe(503);
    } finally {
      rename(gateway(), "es_events_away", "es_events");
    }

    await waitFor("the gateway to be ready", async () => (await fetch(`${gateway().baseUrl}/readyz`)).status === 200, { limitMs: 30_000 });
    expect(recordedState(gateway())).toBe(before);
    expect(await session.call("ping")).toMatchObject({ result: {} });
    await session.delete();
    await expectAccess(gateway(), tokensIn(await client.refresh(tokens.refreshToken)));
    await expectAccess(gateway(), (await signIn(gateway(), await registeredClient(gateway()))).tokens);
  });
});
