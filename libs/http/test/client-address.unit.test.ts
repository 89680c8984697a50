import { afterEach, expect, test } from "vitest";
import { clientAddress } from "../src/index.ts";
import { runApp, type RunningApp } from "./running-app.ts";

let running: RunningApp | undefined;
afterEach(() => running?.app.close());

const addressFor = async (trustedProxies: readonly string[], forwarded?: string): Promise<string> => {
  running = await runApp((app) => void app.get("/me", async (request) => clientAddress(request)), { trustedProxies });
  return (await fetch(`${running.base}/me`, { headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded } })).text();
};

test.each([
  { why: "without trusted proxies a header means nothing", trusted: [], forwarded: "203.0.113.7", expected: "127.0.0.1" },
  { why: "a proxy that is not trusted means nothing", trusted: ["10.0.0.0/8"], forwarded: "203.0.113.7", expected: "127.0.0.1" },
  { why: "a trusted proxy names the client", trusted: ["127.0.0.1"], forwarded: "203.0.113.7", expected: "203.0.113.7" },
  { why: "what stands before an address that is not trusted was sent by the client", trusted: ["127.0.0.0/8"], forwarded: "1.1.1.1, 203.0.113.7", expected: "203.0.113.7" },
  { why: "trusted proxies in a row are passed over", trusted: ["127.0.0.0/8", "10.0.0.0/8"], forwarded: "203.0.113.7, 10.1.2.3", expected: "203.0.113.7" },
  { why: "IPv6 is an address too", trusted: ["127.0.0.1"], forwarded: "2001:DB8::1", expected: "2001:db8::1" },
  { why: "IPv4 inside IPv6 is that IPv4", trusted: ["127.0.0.1"], forwarded: "::ffff:203.0.113.7", expected: "203.0.113.7" },
  { why: "a name is no address", trusted: ["127.0.0.1"], forwarded: "unknown", expected: "127.0.0.1" },
  { why: "markup is no address", trusted: ["127.0.0.1"], forwarded: "<script>", expected: "127.0.0.1" },
  { why: "without the header it is the socket's", trusted: ["127.0.0.1"], forwarded: undefined, expected: "127.0.0.1" },
])("$why", async ({ trusted, forwarded, expected }) => {
  expect(await addressFor(trusted, forwarded)).toBe(expected);
});
