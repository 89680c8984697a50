import { err, ok } from "@mcp-auth-proxy/contracts";
import type { Outbound } from "@mcp-auth-proxy/http";
import { describe, expect, it } from "vitest";
import { createKeySets } from "../../src/clients/key-sets.ts";

const bounds = { sets: 256, underWay: 8 };
const source = { jwksUri: "https://keys.example/jwks" };
const key = (kid: string) => ({ kty: "EC", crv: "P-256", x: "x", y: "y", kid });

const serving = () => {
  let now = 0;
  let published: string | undefined = JSON.stringify({ keys: [key("1")] });
  let asked = 0;
  const outbound: Outbound = {
    fetchDocument: async () => {
      asked += 1;
      return published === undefined ? err({ code: "connection", detail: "down" }) : ok({ status: 200, headers: {}, body: Buffer.from(published) });
    },
  };
  const sets = createKeySets({ outbound, clock: { now: () => now }, bounds });
  const kids = async (keyId?: string, from: { jwksUri: string } = source) => (await sets.keysOf(from, keyId)).map(({ kid }) => kid);
  return { sets, kids, pass: (ms: number) => (now += ms), publish: (text: string | undefined) => (published = text), asked: () => asked };
};

describe("key sets", () => {
  it("that were given are not fetched", async () => {
    const { sets, asked } = serving();
    expect(await sets.keysOf({ jwks: [{ kty: "EC", crv: "P-256", x: "x", y: "y" }] }, "any")).toHaveLength(1);
    expect(asked()).toBe(0);
  });

  it("are fetched once however many ask, and again after five minutes", async () => {
    const { kids, pass, asked } = serving();
    await Promise.all([kids("1"), kids("1"), kids("1")]);
    expect(asked()).toBe(1);
    pass(299_999);
    await kids("1");
    expect(asked()).toBe(1);
    pass(1);
    await kids("1");
    expect(asked()).toBe(2);
  });

  it("are looked at anew for a key that is missing, but not more than twice a minute", async () => {
    const { kids, pass, publish, asked } = serving();
    await kids("1");
    publish(JSON.stringify({ keys: [key("1"), key("2")] }));
    for (let round = 0; round < 100; round += 1) expect(await kids("2")).toEqual(["1"]);
    expect(asked()).toBe(1);
    pass(30_000);
    expect(await kids("2")).toEqual(["1", "2"]);
    expect(asked()).toBe(2);
  });

  it.each<[text: string | undefined, why: string]>([
    [undefined, "no answer"],
    ["{", "no JSON"],
    ["\xff", "no key set"],
    [JSON.stringify({ keys: [{ ...key("1"), d: "d" }] }), "a private key"],
  ])("of %j are none (%s), are not asked for in a row, and come back", async (text) => {
    const { kids, pass, publish, asked } = serving();
    publish(text);
    for (let round = 0; round < 100; round += 1) expect(await kids("1")).toEqual([]);
    expect(asked()).toBe(1);
    publish(JSON.stringify({ keys: [key("1")] }));
    pass(30_000);
    expect(await kids("1")).toEqual(["1"]);
  });

  it("withdraw a key when they are fetched again", async () => {
    const { kids, pass, publish } = serving();
    await kids("1");
    publish(JSON.stringify({ keys: [key("2")] }));
    pass(300_000);
    expect(await kids("1")).toEqual(["2"]);
  });

  it("are not fetched from more places than the bound (eight) at a time: the next has none until one is done", async () => {
    const answered = Promise.withResolvers<void>();
    const body = Buffer.from(JSON.stringify({ keys: [key("1")] }));
    const outbound: Outbound = { fetchDocument: async () => answered.promise.then(() => ok({ status: 200, headers: {}, body })) };
    const sets = createKeySets({ outbound, clock: { now: () => 0 }, bounds });
    const eight = Array.from({ length: 8 }, (_, count) => sets.keysOf({ jwksUri: `https://keys.example/${count}` }, "1"));
    expect(await sets.keysOf(source, "1")).toEqual([]);
    answered.resolve();
    expect((await Promise.all(eight)).map((keys) => keys.length)).toEqual(Array(8).fill(1));
    expect(await sets.keysOf(source, "1")).toHaveLength(1);
  });

  it("are bounded in number", async () => {
    const { kids, asked } = serving();
    for (let count = 0; count < 300; count += 1) await kids("1", { jwksUri: `https://keys.example/${count}` });
    await kids("1", { jwksUri: "https://keys.example/299" });
    expect(asked()).toBe(300);
    await kids("1", { jwksUri: "https://keys.example/0" });
    expect(asked()).toBe(301);
  });
});
