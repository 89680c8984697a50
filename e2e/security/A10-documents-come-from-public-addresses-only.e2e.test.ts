import { discover, OAuthClient, robotRedirectUri, signIn, startWebHost, waitFor, type WebHost } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAuthorization } from "../support/authorization-outcome.ts";
import { describedClient, useClientSite } from "../support/client-site.ts";
import { expectAccess } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

// The gateway is on loopback, so its own two addresses are allowed (A4.4); nothing else that is not public is.
const elsewhere: readonly (readonly [clientId: string, why: string])[] = [
  ["https://127.0.0.2:PORT/doc", "the rest of loopback"],
  ["https://0.0.0.0:PORT/doc", "this host"],
  ["https://[::]:PORT/doc", "this host over IPv6"],
  ["https://[::ffff:7f00:1]:PORT/doc", "IPv4-mapped loopback"],
  ["https://[::ffff:a00:1]:PORT/doc", "IPv4-mapped private use"],
  ["https://[::ffff:10.0.0.1]:PORT/doc", "the same, written otherwise"],
  ["https://2130706433:PORT/doc", "loopback in decimal"],
  ["https://0x7f000001:PORT/doc", "loopback in hexadecimal"],
  ["https://0177.0.0.1:PORT/doc", "loopback in octal"],
  ["https://127.1:PORT/doc", "loopback in short"],
  ["https://10.0.0.1:PORT/doc", "private use"],
  ["https://172.17.0.1:PORT/doc", "the bridge of containers"],
  ["https://172.31.255.255:PORT/doc", "the end of that block"],
  ["https://192.168.0.1:PORT/doc", "private use"],
  ["https://100.64.0.1:PORT/doc", "shared address space"],
  ["https://169.254.169.254/latest/meta-data", "a metadata service"],
  ["https://[fd00:ec2::254]/latest/meta-data", "a metadata service over IPv6"],
  ["https://[fe80::1]:PORT/doc", "link local"],
  ["https://[64:ff9b::a9fe:a9fe]:PORT/doc", "a metadata service through NAT64"],
  ["https://[2002:7f00:1::]:PORT/doc", "loopback through 6to4"],
  ["http://localhost:PORT/doc", "no TLS"],
  ["https://user@localhost:PORT/doc", "userinfo"],
  ["https://localhost:PORT/doc#x", "a fragment"],
  ["https://localhost:PORT/a/../doc", "dot segments"],
  ["https://localhost:PORT/a/%2e%2e/doc", "encoded dot segments"],
  ["https://localhost:PORT", "no path"],
];

describe("A10 a document's address", () => {
  const { environment, site } = useClientSite();
  const gateway = useGateway({ environment });
  let inside: WebHost;
  let good: OAuthClient;

  beforeAll(async () => {
    inside = await startWebHost((_request, response) => response.writeHead(200, { "content-type": "application/json" }).end("{}"), { address: "::" });
    good = await describedClient(gateway(), site().document("/good"));
    await signIn(gateway(), good);
  });
  afterAll(() => inside[Symbol.asyncDispose]());

  const expectRefused = async (clientId: string): Promise<void> => {
    const before = recordedState(gateway());
    const outcome = await openAuthorization(await describedClient(gateway(), clientId), {});
    expect(outcome.status).toBe(400);
    expect(outcome.headers.get("content-type")).toMatch(/^text\/html/);
    expect(outcome.leavesTo).toBeUndefined();
    expect(outcome.html).not.toContain(String(inside.port));
    expect(recordedState(gateway())).toBe(before);
  };

  it.each(elsewhere)("is not connected to: %s (%s)", async (template) => {
    const from = gateway().output.length;
    await expectRefused(template.replace("PORT", String(inside.port)));
    expect(inside.connections).toBe(0);
    // Most of these addresses would not answer anyway: only the log tells that nobody tried.
    await waitFor("the reason in the log", () => /"problem":"(?:address|host|userinfo|fragment|dot_segments|no_path|unknown-client)"/.test(gateway().output.slice(from)));
  });

  it("is not left for another: no redirect is followed", async () => {
    for (const location of [`http://127.0.0.2:${inside.port}/`, `https://localhost:${site().port}/good`, "//127.0.0.2/"]) {
      await expectRefused(site().at("/moved", (_request, response) => response.writeHead(302, { location }).end()));
    }
    expect(inside.connections).toBe(0);
  });

  it("may send 5 KB and not a byte more", async () => {
    const padded = (bytes: number): string => {
      const length = (fill: number): number => Buffer.byteLength(JSON.stringify({ client_id: site().at("/padded", () => undefined), client_name: "Described client", redirect_uris: [good.redirectUri], client_uri: "x".repeat(fill) }));
      return site().document("/padded", { client_uri: "x".repeat(bytes - length(0)) });
    };
    await expectRefused(padded(5_121));
    const outcome = await openAuthorization(await describedClient(gateway(), padded(5_120)), {});
    expect(outcome.status).toBe(200);
  });

  it("may not keep a request waiting by sending slowly", async () => {
    const slow = site().at("/slow", (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const drip = setInterval(() => response.write(" "), 100);
      response.on("close", () => clearInterval(drip));
    });
    await expectRefused(slow);
  });

  it("may not send what has to be unpacked", async () => {
    await expectRefused(site().document("/packed", {}, { "content-encoding": "gzip" }));
  });

  it("is the only one of a document that is asked for: none of its other URLs is, and none is shown", async () => {
    const target = `http://127.0.0.1:${inside.port}/`;
    const names = ["logo_uri", "client_uri", "policy_uri", "tos_uri", "jwks_uri", "sector_identifier_uri", "initiate_login_uri", "software_statement"];
    const clientId = site().document("/urls", Object.fromEntries(names.map((name) => [name, `${target}${name}`])));
    const client = await describedClient(gateway(), clientId);
    const { robot, tokens } = await signIn(gateway(), client);
    await expectAccess(gateway(), tokens);
    expect(inside.connections).toBe(0);
    expect(robot.pages.map(({ text }) => text).join()).not.toContain(String(inside.port));
  });

  it("is good where it is: a described client signs in after all that", async () => {
    const { tokens } = await signIn(gateway(), good);
    await expectAccess(gateway(), tokens);
  });
});

describe("A10 with CLIENT_ID_METADATA=off", () => {
  const { environment, site } = useClientSite();
  const gateway = useGateway({ environment: { ...environment, CLIENT_ID_METADATA: "off" } });

  it("no document is announced or asked for, and a client that registers signs in", async () => {
    const discovery = await discover(gateway().mcpUrl);
    expect(discovery.metadata).not.toHaveProperty("client_id_metadata_document_supported");
    const before = recordedState(gateway());
    const outcome = await openAuthorization(new OAuthClient(discovery, site().document("/good"), robotRedirectUri), {});
    expect([outcome.status, outcome.leavesTo, site().requests]).toEqual([400, undefined, []]);
    expect(recordedState(gateway())).toBe(before);
    await expectAccess(gateway(), (await signIn(gateway())).tokens);
  });
});
