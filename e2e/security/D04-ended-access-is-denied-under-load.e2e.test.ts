import { everythingServer, type Gateway, isRunning, jsonObject, McpSession, signIn, type Tokens, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { readJwt } from "../support/forged-jwt.ts";
import { expectAccess, expectNoAccess, expectTokenError } from "../support/expect-access.ts";
import { useGateway } from "../support/use-gateway.ts";

/** Somebody at work: calls without a pause, one tool that is still running, a stream that listens, a child of their own. */
class Worker {
  readonly session: McpSession;
  readonly answers: { readonly startedAt: number; readonly status: number }[] = [];
  readonly #loops: Promise<void>[] = [];
  childPid = 0;
  streams: readonly { readonly ended: Promise<void> }[] = [];
  readonly #ending = new AbortController();

  constructor(gateway: Gateway, { accessToken }: Tokens) {
    this.session = new McpSession(gateway.mcpUrl, accessToken);
  }

  async start(): Promise<this> {
    await this.session.initialize();
    this.childPid = Number(jsonObject(await this.session.callTool("whoami")).pid);
    const slow = { jsonrpc: "2.0", id: "slow", method: "tools/call", params: { name: "slow", arguments: { steps: 600, everyMs: 100 }, _meta: { progressToken: "p" } } };
    this.streams = [await this.session.openStream(), await this.session.openStream({ accept: "application/json, text/event-stream" }, slow)];
    this.#loops.push(...[1, 2].map((loop) => this.#call(loop)));
    await waitFor("calls to be answered", () => this.succeededAfter(0) > 5);
    return this;
  }

  succeededAfter(time: number): number {
    return this.answers.filter(({ startedAt, status }) => startedAt > time && status === 200).length;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#loops);
  }

  async #call(loop: number): Promise<void> {
    for (let number = 0; !this.#ending.signal.aborted; number += 1) {
      const startedAt = performance.now();
      // A call that was under way may be cut with everything else.
      const { status } = await this.session.post({ jsonrpc: "2.0", id: `${loop}-${number}`, method: "ping" }).catch(() => ({ status: 0 }));
      this.answers.push({ startedAt, status });
    }
  }
}

describe("D04 access that is ended while everybody works", () => {
  const gateway = useGateway({ command: everythingServer });
  const grantOf = ({ accessToken }: Tokens): string => String(readJwt(accessToken).payload.grant);

  it.each(["grant", "client", "user"] as const)("by %s is over at once: calls refused, running tool and stream cut, child gone, no new token; others go on", async (what) => {
    const ended = await signIn(gateway());
    const other = await signIn(gateway());
    const [worker, bystander] = [await new Worker(gateway(), ended.tokens).start(), await new Worker(gateway(), other.tokens).start()];
    const target = { grant: ["--grant", grantOf(ended.tokens)], client: ["--client", ended.client.clientId], user: ["--user", "owner"] }[what];
    expect(await gateway().run("revoke", ...target)).toMatchObject({ code: 0 });
    const over = performance.now();

    await waitFor("its calls to be refused", () => worker.answers.filter(({ startedAt, status }) => startedAt > over && status === 401).length > 5);
    await Promise.all(worker.streams.map((stream) => stream.ended));
    await waitFor("its child to end", () => !isRunning(worker.childPid));
    expect(worker.succeededAfter(over)).toBe(0);
    await expectNoAccess(gateway(), ended.tokens);
    expectTokenError(await ended.client.refresh(ended.tokens.refreshToken), "invalid_grant");
    if (what !== "user") {
      await waitFor("others to be answered", () => bystander.succeededAfter(over) > 5);
      expect(isRunning(bystander.childPid)).toBe(true);
      await bystander.session.delete();
    }
    await Promise.all([worker.stop(), bystander.stop()]);
    await expectAccess(gateway(), (await signIn(gateway(), ended.client)).tokens);
  });
});
