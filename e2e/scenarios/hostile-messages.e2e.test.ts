import { join } from "node:path";
import { readFileSync } from "node:fs";
import { gatewayFolders, signIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { type BrokenHttpTally, sendBrokenRequests } from "../soak/fuzz/broken-http.ts";
import { Bystander } from "../soak/fuzz/bystander.ts";
import { fuzzFromServer, fuzzSession, fuzzStateless, newTally } from "../soak/fuzz/campaign.ts";
import { hostileServer, modernHeaders, modernMeta } from "../soak/fuzz/hostile-command.ts";
import { Sender } from "../soak/fuzz/sender.ts";
import { ProbedGateway } from "../soak/probed-gateway.ts";

const seed = 2026;
const messages = 3_000;

describe.each(["session", "shared"] as const)("fuzzed messages, isolation %s", (isolation) => {
  it("of clients and servers of both eras, and broken HTTP, are answered, harm nobody else, and reach no server malformed", async () => {
    const folders = gatewayFolders();
    const findings = join(folders.root, "findings.txt");
    await using probed = await ProbedGateway.launch({ command: hostileServer(findings), environment: { ISOLATION: isolation } }, folders);
    const { gateway } = probed;
    const [fuzzing, watching] = [await signIn(gateway), await signIn(gateway)];
    const [session, stateless] = [new Sender(gateway.mcpUrl, fuzzing.tokens.accessToken, 16), new Sender(gateway.mcpUrl, fuzzing.tokens.accessToken, 16)];
    await session.initialize("2025-11-25");
    const bystander = await Bystander.start(gateway.mcpUrl, watching.tokens.accessToken, gateway.baseUrl);
    const tally = newTally();
    await fuzzSession(session, messages, seed, tally);
    await fuzzStateless(stateless, messages, seed, tally);
    // A server that everybody shares can say anything to everybody: nobody is a bystander of its ravings.
    bystander.onlyHttp = isolation === "shared";
    await fuzzFromServer(session, messages, seed, tally);
    await fuzzFromServer(stateless, messages, seed, tally, modernHeaders("lines"), modernMeta);
    const broken: BrokenHttpTally = { requests: 0, answers: {}, hanging: [] };
    if (isolation === "session") await sendBrokenRequests(gateway.baseUrl, fuzzing.tokens.accessToken, 500, seed, broken);
    await bystander.stop();
    session.close();
    stateless.close();

    expect(tally.broken).toEqual([]);
    expect(tally.messages).toBe(4 * messages);
    for (const status of [200, 202, 400]) expect(tally.statuses[status]).toBeGreaterThan(100);
    expect(broken.hanging).toEqual([]);
    expect(bystander.end().wrong).toEqual([]);
    expect(bystander.end().answered).toBeGreaterThan(10);
    expect(readFileSync(findings, { encoding: "utf8", flag: "a+" })).toBe("");
    expect(gateway.output).not.toContain("a request failed");
    expect(gateway.exit).toBeUndefined();
  });
});
