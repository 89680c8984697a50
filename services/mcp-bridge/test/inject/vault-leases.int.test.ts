import { createInProcessBus, createMessenger } from "@mcp-auth-proxy/bus";
import { err } from "@mcp-auth-proxy/contracts";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { createFakeClock } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VaultLeases } from "../../src/inject/vault-leases.ts";
import { FakeVault } from "../fixtures/fake-vault.ts";
import { alive, resource } from "./leases.ts";

const unsigned = (sub: string, aud = resource): string => `e30.${Buffer.from(JSON.stringify({ sub, aud })).toString("base64url")}.s`;

const given = async () => {
  const clock = createFakeClock();
  const bus = createInProcessBus({ clock });
  const sent: string[] = [];
  bus.subscribe(">", ({ payload }) => void sent.push(Buffer.from(payload).toString("utf8")));
  const lines: string[] = [];
  const log = createLog({ level: "debug", format: "json", destination: { write: (line) => void lines.push(line) } });
  const vault = await FakeVault.start(bus, clock);
  const messenger = createMessenger({ bus, service: "bridge", log, tracer: noTracer });
  const leases = new VaultLeases({ messenger, clock, log, sealingKeyMs: 300_000, refreshMs: 5_000 });
  return {
    clock,
    vault,
    leases,
    sent,
    lines,
    lease: (subject: string, at = resource) => leases.lease(alive(subject, unsigned(subject)), at),
    stop: async () => {
      await vault.stop();
      await bus.close();
    },
  };
};

describe("leases from the vault", () => {
  let its: Awaited<ReturnType<typeof given>>;
  beforeEach(async () => {
    its = await given();
  });
  afterEach(() => its.stop());

  it("gets the token of the person who is there", async () => {
    await its.vault.connect("alice", resource, "alices-upstream-token");
    await its.vault.connect("bob", resource, "bobs-upstream-token");
    const lease = await its.lease("alice");
    expect(lease.ok && lease.value.accessToken.reveal()).toBe("alices-upstream-token");
  });

  it("sends neither our token nor theirs in clear", async () => {
    await its.vault.connect("alice", resource, "alices-upstream-token");
    const ours = unsigned("alice");
    expect((await its.lease("alice")).ok).toBe(true);
    expect(its.vault.shown).toEqual([ours]);
    const everything = [...its.sent, ...its.lines].join("\n");
    expect(everything).toContain("replyKey");
    for (const secret of ["alices-upstream-token", ours, Buffer.from("alices-upstream-token").toString("base64")]) expect(everything).not.toContain(secret);
  });

  it("has an expired token refreshed, and gets the new one", async () => {
    await its.vault.connect("alice", resource, "old", { expiresAt: its.clock.now() + 1_000 });
    its.clock.advance(1_000);
    const lease = await its.lease("alice");
    expect(lease.ok && lease.value.accessToken.reveal()).toBe("upstream-2");
    expect(its.vault.asked.refresh).toBe(1);
  });

  it("never has a lease last longer than its token", async () => {
    await its.vault.connect("alice", resource, "short", { expiresAt: its.clock.now() + 1_000 });
    const lease = await its.lease("alice");
    expect(lease.ok && lease.value.until).toBe(its.clock.now() + 1_000);
  });

  it.each([
    ["not_connected", "not_connected"],
    ["reconnect_required", "reconnect_required"],
    ["refused", "refused"],
    ["timeout", "unavailable"],
    ["unavailable", "unavailable"],
    ["undecryptable", "unavailable"],
    ["internal", "unavailable"],
  ] as const)("tells %s apart from what the person can mend", async (code, told) => {
    await its.vault.connect("alice", resource, "token");
    its.vault.failure = code;
    expect(await its.lease("alice")).toEqual(err(told));
    its.vault.failure = undefined;
    expect((await its.lease("alice")).ok).toBe(true);
  });

  it("is not connected where nothing is kept", async () => {
    expect(await its.lease("alice")).toEqual(err("not_connected"));
  });

  it.each([
    ["reconnect_required", "reconnect_required"],
    ["limit_exceeded", "unavailable"],
    ["not_found", "not_connected"],
  ] as const)("tells why a refresh did not help: %s", async (code, told) => {
    await its.vault.connect("alice", resource, "old", { expiresAt: its.clock.now() });
    its.vault.refreshFailure = code;
    expect(await its.lease("alice")).toEqual(err(told));
  });

  it("is of the provider that the server works with, and of no other that was connected for it before", async () => {
    await its.vault.connect("alice", resource, "of-google");
    const at = (provider: string) => its.leases.lease({ ...alive("alice", unsigned("alice")), provider }, resource);
    expect(await at("github")).toEqual(err("not_connected"));
    const lease = await at("google");
    expect(lease.ok && lease.value.accessToken.reveal()).toBe("of-google");
  });

  it("takes no lease for another resource than the token is for", async () => {
    const other = "https://mcp.example.com/other/mcp";
    await its.vault.connect("alice", other, "token");
    expect(await its.lease("alice", other)).toEqual(err("refused"));
  });

  it("uses no token that could end a header or a variable", async () => {
    await its.vault.connect("alice", resource, "a\r\nX-Admin: 1");
    expect(await its.lease("alice")).toEqual(err("unavailable"));
    expect(its.lines.join("\n")).not.toContain("X-Admin");
  });

  it("asks for the vault's key again where it is another one by now", async () => {
    await its.vault.connect("alice", resource, "token");
    expect((await its.lease("alice")).ok).toBe(true);
    expect((await its.lease("alice")).ok).toBe(true);
    expect(its.vault.asked.sealingKeys).toBe(1);
    await its.vault.rotate();
    expect((await its.lease("alice")).ok).toBe(true);
    expect(its.vault.asked.sealingKeys).toBe(2);
  });
});
