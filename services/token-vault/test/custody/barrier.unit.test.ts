import { Keyring, Secret } from "@mcp-auth-proxy/crypto";
import { describe, expect, it } from "vitest";
import { dataKeyBarrier, keyringBarrier } from "../../src/custody/barrier.ts";
import type { Place } from "../../src/custody/place.ts";

const oldKey = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w=";
const newKey = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=";
const at = 1_700_000_000_000;
const place: Place = { purpose: "auth-secret", name: "pepper", generation: 1 };
const canary = "canary-canary-canary";
const secret = Secret.of(Buffer.from(canary));
const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe.each([
  ["keyring barrier", () => keyringBarrier(Keyring.parse(oldKey))],
  ["data key barrier", () => dataKeyBarrier(Secret.of(Buffer.alloc(32, 7)))],
])("%s", (_, open) => {
  const barrier = open();

  it("opens what it closed, bytes for bytes", () => {
    const bytes = Buffer.from([0, 255, 128, 10, 0]);
    expect(barrier.open(place, barrier.close(place, Secret.of(bytes), at)).reveal()).toEqual(bytes);
  });

  it("Confidential: the text holds neither the secret nor its place", () => {
    const text = barrier.close(place, secret, at);
    const raw = `${text}${Buffer.from(text.slice(text.lastIndexOf(".") + 1), "base64url").toString("latin1")}`;
    for (const part of [canary, "pepper", "auth-secret"]) expect(raw).not.toContain(part);
  });

  it("Integrity: refuses a text with any one letter changed", () => {
    const text = barrier.close(place, secret, at);
    for (let index = 0; index < text.length; index += 1) {
      const changed = `${text.slice(0, index)}${text[index] === "A" ? "B" : "A"}${text.slice(index + 1)}`;
      expect(thrown(() => barrier.open(place, changed))).toMatchObject({ code: "undecryptable" });
    }
  });

  it.each([
    ["another name", { ...place, name: "peppers" }],
    ["a later generation", { ...place, generation: 2 }],
  ])("MoveIntegrity: refuses a text at %s", (__, elsewhere) => {
    const text = barrier.close(place, secret, at);
    expect(thrown(() => barrier.open(elsewhere, text))).toMatchObject({ code: "undecryptable" });
    expect(barrier.open(place, text).reveal().toString()).toBe(canary);
  });

  it.each(["data-key", "sealing-key"] as const)("PurposeConfusion: refuses a text as a %s", (purpose) => {
    const text = barrier.close(place, secret, at);
    expect(thrown(() => barrier.open({ ...place, purpose }, text))).toMatchObject({ code: "undecryptable" });
    expect(barrier.open(place, text).reveal().toString()).toBe(canary);
  });

  it("Unique: the same secret at the same place never gives the same text", () => {
    expect(barrier.close(place, secret, at)).not.toBe(barrier.close(place, secret, at));
  });
});

describe("keyring barrier", () => {
  it("names the wrapping key in front of the text", () => {
    const keyring = Keyring.parse(oldKey);
    expect(Keyring.termOf(keyringBarrier(keyring).close(place, secret, at))).toBe(keyring.activeTerm);
  });

  it("Rotate: opens what a former key closed and closes with the first", () => {
    const text = keyringBarrier(Keyring.parse(oldKey)).close(place, secret, at);
    const both = Keyring.parse(`${newKey},${oldKey}`);
    expect(keyringBarrier(both).open(place, text).reveal().toString()).toBe(canary);
    const moved = keyringBarrier(both).close(place, secret, at);
    expect(keyringBarrier(Keyring.parse(newKey)).open(place, moved).reveal().toString()).toBe(canary);
  });

  it("refuses what a key that is not in the keyring closed", () => {
    const text = keyringBarrier(Keyring.parse(oldKey)).close(place, secret, at);
    expect(thrown(() => keyringBarrier(Keyring.parse(newKey)).open(place, text))).toMatchObject({ code: "undecryptable" });
  });

  it.each([
    ["no JSON", "hello"],
    ["no frame", "{}"],
    ["null", "null"],
    ["a frame of a later version", JSON.stringify({ v: 2, ...place, secret: "AAAA" })],
    ["a frame without a secret", JSON.stringify({ v: 1, ...place })],
  ])("refuses a plaintext that is %s", (_, plaintext) => {
    const keyring = Keyring.parse(oldKey);
    const text = keyring.encrypt(Buffer.from(plaintext), at);
    expect(thrown(() => keyringBarrier(keyring).open(place, text))).toMatchObject({ code: "undecryptable" });
  });
});

describe("data key barrier", () => {
  it.each([0, 16, 31, 33])("KeyLength: refuses a data key of %i bytes", (length) => {
    expect(thrown(() => dataKeyBarrier(Secret.of(Buffer.alloc(length))))).toMatchObject({ code: "refused" });
  });

  it("refuses another data key's text", () => {
    const text = dataKeyBarrier(Secret.of(Buffer.alloc(32, 7))).close(place, secret, at);
    expect(thrown(() => dataKeyBarrier(Secret.of(Buffer.alloc(32, 8))).open(place, text))).toMatchObject({ code: "undecryptable" });
  });
});
