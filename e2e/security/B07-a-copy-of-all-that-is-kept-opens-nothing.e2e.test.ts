import { randomBytes } from "node:crypto";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CanaryWatch, gatewayFolders, type Page, processFacts, removeFolders, type SignedIn, startCommandLine } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { reconnect } from "../support/account-page.ts";
import { type AccountsGateway, openSession, startAccountsGateway, whoami } from "../support/accounts-gateway.ts";

const freshKey = (): string => randomBytes(32).toString("base64");

/** Tokens are obtained, used, refreshed, lost, taken back and obtained again, by two people, at both kinds of server. */
const live = async (running: AccountsGateway): Promise<readonly SignedIn[]> => {
  const { oidc } = running;
  const signedIn: SignedIn[] = [];
  for (const person of ["ada", "bob"]) {
    const notes = await running.signIn(person);
    const mail = await running.signIn(person, "mail", notes.robot);
    const sessions = [await openSession(running, notes), await openSession(running, mail, "mail")] as const;
    for (const session of sessions) await whoami(session);
    oidc.expireAccessTokens(oidc.subOf(person));
    await whoami(sessions[0]);
    oidc.expireAccessTokens(oidc.subOf(person));
    oidc.failNext({ endpoint: "token", kind: "garbage" });
    await sessions[0].call("tools/call", { name: "whoami", arguments: {} });
    await reconnect(running, notes.robot, "notes", person);
    await whoami(sessions[0]);
    signedIn.push(notes, mail);
  }
  oidc.revokePerson(oidc.subOf("bob"));
  return signedIn;
};

/** The one-time code and the state of every visit to the provider, as they came back. */
const callbacksIn = (pages: readonly Page[]): readonly string[] =>
  pages.flatMap(({ url }) => {
    const { pathname, searchParams } = new URL(url);
    return pathname === "/auth/callback" ? ["code", "state"].flatMap((name) => searchParams.get(name) ?? []) : [];
  });

describe("B07 who copies all that the gateway keeps and writes", () => {
  it("B07: finds no token of a provider in a database, in the log at debug level, or in what the system shows of the process", async () => {
    const encryptionKey = freshKey();
    await using running = await startAccountsGateway({ environment: { AUTH_ENCRYPTION_SECRET: encryptionKey } });
    const signedIn = await live(running);
    const tokens = new CanaryWatch();
    running.oidc.tokens.forEach((token, index) => tokens.watch(`token ${index} of the provider`, token));
    for (const [index, { tokens: ours, robot }] of signedIn.entries()) {
      tokens.watch(`access token ${index} of ours`, ours.accessToken);
      tokens.watch(`refresh token ${index} of ours`, ours.refreshToken);
      callbacksIn(robot.pages).forEach((value, at) => tokens.watch(`callback ${index}.${at}`, value));
    }
    expect(tokens.size).toBeGreaterThan(30);
    const secrets = new CanaryWatch();
    secrets.watch("client secret", "a client secret of the gateway");
    secrets.watch("encryption key", encryptionKey);

    const { gateway } = running;
    const facts = processFacts(gateway.pid);
    const copy = join(gateway.folders.root, "copy");
    cpSync(gateway.folders.data, copy, { recursive: true, filter: (path) => !path.endsWith(".sock") });
    const places: readonly (readonly [string, string])[] = [["log", gateway.output], ["environment", facts?.environment ?? ""], ["command line", facts?.commandLine ?? ""]];
    expect(places.map(([, text]) => text.length > 0)).toEqual([true, true, true]);
    for (const [place, text] of places) expect(tokens.searchText(place, text)).toEqual([]);
    for (const watch of [tokens, secrets]) {
      expect(watch.searchFolder(copy)).toEqual([]);
      expect(watch.searchText("log", gateway.output)).toEqual([]);
    }
    expect(gateway.output).toContain('"debug"');
    await gateway.stop();
    for (const watch of [tokens, secrets]) expect([...watch.searchFolder(gateway.folders.data), ...watch.searchText("log", gateway.output)]).toEqual([]);
  });

  it("B07: opens none of it with another key, and the gateway says so instead of starting", async () => {
    await using running = await startAccountsGateway({ environment: { AUTH_ENCRYPTION_SECRET: freshKey() } });
    await openSession(running, await running.signIn("ada"));
    await running.gateway.stop();
    const folders = gatewayFolders();
    cpSync(running.gateway.folders.data, folders.data, { recursive: true, filter: (path) => !path.endsWith(".sock") });
    const thief = startCommandLine(["http://127.0.0.1:9/mcp"], folders, { environment: { EXTERNAL_URL: running.base, PASSWORD: "a password of the thief", AUTH_ENCRYPTION_SECRET: freshKey() } });
    const { code } = await thief.exited;
    await thief.kill();
    removeFolders(folders);
    expect(code).toBe(1);
    expect(thief.output).toMatch(/AUTH_ENCRYPTION_SECRET is not the key/);
  });

  it.each([
    ["another person's", "bob", "notes"],
    ["another server's", "ada", "mail"],
  ] as const)("B07: a ciphertext that was put into %s row opens there for nobody, and its own row stays good", async (_whose, person, server) => {
    const environment = { AUTH_ENCRYPTION_SECRET: freshKey() };
    await using running = await startAccountsGateway({ environment });
    const { oidc, base } = running;
    const own = await running.signIn("ada");
    const other = await running.signIn(person, server, person === "ada" ? own.robot : undefined);
    expect((await whoami(await openSession(running, other, server))).person).toBe(oidc.subOf(person));
    await running.gateway.stop();
    moveCiphertext(join(running.gateway.folders.data, "vault.db"), running.mcpUrl("notes"), { resource: running.mcpUrl(server), isSamePerson: person === "ada" });
    await running.restart(environment);

    expect((await whoami(await openSession(running, own))).person).toBe(oidc.subOf("ada"));
    await expect(openSession(running, other, server)).rejects.toThrow(`The access to your connected account has ended. Connect it again at ${base}/account and try again.`);
    await reconnect(running, other.robot, server, person);
    expect((await whoami(await openSession(running, other, server))).person).toBe(oidc.subOf(person));
  });
});

/** Puts the texts of the first credential that was stored into the other row, generation and all. */
function moveCiphertext(file: string, resource: string, to: { readonly resource: string; readonly isSamePerson: boolean }): void {
  const database = new DatabaseSync(file);
  try {
    const credentials = database.prepare("select credential_id, subject_id, resource, generation from rm_credentials order by connected_at").all();
    const from = credentials.find((each) => each.resource === resource);
    const target = credentials.find((each) => each.resource === to.resource && each !== from && (each.subject_id === from?.subject_id) === to.isSamePerson);
    if (from?.credential_id === undefined || target?.credential_id === undefined) throw new Error("the rows are not there");
    const { changes } = database
      .prepare(
        `update cx_ciphertexts set access_text = (select access_text from cx_ciphertexts where credential_id = ?),
         refresh_text = (select refresh_text from cx_ciphertexts where credential_id = ?) where credential_id = ?`,
      )
      .run(from.credential_id, from.credential_id, target.credential_id);
    if (changes !== 1) throw new Error("nothing was moved");
  } finally {
    database.close();
  }
}
