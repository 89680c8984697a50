import { err, ok, type KeyId, type Result } from "@mcp-auth-proxy/contracts";
import type { Decider } from "@mcp-auth-proxy/event-store";

/** The public half of an ES256 key; base64url coordinates. The private half is in custody, never here. */
export interface PublicPoint {
  readonly x: string;
  readonly y: string;
}

export type SigningKeyEvent =
  | { readonly type: "SigningKeyIntroduced"; readonly data: PublicPoint & { readonly kid: KeyId; readonly algorithm: "ES256"; readonly introducedAt: number } }
  | { readonly type: "SigningKeyActivated"; readonly data: { readonly kid: KeyId; readonly activatedAt: number } }
  | {
      readonly type: "SigningKeyRetired";
      readonly data: {
        readonly kid: KeyId;
        readonly retiredAt: number;
        /** When the last token signed with it expires: until then the JWKS shows it. */
        readonly publishedUntil: number;
      };
    };

export type SigningKeyState =
  | { readonly status: "none" }
  | { readonly status: "introduced" | "active" | "retired"; readonly kid: KeyId };

const evolve = (state: SigningKeyState, event: SigningKeyEvent): SigningKeyState => {
  switch (event.type) {
    case "SigningKeyIntroduced":
      return { status: "introduced", kid: event.data.kid };
    case "SigningKeyActivated":
      return state.status === "none" ? state : { ...state, status: "active" };
    case "SigningKeyRetired":
      return state.status === "none" ? state : { ...state, status: "retired" };
    default:
      event satisfies never;
      return state;
  }
};

export type SigningKeyCommand =
  | { readonly type: "IntroduceSigningKey"; readonly kid: KeyId; readonly publicPoint: PublicPoint; readonly now: number }
  | { readonly type: "ActivateSigningKey"; readonly now: number }
  | { readonly type: "RetireSigningKey"; readonly publishedUntil: number; readonly now: number };

export type SigningKeyRejection = "already_introduced" | "unknown_key" | "not_introduced" | "not_active";

const decide = (command: SigningKeyCommand, state: SigningKeyState): Result<readonly SigningKeyEvent[], SigningKeyRejection> => {
  if (command.type === "IntroduceSigningKey") {
    if (state.status !== "none") return err("already_introduced");
    const { kid, publicPoint, now } = command;
    return ok([{ type: "SigningKeyIntroduced", data: { kid, algorithm: "ES256", x: publicPoint.x, y: publicPoint.y, introducedAt: now } }]);
  }
  if (state.status === "none") return err("unknown_key");
  const { kid } = state;
  switch (command.type) {
    case "ActivateSigningKey":
      // A retired key never signs again: its private half is gone.
      if (state.status !== "introduced") return err("not_introduced");
      return ok([{ type: "SigningKeyActivated", data: { kid, activatedAt: command.now } }]);
    case "RetireSigningKey":
      if (state.status !== "active") return err("not_active");
      return ok([{ type: "SigningKeyRetired", data: { kid, retiredAt: command.now, publishedUntil: command.publishedUntil } }]);
    default:
      return command satisfies never;
  }
};

export const signingKeyDecider: Decider<SigningKeyState, SigningKeyCommand, SigningKeyEvent, SigningKeyRejection> = {
  name: "signing-key",
  eventTypes: { SigningKeyIntroduced: 1, SigningKeyActivated: 1, SigningKeyRetired: 1 },
  initialState: { status: "none" },
  decide,
  evolve,
  streamId: (id) => `signing-key-${id}`,
};
