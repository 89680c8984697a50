import { type Answer, type AuthorizationRequest, approve, type Gateway, OAuthClient, registeredClient, type Tokens, tokensIn, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess, expectNoAccess } from "../support/expect-access.ts";
import { useGateway } from "../support/use-gateway.ts";

interface SentCode {
  readonly code: string;
  readonly made: AuthorizationRequest;
  sent: boolean;
  answered: boolean;
}

interface Rotation {
  readonly presented: string;
  answer: Answer | undefined;
}

/** One client that signs in and then refreshes without a pause until the power goes. It remembers what it sent and what came back. */
class BusyClient {
  readonly client: OAuthClient;
  signIn: SentCode | undefined;
  tokens: Tokens | undefined;
  readonly rotations: Rotation[] = [];
  readonly #gateway: Gateway;

  constructor(gateway: Gateway, client: OAuthClient) {
    this.#gateway = gateway;
    this.client = client;
  }

  async getTokens(): Promise<void> {
    const { code, made } = await approve(this.#gateway, this.client);
    this.signIn = { code, made, sent: true, answered: false };
    const answer = await this.client.exchange(code, made);
    this.signIn.answered = true;
    this.tokens = tokensIn(answer);
  }

  async refreshForever(): Promise<never> {
    for (;;) {
      if (this.tokens === undefined) throw new Error("sign in first");
      const rotation: Rotation = { presented: this.tokens.refreshToken, answer: undefined };
      this.rotations.push(rotation);
      const answer = await this.client.refresh(rotation.presented);
      rotation.answer = answer;
      this.tokens = tokensIn(answer);
    }
  }
}

const settle = (work: Promise<unknown>): Promise<unknown> => work.catch((cause: unknown) => cause);

describe("kill -9 in the middle of fifty sign-ins and refreshes", () => {
  const gateway = useGateway();

  it("loses no sign-in and lets nothing be used twice", async () => {
    const before = await busyClients(25);
    for (const busy of before) await busy.getTokens();
    const during = await busyClients(25);
    const work = [...before.map((busy) => settle(busy.refreshForever())), ...during.map((busy) => settle(busy.getTokens().then(() => busy.refreshForever())))];
    // The power goes when both kinds of work are under way: some new clients are in, some are not.
    await waitFor("the middle of it", () => before.every((busy) => busy.rotations.some((rotation) => rotation.answer !== undefined)) && during.filter((busy) => busy.tokens !== undefined).length >= 8, { everyMs: 1, limitMs: 60_000 });
    await gateway().kill();
    await Promise.all(work);
    await gateway().restart();

    const all = [...before, ...during];
    const signedIn = all.filter((busy) => busy.tokens !== undefined);
    const unanswered = during.filter((busy) => busy.tokens === undefined && busy.signIn !== undefined);
    expect(signedIn.length).toBeGreaterThanOrEqual(33);
    for (const busy of signedIn) await expectStillSignedIn(busy);
    for (const busy of signedIn) await expectCodeUsedUp(busy);
    for (const busy of unanswered) await expectAtMostOneUse(busy);
  });

  async function busyClients(count: number): Promise<readonly BusyClient[]> {
    const registered = await registeredClient(gateway());
    return Array.from({ length: count }, () => new BusyClient(gateway(), new OAuthClient(registered.discovery, registered.clientId, registered.redirectUri)));
  }

  /** The newest token works, whether or not its last answer got lost; older ones only ever repeat the one successor. */
  async function expectStillSignedIn(busy: BusyClient): Promise<void> {
    if (busy.tokens === undefined) return;
    await expectAccess(gateway(), busy.tokens);
    const answered = busy.rotations.findLast((rotation) => rotation.answer !== undefined);
    const lost = busy.rotations.at(-1)?.answer === undefined && busy.rotations.length > 0;
    const current = await busy.client.refresh(busy.tokens.refreshToken);
    expect(current.status, lost ? "the lost answer is given again" : "the newest token refreshes").toBe(200);
    expect((await busy.client.refresh(busy.tokens.refreshToken)).text).toBe(current.text);
    if (answered !== undefined) expect((await busy.client.refresh(answered.presented)).text).toBe(current.text);
    const next = await busy.client.refresh(tokensIn(current).refreshToken);
    expect((await busy.client.refresh(busy.tokens.refreshToken)).text).toBe(next.text);
    busy.tokens = tokensIn(next);
    await expectAccess(gateway(), busy.tokens);
  }

  async function expectCodeUsedUp(busy: BusyClient): Promise<void> {
    if (busy.signIn === undefined || busy.tokens === undefined) return;
    expect((await busy.client.exchange(busy.signIn.code, busy.signIn.made)).status).toBe(400);
    await expectNoAccess(gateway(), busy.tokens);
    expect((await busy.client.refresh(busy.tokens.refreshToken)).status).toBe(400);
  }

  async function expectAtMostOneUse(busy: BusyClient): Promise<void> {
    if (busy.signIn === undefined) return;
    const { code, made } = busy.signIn;
    const attempts = [await busy.client.exchange(code, made), await busy.client.exchange(code, made)];
    expect(attempts.filter((answer) => answer.status === 200).length).toBeLessThanOrEqual(1);
    expect(attempts[1]?.status).toBe(400);
  }
});
