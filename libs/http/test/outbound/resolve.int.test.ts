import { describe, expect, it } from "vitest";
import { resolveOverDns } from "../../src/outbound/resolve.ts";
import { startDnsServer } from "./dns-server.ts";

const never = new AbortController().signal;

describe("a name", () => {
  it("is asked for once for each family, and everything that is answered counts", async () => {
    await using dns = await startDnsServer(() => ["192.0.2.1", "10.0.0.1"]);
    const addresses = await resolveOverDns({ servers: [dns.address] })("client.example", never);
    expect([...addresses].sort()).toEqual(["10.0.0.1", "192.0.2.1"]);
    expect([...dns.questions].sort()).toEqual(["client.example 1", "client.example 28"]);
  });

  it("that does not exist is an error", async () => {
    await using dns = await startDnsServer(() => []);
    await expect(resolveOverDns({ servers: [dns.address] })("client.example", never)).rejects.toMatchObject({ code: "ENOTFOUND" });
  });

  it("whose server keeps silent is given up when the caller says so", async () => {
    const caller = new AbortController();
    await using dns = await startDnsServer(() => {
      caller.abort();
      return undefined;
    });
    await expect(resolveOverDns({ servers: [dns.address] })("client.example", caller.signal)).rejects.toMatchObject({ code: "ECANCELLED" });
  });

  it.each(["localhost", "app.localhost"])("%s is never asked for (RFC 6761)", async (name) => {
    await using dns = await startDnsServer(() => ["192.0.2.1"]);
    expect(await resolveOverDns({ servers: [dns.address] })(name, never)).toEqual(["127.0.0.1", "::1"]);
    expect(dns.questions).toEqual([]);
  });
});
