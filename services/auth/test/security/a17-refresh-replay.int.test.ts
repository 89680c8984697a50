import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestClient, tokensOf, type Tokens } from "../client.ts";
import { startAuth, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
let client: TestClient;
let tokens: Tokens;
let windowMs: number;
beforeEach(async () => {
  auth = await startAuth();
  windowMs = auth.config.refreshReplayWindowMs;
  client = await TestClient.register(auth);
  tokens = await client.signIn();
});
afterEach(() => auth.stop());

const typesOf = async (): Promise<readonly string[]> => (await auth.events()).map((event) => event.split(" ")[1] ?? "");

describe("A17 inside the window", () => {
  it("A17 answers twenty uses at once with twenty identical answers", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.refresh(tokens.refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await typesOf()).filter((type) => type === "RefreshTokenRotated")).toHaveLength(1);
    const [first] = answers;
    if (first === undefined) throw new Error("no answer");
    expect((await client.refresh(tokensOf(first).refreshToken)).status).toBe(200);
  });

  it("A17 repeats the same answer to the same client until the window closes", async () => {
    const first = await client.refresh(tokens.refreshToken);
    auth.clock.advance(windowMs - 1);
    const second = await client.refresh(tokens.refreshToken);
    expect([second.status, second.text]).toEqual([200, first.text]);
  });

  it("A17 answers an ancestor inside its own window with the current answer", async () => {
    const second = tokensOf(await client.refresh(tokens.refreshToken));
    auth.clock.advance(windowMs / 3);
    const third = tokensOf(await client.refresh(second.refreshToken));
    auth.clock.advance(windowMs / 3);
    const current = await client.refresh(third.refreshToken);
    expect((await client.refresh(tokens.refreshToken)).text).toBe(current.text);
    expect((await client.refresh(second.refreshToken)).text).toBe(current.text);
    expect((await client.refresh(third.refreshToken)).text).toBe(current.text);
  });

  it("A17 records a repetition once for each rotation, however often it comes", async () => {
    await client.refresh(tokens.refreshToken);
    for (let times = 0; times < 5; times += 1) await client.refresh(tokens.refreshToken);
    expect((await typesOf()).filter((type) => type === "RefreshTokenReplayed")).toHaveLength(1);
  });
});

describe("A17 after the window", () => {
  it("A17 revokes the family, tells the log, and lets the person sign in again", async () => {
    const second = tokensOf(await client.refresh(tokens.refreshToken));
    auth.clock.advance(windowMs);
    const reused = await client.refresh(tokens.refreshToken);
    expect([reused.status, reused.body["error"]]).toEqual([400, "invalid_grant"]);
    expect((await client.refresh(second.refreshToken)).body["error"]).toBe("invalid_grant");
    expect((await typesOf()).slice(-2)).toEqual(["RefreshTokenReuseDetected", "GrantRevoked"]);
    expect(auth.logLines.filter((line) => line.includes("refresh token used after its window"))).toHaveLength(1);
    expect((await client.refresh((await client.signIn()).refreshToken)).status).toBe(200);
  });

  it("A17 counts each token's own window: an old ancestor ends the family although the last rotation is fresh", async () => {
    const second = tokensOf(await client.refresh(tokens.refreshToken));
    auth.clock.advance(windowMs - 1);
    const third = tokensOf(await client.refresh(second.refreshToken));
    auth.clock.advance(1);
    expect((await client.refresh(second.refreshToken)).status).toBe(200);
    expect((await client.refresh(tokens.refreshToken)).status).toBe(400);
    expect((await client.refresh(third.refreshToken)).status).toBe(400);
  });

  it("A17 says nothing new when a dead family's tokens come again", async () => {
    await client.refresh(tokens.refreshToken);
    auth.clock.advance(windowMs);
    await client.refresh(tokens.refreshToken);
    const before = await auth.events();
    expect((await client.refresh(tokens.refreshToken)).body["error"]).toBe("invalid_grant");
    expect(await auth.events()).toEqual(before);
  });
});

