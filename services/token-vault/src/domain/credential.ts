import { err, ok, type Result, type vaultV1 } from "@mcp-auth-proxy/contracts";
import type { Decider } from "@mcp-auth-proxy/event-store";

type CredentialFacts = vaultV1.CredentialFacts;

/** Whose tokens for which server at which provider. It names the credential and never changes. */
export type CredentialOwner = Pick<CredentialFacts, "credentialId" | "subjectId" | "resource" | "provider">;

/** What is on record about one set of tokens: everything but the tokens. */
export type TokenFacts = Pick<CredentialFacts, "scope" | "refreshable" | "expiresAt">;

export type CredentialEvent =
  /** The person connected: from here on this set of tokens counts. */
  | { readonly type: "CredentialStored"; readonly data: CredentialFacts }
  /** A refresh succeeded; `rotated`: the provider gave another refresh token with it. */
  | { readonly type: "CredentialReplaced"; readonly data: CredentialFacts & { readonly rotated: boolean } }
  /** Only the person can mend it, by connecting again. */
  | { readonly type: "CredentialBroken"; readonly data: CredentialOwner & { readonly generation: number; readonly reason: vaultV1.BreakReason; readonly brokenAt: number } }
  /** Ciphertext and data key are gone. */
  | { readonly type: "CredentialShredded"; readonly data: CredentialOwner & { readonly generation: number; readonly shreddedAt: number } };

export type CredentialState =
  | { readonly status: "none" }
  | { readonly status: "connected"; readonly facts: CredentialFacts }
  | { readonly status: "broken"; readonly facts: CredentialFacts; readonly reason: vaultV1.BreakReason }
  /** The number outlives the tokens: a generation is never used again. */
  | { readonly status: "shredded"; readonly generation: number };

const evolve = (state: CredentialState, event: CredentialEvent): CredentialState => {
  switch (event.type) {
    case "CredentialStored":
      return { status: "connected", facts: event.data };
    case "CredentialReplaced": {
      const { rotated: _, ...facts } = event.data;
      return { status: "connected", facts };
    }
    case "CredentialBroken":
      return "facts" in state ? { status: "broken", facts: state.facts, reason: event.data.reason } : state;
    case "CredentialShredded":
      return { status: "shredded", generation: event.data.generation };
    default:
      return event satisfies never;
  }
};

/** The highest generation that was ever used; 0 before the first. */
export const lastGeneration = (state: CredentialState): number => {
  switch (state.status) {
    case "none":
      return 0;
    case "shredded":
      return state.generation;
    case "connected":
    case "broken":
      return state.facts.generation;
    default:
      return state satisfies never;
  }
};

/**
 * Whether a refresh token that is kept still counts when the provider answers a sign-in without one (Google sends it
 * once). After a refusal or an attempt without outcome it may be used up, and using it again could end the new tokens
 * too; when our own client was refused, nothing happened to it.
 */
export const keepsRefreshToken = (state: CredentialState): boolean =>
  state.status === "connected" || (state.status === "broken" && state.reason === "client-refused");

export type CredentialCommand =
  | { readonly type: "StoreCredential"; readonly owner: CredentialOwner; readonly tokens: TokenFacts; readonly generation: number; readonly now: number }
  | {
      readonly type: "ReplaceCredential";
      readonly expectedGeneration: number;
      readonly tokens: TokenFacts;
      readonly generation: number;
      readonly rotated: boolean;
      readonly now: number;
    }
  | { readonly type: "BreakCredential"; readonly expectedGeneration: number; readonly reason: vaultV1.BreakReason; readonly now: number }
  | { readonly type: "ShredCredential"; readonly now: number };

/** `superseded`: another generation is current than the one that this was decided for. */
export type CredentialRejection = "unknown" | "superseded";

const ownerOf = ({ credentialId, subjectId, resource, provider }: CredentialFacts): CredentialOwner => ({ credentialId, subjectId, resource, provider });

const decide = (command: CredentialCommand, state: CredentialState): Result<readonly CredentialEvent[], CredentialRejection> => {
  switch (command.type) {
    case "StoreCredential": {
      const { owner, tokens, generation, now } = command;
      if (generation <= lastGeneration(state)) return err("superseded");
      return ok([{ type: "CredentialStored", data: { ...owner, ...tokens, generation, storedAt: now } }]);
    }
    case "ReplaceCredential": {
      if (!("facts" in state)) return err("unknown");
      const { expectedGeneration, tokens, generation, rotated, now } = command;
      // Also where it counts as broken: an answer that came late is better than a person who must connect again.
      if (state.facts.generation !== expectedGeneration || generation <= expectedGeneration) return err("superseded");
      return ok([{ type: "CredentialReplaced", data: { ...ownerOf(state.facts), ...tokens, generation, storedAt: now, rotated } }]);
    }
    case "BreakCredential": {
      const { expectedGeneration: generation, reason, now } = command;
      if (state.status !== "connected" || state.facts.generation !== generation) return ok([]);
      return ok([{ type: "CredentialBroken", data: { ...ownerOf(state.facts), generation, reason, brokenAt: now } }]);
    }
    case "ShredCredential": {
      if (!("facts" in state)) return ok([]);
      const { generation } = state.facts;
      return ok([{ type: "CredentialShredded", data: { ...ownerOf(state.facts), generation, shreddedAt: command.now } }]);
    }
    default:
      return command satisfies never;
  }
};

/** One person's tokens at one provider for one server, through all their generations. */
export const credentialDecider: Decider<CredentialState, CredentialCommand, CredentialEvent, CredentialRejection> = {
  name: "credential",
  eventTypes: { CredentialStored: 1, CredentialReplaced: 1, CredentialBroken: 1, CredentialShredded: 1 },
  initialState: { status: "none" },
  decide,
  evolve,
  streamId: (id) => `credential-${id}`,
};
