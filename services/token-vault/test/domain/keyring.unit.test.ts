import { given } from "@mcp-auth-proxy/event-store/testing";
import { describe, it } from "vitest";
import { keyringDecider, type KeyringEvent } from "../../src/domain/keyring.ts";

const introduced = (term: string): KeyringEvent => ({ type: "KeyIntroduced", data: { term } });
const promoted = (term: string): KeyringEvent => ({ type: "KeyPromoted", data: { term } });
const retired = (term: string): KeyringEvent => ({ type: "KeyRetired", data: { term } });
const adopt = (...terms: readonly string[]) => ({ type: "AdoptKeyring", terms, activeTerm: terms[0] ?? "" }) as const;

describe("keyring", () => {
  it("introduces and promotes the key of a new vault", () => {
    given(keyringDecider, []).when(adopt("a")).then([introduced("a"), promoted("a")]);
  });

  it("says nothing when the keyring is the same as before, in any order after the first", () => {
    const history = [introduced("a"), introduced("b"), introduced("c"), promoted("a")];
    given(keyringDecider, history).when(adopt("a", "c", "b")).then([]);
  });

  it("Rotate: a new key in front is introduced, then promoted, and the former one stays", () => {
    given(keyringDecider, [introduced("a"), promoted("a")]).when(adopt("b", "a")).then([introduced("b"), promoted("b")]);
  });

  it("Rotate: a key that is taken away is retired", () => {
    given(keyringDecider, [introduced("a"), promoted("a"), introduced("b"), promoted("b")]).when(adopt("b")).then([retired("a")]);
  });

  it("adopts a keyring without any former key: the start never fails for it", () => {
    given(keyringDecider, [introduced("a"), promoted("a")]).when(adopt("b")).then([introduced("b"), promoted("b"), retired("a")]);
  });

  it("introduces a retired key again when it comes back", () => {
    const history = [introduced("a"), promoted("a"), introduced("b"), promoted("b"), retired("a")];
    given(keyringDecider, history).when(adopt("a", "b")).then([introduced("a"), promoted("a")]);
  });

  it("promotes a key again that was active before it was retired", () => {
    const history = [introduced("a"), promoted("a"), retired("a")];
    given(keyringDecider, history).when(adopt("a")).then([introduced("a"), promoted("a")]);
  });

  it("refuses a keyring whose active key is not in it", () => {
    const command = { type: "AdoptKeyring", terms: ["a"], activeTerm: "b" } as const;
    given(keyringDecider, [introduced("a"), promoted("a")]).when(command).thenRejected("active-key-missing");
  });
});
