import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isRunning, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { type AccountsGateway, openSession, startAccountsGateway, whoami } from "../support/accounts-gateway.ts";
import { expectTokenError } from "../support/expect-access.ts";

/** How many people's tokens the vault keeps, and how many keys to them. */
const kept = ({ gateway }: AccountsGateway): { readonly ciphertexts: number; readonly keys: number } => {
  const database = new DatabaseSync(join(gateway.folders.data, "vault.db"), { readOnly: true });
  try {
    const count = (from: string): number => Number(database.prepare(`select count(*) as n from ${from}`).get()?.n);
    return { ciphertexts: count("cx_ciphertexts"), keys: count("cx_data_keys where name in (select credential_id from rm_credentials)") };
  } finally {
    database.close();
  }
};

const refreshesOf = (running: AccountsGateway, login: string): number =>
  running.oidc.requests.filter(({ grantType, person }) => grantType === "refresh_token" && person === running.oidc.subOf(login)).length;

describe("a person who is taken off the list", () => {
  it("keeps no more than the token they hold: theirs is not renewed, whatever they have connected goes with it, and others notice nothing", async () => {
    await using running = await startAccountsGateway({ environment: { ALLOWED_USERS: "ada@example.com,bob@example.com" } });
    const ada = await running.signIn("ada");
    const bob = await running.signIn("bob");
    await openSession(running, ada);
    expect(kept(running).ciphertexts).toBe(2);

    await running.restart({ ALLOWED_USERS: "bob@example.com" });
    const before = refreshesOf(running, "ada");
    expectTokenError(await ada.client.refresh(ada.tokens.refreshToken), "invalid_grant");
    expect((await running.gateway.run("users")).output).toContain("ada@example.com");
    await expect(running.signIn("ada")).rejects.toThrow(/stuck|no code/);
    expect((await bob.client.refresh(bob.tokens.refreshToken)).status).toBe(200);
    expect((await whoami(await openSession(running, bob))).person).toBe(running.oidc.subOf("bob"));
    await waitFor("what they had connected to be forgotten", () => kept(running).ciphertexts === 1);
    expect(refreshesOf(running, "ada")).toBe(before);

    await running.restart({ ALLOWED_USERS: "ada@example.com,bob@example.com" });
    expectTokenError(await ada.client.refresh(ada.tokens.refreshToken), "invalid_grant");
    expect((await whoami(await openSession(running, await running.signIn("ada")))).person).toBe(running.oidc.subOf("ada"));
  });
});

describe("a person whom the operator revokes", () => {
  it("is cut off at once: streams, the process with their token, what the vault kept; another person goes on", async () => {
    await using running = await startAccountsGateway();
    const ada = await running.signIn("ada");
    const adasMail = await running.signIn("ada", "mail", ada.robot);
    const bob = await running.signIn("bob", "mail");
    const sessions = [await openSession(running, ada), await openSession(running, adasMail, "mail")] as const;
    const bobs = await openSession(running, bob, "mail");
    const streams = [await sessions[0].openStream(), await sessions[1].openStream(), await bobs.openStream()] as const;
    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [adasChild = 0, bobsChild = 0] = [(await whoami(sessions[1])).pid, (await whoami(bobs)).pid];
    await whoami(sessions[0]);
    expect([isRunning(adasChild), isRunning(bobsChild)]).toEqual([true, true]);
    await waitFor("the stream to the server to be open", () => running.notes.streams === 1);
    expect(kept(running).ciphertexts).toBe(3);

    const ran = await running.gateway.run("revoke", "--user", "ada@example.com");
    expect(ran.code).toBe(0);
    await Promise.all([streams[0].ended, streams[1].ended]);
    await waitFor("her process to end", () => !isRunning(adasChild));
    await waitFor("her stream at the server to be closed", () => running.notes.streams === 0);
    await waitFor("her tokens to be forgotten", () => kept(running).ciphertexts === 1);
    expect(kept(running).keys).toBe(1);
    for (const session of sessions) expect((await session.post({ jsonrpc: "2.0", id: 9, method: "ping" })).status).toBe(401);
    for (const { client, tokens } of [ada, adasMail]) expectTokenError(await client.refresh(tokens.refreshToken), "invalid_grant");

    expect(isRunning(bobsChild)).toBe(true);
    expect((await whoami(bobs)).pid).toBe(bobsChild);
    streams[2].close();
    expect((await whoami(await openSession(running, await running.signIn("ada")))).person).toBe(running.oidc.subOf("ada"));
  });

  it("of one app only keeps what another app of theirs still needs", async () => {
    await using running = await startAccountsGateway();
    const first = await running.signIn("ada");
    const second = await running.signIn("ada", "notes", first.robot);
    const session = await openSession(running, second);
    expect(kept(running).ciphertexts).toBe(1);
    expect((await running.gateway.run("revoke", "--client", first.client.clientId)).code).toBe(0);
    expectTokenError(await first.client.refresh(first.tokens.refreshToken), "invalid_grant");
    expect((await whoami(session)).person).toBe(running.oidc.subOf("ada"));
    expect(kept(running).ciphertexts).toBe(1);
    expect((await running.gateway.run("revoke", "--client", second.client.clientId)).code).toBe(0);
    await waitFor("the last need to be gone, and what was kept for it", () => kept(running).ciphertexts === 0);
  });
});
