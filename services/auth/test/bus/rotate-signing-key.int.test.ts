import { authV1 } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { expect, it } from "vitest";
import { TestClient } from "../client.ts";
import { startAuth } from "../running-auth.ts";

it("a repeated rotation answers as the first time, also after another one, and the newest key goes on signing", async () => {
  const auth = await startAuth();
  try {
    const rotate = (commandId: string) => auth.bridge.ask(authV1.rotateSigningKey, { commandId, actor: "operator" });
    const first = uuidv7();
    const { kid } = await rotate(first);
    const { kid: newest } = await rotate(uuidv7());
    const before = await auth.events();
    expect(await rotate(first)).toEqual({ kid });
    expect(await auth.events()).toEqual(before);
    const client = await TestClient.register(auth);
    const [header = ""] = (await client.signIn()).accessToken.split(".");
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toMatchObject({ kid: newest });
  } finally {
    await auth.stop();
  }
});
