import { FormRobot, isObject, type McpSession, toolText, type TokenRequest, waitFor } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountPage, connectionText, reconnect } from "../support/account-page.ts";
import { type AccountsGateway, openSession, startAccountsGateway, whoami } from "../support/accounts-gateway.ts";

const logins = ["ada", "bob", "cleo", "dan", "eve", "finn"];
const people = logins.map((login) => ({ login }));
const refreshes = ({ oidc }: AccountsGateway, login: string): readonly TokenRequest[] =>
  oidc.requests.filter(({ grantType, person }) => grantType === "refresh_token" && person === oidc.subOf(login));

/** What a call is answered with: the person by the provider's word, or the words of the error. */
const told = async (session: McpSession): Promise<string> => {
  const response = await session.call("tools/call", { name: "whoami", arguments: {} });
  if (isObject(response.error)) return String(response.error.message);
  const text = toolText(response);
  return text.startsWith("{") ? String(JSON.parse(text).person) : text;
};

const ended = (base: string): string => `The access to your connected account has ended. Connect it again at ${base}/account and try again.`;
const away = "Your connected account can not be reached now. Try again in a while.";

const useAccountsGateway = (options: Parameters<typeof startAccountsGateway>[0]): (() => AccountsGateway) => {
  let running: AccountsGateway | undefined;
  beforeAll(async () => {
    running = await startAccountsGateway(options);
  });
  afterAll(() => running?.[Symbol.asyncDispose]());
  return () => {
    if (running === undefined) throw new Error("the gateway is only there while tests run");
    return running;
  };
};

