import { given } from "@mcp-auth-proxy/event-store/testing";
import { describe, it } from "vitest";
import { credentialDecider, type CredentialEvent } from "../../src/domain/credential.ts";

const owner = { credentialId: "c", subjectId: "ada", resource: "https://mcp.example.com/mcp", provider: "google" };
const tokens = { scope: "email", refreshable: true, expiresAt: 5_000 };
const facts = (generation: number, storedAt = 1_000) => ({ ...owner, ...tokens, generation, storedAt });
const stored = (generation: number): CredentialEvent => ({ type: "CredentialStored", data: facts(generation) });
const replaced = (generation: number, rotated = true): CredentialEvent => ({ type: "CredentialReplaced", data: { ...facts(generation), rotated } });
const broken = (generation: number): CredentialEvent => ({ type: "CredentialBroken", data: { ...owner, generation, reason: "invalid-grant", brokenAt: 1_000 } });
const shredded = (generation: number): CredentialEvent => ({ type: "CredentialShredded", data: { ...owner, generation, shreddedAt: 1_000 } });

const store = (generation: number) => ({ type: "StoreCredential", owner, tokens, generation, now: 1_000 }) as const;
const replace = (expectedGeneration: number, generation = expectedGeneration + 1) =>
  ({ type: "ReplaceCredential", expectedGeneration, tokens, generation, rotated: true, now: 1_000 }) as const;
const breakIt = (expectedGeneration: number) => ({ type: "BreakCredential", expectedGeneration, reason: "invalid-grant", now: 1_000 }) as const;
const shred = { type: "ShredCredential", now: 1_000 } as const;

describe("storing", () => {
  it("begins a credential, and goes on with it whatever it was", () => {
    given(credentialDecider, []).when(store(1)).then([stored(1)]);
    given(credentialDecider, [stored(1)]).when(store(2)).then([stored(2)]);
    given(credentialDecider, [stored(1), broken(1)]).when(store(2)).then([stored(2)]);
    given(credentialDecider, [stored(1), shredded(1)]).when(store(2)).then([stored(2)]);
  });

  it("may leave numbers out and never uses one twice", () => {
    given(credentialDecider, [stored(1)]).when(store(9)).then([stored(9)]);
    given(credentialDecider, [stored(1), replaced(2)]).when(store(2)).thenRejected("superseded");
    given(credentialDecider, [stored(3), shredded(3)]).when(store(3)).thenRejected("superseded");
  });
});

describe("replacing", () => {
  it("is for the current generation, also where it counts as broken", () => {
    given(credentialDecider, [stored(1)]).when(replace(1)).then([replaced(2)]);
    given(credentialDecider, [stored(1), broken(1)]).when(replace(1)).then([replaced(2)]);
  });

  it.each([
    ["an earlier one", [stored(1), replaced(2)], 1],
    ["a later one", [stored(1)], 2],
    ["one that a sign-in has superseded", [stored(1), broken(1), stored(2)], 1],
  ] as const)("is refused for %s", (_, history, expected) => {
    given(credentialDecider, history).when(replace(expected)).thenRejected("superseded");
  });

  it("never uses a number twice", () => {
    given(credentialDecider, [stored(4)]).when(replace(4, 4)).thenRejected("superseded");
  });

  it("has nothing to replace before the first, and after shredding", () => {
    given(credentialDecider, []).when(replace(1)).thenRejected("unknown");
    given(credentialDecider, [stored(1), shredded(1)]).when(replace(1)).thenRejected("unknown");
  });
});

describe("breaking", () => {
  it("happens once, to the current generation", () => {
    given(credentialDecider, [stored(1)]).when(breakIt(1)).then([broken(1)]);
    given(credentialDecider, [stored(1), broken(1)]).when(breakIt(1)).then([]);
    given(credentialDecider, [stored(1), replaced(2)]).when(breakIt(1)).then([]);
  });

  it("changes nothing where nothing is kept", () => {
    given(credentialDecider, []).when(breakIt(1)).then([]);
    given(credentialDecider, [stored(1), shredded(1)]).when(breakIt(1)).then([]);
  });
});

describe("shredding", () => {
  it("ends a credential in every state, once", () => {
    given(credentialDecider, [stored(1), replaced(2)]).when(shred).then([shredded(2)]);
    given(credentialDecider, [stored(1), broken(1)]).when(shred).then([shredded(1)]);
    given(credentialDecider, [stored(1), shredded(1)]).when(shred).then([]);
    given(credentialDecider, []).when(shred).then([]);
  });
});
