import { describe, expect, it } from "vitest";
import type { HttpServer } from "../../src/config.ts";
import { upstreamHeaders } from "../../src/upstream-http/request-headers.ts";
import { alive } from "../inject/leases.ts";

const server = { kind: "http", name: "notes", url: "http://127.0.0.1:1/mcp" } as unknown as HttpServer;

describe("the headers of a request to a server behind an address", () => {
  it("hold nothing of a client's under a name that is the gateway's, when the gateway has nothing to say there", () => {
    const own: HttpServer = {
      ...server,
      headerMapping: [{ claim: "/email", header: "Mcp-Param-Email" }],
      identityHeader: "Mcp-Param-Identity",
      inject: { kind: "header", name: "Mcp-Param-Token", template: "${access_token}" },
    };
    const rawHeaders = ["mcp-param-email", "root@example.com", "MCP-Param-Identity", "forged", "Mcp-Param-Token", "forged", "Mcp-Param-City", "Seoul"];
    const { caller } = alive("alice");
    const headers = upstreamHeaders({ server: own, caller, rawHeaders, lease: undefined, identity: undefined, session: undefined, body: false });
    expect(Object.keys(headers).filter((name) => name.startsWith("mcp-param-"))).toEqual(["mcp-param-city"]);
  });
});