describe("a provider that rotates refresh tokens, and ends everything where one is used twice", () => {
  const running = useAccountsGateway({ provider: { people, rotate: true }, environment: { OIDC_PROVIDER_NAME: "Google", TOKEN_REFRESH_RETRY_DELAY: "1" } });

  it("is asked with the newest one each time, and nobody notices", async () => {
    const { oidc } = running();
    const session = await openSession(running(), await running().signIn("ada"));
    const hashes = new Set<string>();
    for (let round = 0; round < 5; round += 1) {
      oidc.expireAccessTokens(oidc.subOf("ada"));
      const answers = await Promise.all(Array.from({ length: 8 }, () => whoami(session)));
      expect(new Set(answers.map(({ person }) => person))).toEqual(new Set([oidc.subOf("ada")]));
      for (const { tokenHash } of answers) hashes.add(tokenHash);
    }
    expect(hashes.size).toBe(5);
    expect(refreshes(running(), "ada").map(({ status, refreshToken }) => [status, refreshToken?.generation])).toEqual([0, 1, 2, 3, 4].map((generation) => [200, generation]));
  });

  it("that took back what a person gave is named with where to go, in the call and on the account page in the guide's words; and all is well after connecting again", async () => {
    const { oidc, base } = running();
    const robot = new FormRobot("ko");
    const bob = await running().signIn("bob", "notes", robot);
    const session = await openSession(running(), bob);
    expect(await told(session)).toBe(oidc.subOf("bob"));
    oidc.revokePerson(oidc.subOf("bob"));
    expect(await told(session)).toBe(ended(base));
    expect(await told(session)).toBe(ended(base));
    expect(refreshes(running(), "bob")).toHaveLength(1);

    const korean = connectionText(running(), await accountPage(running(), robot), "notes");
    expect(korean).toContain("Google 계정 연동이 만료되었습니다. [다시 연동]을 클릭하세요");
    expect(korean).toContain(" 다시 연동 ");
    const english = await robot.open(`${base}/account`, { headers: { "accept-language": "en" } });
    expect(connectionText(running(), english, "notes")).toContain("Your Google connection has expired. Select [Reconnect].");

    const after = await reconnect(running(), robot, "notes", "bob");
    expect(connectionText(running(), after, "notes")).not.toContain("만료");
    expect(await told(session)).toBe(oidc.subOf("bob"));
  });

  it("that took back what a person gave is opened by a client that opens addresses", async () => {
    const { oidc, base } = running();
    const cleo = await running().signIn("cleo");
    const session = await openSession(running(), cleo, "notes", { elicitation: { url: {} } });
    expect(await told(session)).toBe(oidc.subOf("cleo"));
    oidc.revokePerson(oidc.subOf("cleo"));
    const { error } = await session.call("tools/call", { name: "whoami", arguments: {} });
    expect(error).toMatchObject({ code: -32042, message: ended(base), data: { elicitations: [{ mode: "url", url: `${base}/account`, message: ended(base) }] } });
    await reconnect(running(), cleo.robot, "notes", "cleo");
    expect(await told(session)).toBe(oidc.subOf("cleo"));
  });

  it.each([
    ["429", { retryAfter: 1 }],
    ["500", {}],
  ] as const)("that answers once with %s is asked again, and the one who waits does not notice", async (kind, more) => {
    const { oidc } = running();
    const session = await openSession(running(), await running().signIn("dan"));
    expect(await told(session)).toBe(oidc.subOf("dan"));
    oidc.expireAccessTokens(oidc.subOf("dan"));
    oidc.failNext({ endpoint: "token", kind, ...more });
    expect(await told(session)).toBe(oidc.subOf("dan"));
  });

  it.each(["hang", "garbage", "close", "lost"] as const)("whose answer does not come whole (%s) is never sent the same token again: the person is asked to connect once more", async (kind) => {
    const { oidc, base } = running();
    const eve = await running().signIn("eve");
    const session = await openSession(running(), eve);
    expect(await told(session)).toBe(oidc.subOf("eve"));
    const before = refreshes(running(), "eve").length;
    oidc.expireAccessTokens(oidc.subOf("eve"));
    oidc.failNext({ endpoint: "token", kind });
    await waitFor("the call to say what to do", async () => {
      const words = await told(session);
      expect([away, ended(base)]).toContain(words);
      return words === ended(base);
    }, { limitMs: 40_000 });
    expect(refreshes(running(), "eve").slice(before).map(({ fault }) => fault)).toEqual([kind]);
    expect(connectionText(running(), await accountPage(running(), eve.robot), "notes")).toContain("has expired. Select [Reconnect].");
    await reconnect(running(), eve.robot, "notes", "eve");
    expect(await told(session)).toBe(oidc.subOf("eve"));
  });

  it("that asks for patience gets it: calls say that it is away, the account page asks for nothing, and it recovers by itself", async () => {
    const { oidc } = running();
    const finn = await running().signIn("finn");
    const session = await openSession(running(), finn);
    oidc.expireAccessTokens(oidc.subOf("finn"));
    oidc.failNext({ endpoint: "token", kind: "429", retryAfter: 12 });
    expect(await told(session)).toBe(away);
    expect(connectionText(running(), await accountPage(running(), finn.robot), "notes")).toContain("Connected");
    await waitFor("the provider to be asked again", async () => (await told(session)) === oidc.subOf("finn"), { limitMs: 40_000, everyMs: 500 });
    const [refused, taken, ...more] = refreshes(running(), "finn");
    expect([refused?.status, taken?.status, more]).toEqual([429, 200, []]);
    expect((taken?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(12_000);
  });
});

describe("a provider that never rotates refresh tokens", () => {
  const running = useAccountsGateway({ provider: { people, rotate: false }, environment: { TOKEN_REFRESH_RETRY_DELAY: "1" } });

  it("is asked with the one from the sign-in again and again", async () => {
    const { oidc } = running();
    const session = await openSession(running(), await running().signIn("ada"));
    for (let round = 0; round < 4; round += 1) {
      oidc.expireAccessTokens(oidc.subOf("ada"));
      expect(await told(session)).toBe(oidc.subOf("ada"));
    }
    expect(refreshes(running(), "ada").map(({ status, refreshToken }) => [status, refreshToken?.generation])).toEqual(Array.from({ length: 4 }, () => [200, 0]));
  });

  // One person each: a credential is lent for refreshing ten times a minute, and no more.
  it.each([
    ["garbage", "bob"],
    ["close", "cleo"],
    ["lost", "dan"],
    ["hang", "eve"],
  ] as const)("and whose answer does not come whole (%s) is asked again: nobody has to connect anything", async (kind, person) => {
    const { oidc, base } = running();
    const session = await openSession(running(), await running().signIn(person));
    oidc.expireAccessTokens(oidc.subOf(person));
    expect(await told(session)).toBe(oidc.subOf(person));
    oidc.expireAccessTokens(oidc.subOf(person));
    oidc.failNext({ endpoint: "token", kind });
    await waitFor("the call to go through", async () => {
      const words = await told(session);
      expect(words).not.toBe(ended(base));
      return words === oidc.subOf(person);
    }, { limitMs: 60_000 });
  });
});

describe("a token in a process, whose provider says when it expires", () => {
  it("is a new one in a new process once it has; and when it can not be had, the call says where to go", async () => {
    await using running = await startAccountsGateway({ provider: { accessTokenTtlSeconds: 4 } });
    const { oidc, base } = running;
    const ada = await running.signIn("ada", "mail");
    const session = await openSession(running, ada, "mail");
    const first = await whoami(session);
    const next = await waitFor("the next token", async () => {
      const now = await whoami(session);
      return now.tokenHash !== first.tokenHash && now;
    }, { limitMs: 30_000, everyMs: 100 });
    expect([next.person, next.pid === first.pid]).toEqual([oidc.subOf("ada"), false]);
    oidc.revokePerson(oidc.subOf("ada"));
    await waitFor("the call to say what to do", async () => (await told(session)) === ended(base), { limitMs: 30_000, everyMs: 100 });
    await reconnect(running, ada.robot, "mail", "ada");
    expect(await told(session)).toBe(oidc.subOf("ada"));
  });
});
