import type { ClientId } from "@mcp-auth-proxy/contracts";
import { given } from "@mcp-auth-proxy/event-store/testing";
import { describe, it } from "vitest";
import { clientDecider, type ClientEvent, type ClientFacts } from "../../src/domain/client.ts";

const clientId = "mcp_client_1" as ClientId;
const facts: ClientFacts = {
  clientName: "Claude",
  redirectUris: ["https://claude.ai/api/mcp/auth_callback"],
  grantTypes: ["authorization_code", "refresh_token"],
  scope: "mcp-access",
};
const registered: ClientEvent = { type: "ClientRegistered", data: { clientId, issuedAt: 1, facts } };
const disabled: ClientEvent = { type: "ClientDisabled", data: { clientId, disabledAt: 5 } };
const confirm = (changed: Partial<ClientFacts> = {}) => ({ type: "ConfirmClient", clientId, issuedAt: 1, facts: { ...facts, ...changed } }) as const;
const disable = { type: "DisableClient", clientId, now: 5 } as const;

describe("a client", () => {
  it("is registered at its first completed authorization", () => {
    given(clientDecider, []).when(confirm()).then([registered]);
  });

  it("is not registered twice", () => {
    given(clientDecider, [registered]).when(confirm()).then([]);
  });

  it.each<Partial<ClientFacts>>([
    { clientName: "Claude Code" },
    { redirectUris: [...facts.redirectUris, "https://claude.com/api/mcp/auth_callback"] },
    { grantTypes: ["authorization_code"] },
    { scope: "mcp-access offline_access" },
    { applicationType: "native" },
  ])("is updated when it comes back with %j", (changed) => {
    given(clientDecider, [registered])
      .when(confirm(changed))
      .then([{ type: "ClientUpdated", data: { clientId, facts: { ...facts, ...changed } } }]);
  });

  it("remembers what it was updated to", () => {
    const changed = { clientName: "Claude Code" };
    given(clientDecider, [registered, { type: "ClientUpdated", data: { clientId, facts: { ...facts, ...changed } } }])
      .when(confirm(changed))
      .then([]);
  });

  it("can be disabled, once", () => {
    given(clientDecider, [registered]).when(disable).then([disabled]);
    given(clientDecider, [registered, disabled]).when(disable).then([]);
  });

  it("stays disabled when it comes back", () => {
    given(clientDecider, [registered, disabled]).when(confirm()).thenRejected("client_disabled");
  });

  it("can not be disabled when nobody knows it", () => {
    given(clientDecider, []).when(disable).thenRejected("client_unknown");
  });
});
