import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { Decider } from "@mcp-auth-proxy/event-store";

/** A key is named by its term, which is public; the keys themselves never come here. */
export type KeyringEvent =
  /** The vault can open what this key closed. */
  | { readonly type: "KeyIntroduced"; readonly data: { readonly term: string } }
  /** From here on this key closes. */
  | { readonly type: "KeyPromoted"; readonly data: { readonly term: string } }
  /** The operator took this key away: what it still closes stays closed until the key comes back. */
  | { readonly type: "KeyRetired"; readonly data: { readonly term: string } };

export type KeyringState =
  | { readonly status: "empty" }
  | { readonly status: "holding"; readonly terms: readonly string[]; readonly activeTerm: string | undefined };

export const initialKeyring: KeyringState = { status: "empty" };

const held = (state: KeyringState): { readonly terms: readonly string[]; readonly activeTerm: string | undefined } => {
  switch (state.status) {
    case "empty":
      return { terms: [], activeTerm: undefined };
    case "holding":
      return state;
    default:
      return state satisfies never;
  }
};

export const evolve = (state: KeyringState, event: KeyringEvent): KeyringState => {
  const { terms, activeTerm } = held(state);
  const { term } = event.data;
  const others = terms.filter((known) => known !== term);
  switch (event.type) {
    case "KeyIntroduced":
      return { status: "holding", terms: [...others, term], activeTerm };
    case "KeyPromoted":
      return { status: "holding", terms, activeTerm: term };
    case "KeyRetired":
      return { status: "holding", terms: others, activeTerm: activeTerm === term ? undefined : activeTerm };
    default:
      return event satisfies never;
  }
};

/** The keyring as the operator configured it for this start. */
export interface AdoptKeyring {
  readonly type: "AdoptKeyring";
  readonly terms: readonly string[];
  readonly activeTerm: string;
}

export type KeyringRejection = "active-key-missing";

/** Adopting is always possible: a keyring without a former key loses secrets, which the log tells, and never the start. */
export const decide = (command: AdoptKeyring, state: KeyringState): Result<readonly KeyringEvent[], KeyringRejection> => {
  if (!command.terms.includes(command.activeTerm)) return err("active-key-missing");
  const before = held(state);
  const introduced = command.terms.filter((term) => !before.terms.includes(term));
  const retired = before.terms.filter((term) => !command.terms.includes(term));
  const promoted = before.activeTerm === command.activeTerm ? [] : [command.activeTerm];
  return ok([
    ...introduced.map((term) => ({ type: "KeyIntroduced", data: { term } }) as const),
    ...promoted.map((term) => ({ type: "KeyPromoted", data: { term } }) as const),
    ...retired.map((term) => ({ type: "KeyRetired", data: { term } }) as const),
  ]);
};

/** The one stream `keyring`: which keys the vault has had, in which order. */
export const keyringDecider: Decider<KeyringState, AdoptKeyring, KeyringEvent, KeyringRejection> = {
  name: "keyring",
  eventTypes: { KeyIntroduced: 1, KeyPromoted: 1, KeyRetired: 1 },
  initialState: initialKeyring,
  decide,
  evolve,
  streamId: () => "keyring",
};
