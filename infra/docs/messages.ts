import { authV1, refresherV1, vaultV1 } from "@mcp-auth-proxy/contracts";
import { fieldList, fieldOf } from "./field-list.ts";

/** Something that travels on the bus: a public event, or what is asked and answered. */
export interface Message {
  readonly kind: "event" | "command" | "query";
  readonly subject: string;
  readonly carries: string;
  /** Of commands and queries. */
  readonly answer?: string;
}

type Contract = (typeof authV1)[keyof typeof authV1] | (typeof refresherV1)[keyof typeof refresherV1] | (typeof vaultV1)[keyof typeof vaultV1];

const messageOf = (contract: Contract): readonly Message[] => {
  // Contracts stand among their schemas and limits.
  if (typeof contract !== "object" || !("subject" in contract)) return [];
  const { subject } = contract;
  if ("request" in contract) {
    const kind = contract.kind === "cmd" ? "command" : "query";
    return [{ kind, subject, carries: fieldList(contract.request), answer: fieldList(contract.response) }];
  }
  return [{ kind: "event", subject, carries: fieldList("envelope" in contract ? fieldOf(contract.envelope, "data") : contract.body) }];
};

/** Every subject of the contracts. */
export const messages: readonly Message[] = [...Object.values(authV1), ...Object.values(refresherV1), ...Object.values(vaultV1)]
  .flatMap(messageOf)
  .toSorted((one, other) => (one.subject < other.subject ? -1 : 1));