describe("A17 only the family's own client moves it", () => {
  it.each([
    { when: "the current token", rotations: 0, waitMs: 0 },
    { when: "a token inside its window", rotations: 1, waitMs: 0 },
    { when: "a token after its window", rotations: 1, waitMs: 60_000 },
  ])("A17 another client that presents $when gets invalid_grant and moves nothing", async ({ rotations, waitMs }) => {
    const other = await TestClient.register(auth);
    let current = tokens.refreshToken;
    for (let done = 0; done < rotations; done += 1) current = tokensOf(await client.refresh(current)).refreshToken;
    auth.clock.advance(waitMs);
    const before = await auth.events();
    const refused = await other.refresh(tokens.refreshToken);
    expect([refused.status, refused.body["error"]]).toEqual([400, "invalid_grant"]);
    expect(await auth.events()).toEqual(before);
    expect((await client.refresh(current)).status).toBe(200);
  });

  it("A17 a guessed or altered token of an old generation revokes nothing", async () => {
    const second = tokensOf(await client.refresh(tokens.refreshToken));
    auth.clock.advance(windowMs);
    const before = await auth.events();
    const bytes = Buffer.from(tokens.refreshToken.slice("mcp_rt_".length), "base64url");
    for (const at of [0, 17, 19, 25, bytes.length - 1]) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
      expect((await client.refresh(`mcp_rt_${altered.toString("base64url")}`)).body["error"]).toBe("invalid_grant");
    }
    expect(await auth.events()).toEqual(before);
    expect((await client.refresh(second.refreshToken)).status).toBe(200);
  });
});

describe("A17 a refresh stays within what was granted", () => {
  it("A16 refuses another resource, and the right one still works", async () => {
    const before = await auth.events();
    const refused = await client.refresh(tokens.refreshToken, { resource: "http://localhost:8080/mcp-other" });
    expect([refused.status, refused.body["error"]]).toEqual([400, "invalid_target"]);
    expect(await auth.events()).toEqual(before);
    expect((await client.refresh(tokens.refreshToken)).status).toBe(200);
  });

  it("keeps a refresh token alive from rotation to rotation, and lets an idle one expire", async () => {
    const { refreshTokenTtlMs } = auth.config;
    auth.clock.advance(refreshTokenTtlMs - 1);
    const second = tokensOf(await client.refresh(tokens.refreshToken));
    auth.clock.advance(refreshTokenTtlMs - 1);
    const third = tokensOf(await client.refresh(second.refreshToken));
    auth.clock.advance(refreshTokenTtlMs);
    const before = await auth.events();
    expect((await client.refresh(third.refreshToken)).body["error"]).toBe("invalid_grant");
    expect(await auth.events()).toEqual(before);
  });
});

describe("after a revocation", () => {
  it.each(["refreshToken", "accessToken"] as const)("A17 everything is dead when the client revokes by its %s", async (which) => {
    const second = tokensOf(await client.refresh(tokens.refreshToken));
    const revoked = await client.revoke(second[which]);
    expect([revoked.status, revoked.text]).toEqual([200, ""]);
    expect((await client.refresh(second.refreshToken)).body["error"]).toBe("invalid_grant");
    expect((await client.refresh(tokens.refreshToken)).body["error"]).toBe("invalid_grant");
  });

  it("a token of another client is not revoked, and goes on working", async () => {
    const other = await TestClient.register(auth);
    const before = await auth.events();
    expect((await other.revoke(tokens.refreshToken)).body["error"]).toBe("invalid_grant");
    expect((await other.revoke(tokens.accessToken)).body["error"]).toBe("invalid_grant");
    expect(await auth.events()).toEqual(before);
    expect((await client.refresh(tokens.refreshToken)).status).toBe(200);
  });

  it("a token that nobody knows is 200, as RFC 7009 wants", async () => {
    const before = await auth.events();
    for (const token of ["x", "mcp_rt_x", "eyJhbGciOiJub25lIn0.e30.", tokens.accessToken.replace(/.$/, "")]) {
      expect((await client.revoke(token)).status).toBe(200);
    }
    expect(await auth.events()).toEqual(before);
  });
});
