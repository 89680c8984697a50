import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TestClient, tokensOf } from "./client.ts";
import { issuer, startAuth } from "./running-auth.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "auth-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("refuses a refresh for a server that is no longer served, and the grant lives on should it come back", async () => {
  const files = { auth: join(folder, "auth.db"), vault: join(folder, "vault.db") };
  const first = await startAuth({ files });
  const { clientId, refreshToken } = await (async () => {
    const client = await TestClient.register(first);
    return { clientId: client.clientId, refreshToken: tokensOf(await client.exchange(await client.approve())).refreshToken };
  })();
  await first.stop();

  const moved = await startAuth({ files, config: { resources: [{ name: "files", resource: `${issuer}/other/mcp`, path: "/mcp", displayName: "Files" }] } });
  const refused = await moved.app.inject({ method: "POST", url: "/token", payload: { grant_type: "refresh_token", client_id: clientId, refresh_token: refreshToken } });
  expect(refused.json()).toMatchObject({ error: "invalid_grant" });
  await moved.stop();

  const back = await startAuth({ files });
  const answer = await back.app.inject({ method: "POST", url: "/token", payload: { grant_type: "refresh_token", client_id: clientId, refresh_token: refreshToken } });
  expect(answer.json()).toMatchObject({ token_type: "Bearer" });
  await back.stop();
});
