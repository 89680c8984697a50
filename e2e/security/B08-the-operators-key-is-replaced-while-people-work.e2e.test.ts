import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isObject, type McpSession, toolText, waitFor } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { openSession, startAccountsGateway, whoami } from "../support/accounts-gateway.ts";

const freshKey = (): string => randomBytes(32).toString("base64");

/** Somebody who calls without a pause, and everything that a call was answered with. */
class Worker {
  readonly answers: string[] = [];
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;

  constructor(session: McpSession) {
    this.#running = this.#work(session);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #work(session: McpSession): Promise<void> {
    while (!this.#ending.signal.aborted) this.answers.push(await this.#call(session));
  }

  async #call(session: McpSession): Promise<string> {
    try {
      const response = await session.call("tools/call", { name: "whoami", arguments: {} });
      if (isObject(response.error)) return String(response.error.message);
      const text = toolText(response);
      return text.startsWith("{") ? String((JSON.parse(text) as { readonly person: unknown }).person) : text;
    } catch (error) {
      return String(error);
    }
  }
}

it("B08 a key is put in front, everything moves under it and the old one is taken out, while people call, tokens are refreshed and others sign in: no call fails, and the new key alone opens all of it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "operator-key-"));
  const file = join(folder, "key");
  const [old, next] = [freshKey(), freshKey()];
  const people = ["ada", "bob", "cleo", "dan"];
  try {
    writeFileSync(file, old, { mode: 0o600 });
    const environment = { AUTH_ENCRYPTION_SECRET_FILE: file };
    await using running = await startAccountsGateway({ provider: { people: people.map((login) => ({ login })) }, environment });
    const { oidc, gateway } = running;
    const ada = await running.signIn("ada");
    const bob = await running.signIn("bob");
    const bobsMail = await running.signIn("bob", "mail", bob.robot);
    const workers = [
      { person: "ada", worker: new Worker(await openSession(running, ada)) },
      { person: "bob", worker: new Worker(await openSession(running, bob)) },
      { person: "bob", worker: new Worker(await openSession(running, bobsMail, "mail")) },
    ];
    const more = async (): Promise<void> => {
      const before = workers.map(({ worker }) => worker.answers.length);
      // Only who is reached over HTTP can be helped when a provider ends a token before its time.
      oidc.expireAccessTokens(oidc.subOf("ada"));
      await waitFor("calls to be answered", () => workers.every(({ worker }, index) => worker.answers.length > (before[index] ?? 0) + 3), { limitMs: 60_000 });
    };
    await more();

    writeFileSync(file, `${next},${old}`);
    const [rotated] = await Promise.all([gateway.run("keys", "rotate"), more(), running.signIn("cleo")]);
    expect(rotated.output).toContain("every key behind the first may be taken out");
    expect(rotated.code).toBe(0);
    await more();

    writeFileSync(file, next);
    const [takenOut] = await Promise.all([gateway.run("keys", "rotate"), more(), running.signIn("dan")]);
    expect(takenOut.code).toBe(0);
    await more();
    await Promise.all(workers.map(({ worker }) => worker.stop()));
    for (const { person, worker } of workers) expect(new Set(worker.answers)).toEqual(new Set([oidc.subOf(person)]));
    expect(oidc.requests.filter(({ grantType, status }) => grantType === "refresh_token" && status === 200).length).toBeGreaterThanOrEqual(4);

    await running.restart(environment);
    for (const { tokens, person, server } of [{ ...ada, person: "ada", server: "notes" }, { ...bobsMail, person: "bob", server: "mail" }] as const) {
      expect((await whoami(await openSession(running, { tokens }, server))).person).toBe(oidc.subOf(person));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it("B08 a key that still closes something is not let go of: nothing changes, and the calls go on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "operator-key-"));
  const file = join(folder, "key");
  const old = freshKey();
  try {
    writeFileSync(file, old, { mode: 0o600 });
    await using running = await startAccountsGateway({ environment: { AUTH_ENCRYPTION_SECRET_FILE: file } });
    const session = await openSession(running, await running.signIn("ada"));
    writeFileSync(file, freshKey());
    const refused = await running.gateway.run("keys", "rotate");
    expect([refused.code, refused.output.includes("nothing was changed")]).toEqual([1, true]);
    expect((await whoami(session)).person).toBe(running.oidc.subOf("ada"));
    writeFileSync(file, old);
    await running.restart({ AUTH_ENCRYPTION_SECRET_FILE: file });
    const again = await running.signIn("ada");
    expect((await whoami(await openSession(running, again))).person).toBe(running.oidc.subOf("ada"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
