import { ok } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import type { Outbound } from "@mcp-auth-proxy/http";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { createFakeClock } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { createStrangerKeySets } from "../../src/clients/stranger-key-sets.ts";
import { recordingKv } from "../recording-kv.ts";

const body = Buffer.from(JSON.stringify({ keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y", kid: "1" }] }));

const serving = () => {
  const clock = createFakeClock();
  const kv = recordingKv(clock);
  const fetched: string[] = [];
  const outbound: Outbound = {
    fetchDocument: async (url) => {
      fetched.push(url);
      return ok({ status: 200, headers: {}, body });
    },
  };
  const log = createLog({ level: "debug", format: "json", destination: { write: () => undefined } });
  const sets = createStrangerKeySets({ outbound, keys: { pepper: Secret.of(Buffer.alloc(32, 1)) }, kv, clock, log });
  const found = async (path: string, address = "192.0.2.1") => (await sets.keysOf({ jwksUri: `https://keys.example/${path}` }, "1", address)).length;
  const useUp = async (address: string) => {
    for (let count = 0; count < 30; count += 1) expect(await found(`${address}/${count}`, address)).toBe(1);
  };
  return { clock, fetched, counted: kv.keys, found, useUp };
};

describe("key sets of strangers", () => {
  it("are fetched thirty times a minute for one address, whatever others do", async () => {
    const { clock, fetched, found, useUp } = serving();
    await useUp("192.0.2.1");
    expect(await found("more")).toBe(0);
    expect(fetched).toHaveLength(30);
    expect(await found("more", "192.0.2.2")).toBe(1);
    clock.advance(60_000);
    expect(await found("another")).toBe(1);
  });

  it.each<[ageMs: number, keys: number, why: string]>([
    [299_999, 1, "still fresh"],
    [300_000, 0, "a withdrawn key must not live on for one who uses up the rate"],
  ])("that are %i ms old have %i keys over the rate (%s)", async (ageMs, keys) => {
    const { clock, fetched, found, useUp } = serving();
    await found("known", "192.0.2.2");
    clock.advance(ageMs);
    await useUp("192.0.2.1");
    expect(await found("known")).toBe(keys);
    expect(fetched).toHaveLength(31);
    expect(await found("known", "192.0.2.2")).toBe(1);
  });

  it("are fetched three hundred times a minute in all", async () => {
    const { fetched, found, useUp } = serving();
    for (let last = 1; last <= 10; last += 1) await useUp(`192.0.2.${last}`);
    expect(await found("more", "192.0.2.11")).toBe(0);
    expect(fetched).toHaveLength(300);
  });

  it("are fetched and counted once however many ask for the same at once", async () => {
    const { fetched, found } = serving();
    expect(await Promise.all(Array.from({ length: 40 }, () => found("same")))).toEqual(Array(40).fill(1));
    expect(fetched).toHaveLength(1);
    for (let more = 1; more < 30; more += 1) expect(await found(`${more}`)).toBe(1);
  });

  it("are counted by address without telling it to the cache", async () => {
    const { counted, found } = serving();
    await found("any");
    expect(counted.length).toBeGreaterThan(1);
    expect(counted.join(" ")).not.toContain("192.0.2.1");
  });
});
