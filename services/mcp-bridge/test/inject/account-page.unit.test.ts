import { describe, expect, it } from "vitest";
import { accountError, accountInputRequired, accountPage } from "../../src/inject/account-page.ts";

const page = accountPage("https://mcp.example.com/base");

describe("a call that needs an account which can not be used", () => {
  it.each([
    ["not_connected", "This MCP server works with an account of yours that is not connected. Connect it at https://mcp.example.com/base/account and try again."],
    ["reconnect_required", "The access to your connected account has ended. Connect it again at https://mcp.example.com/base/account and try again."],
  ] as const)("names the account page: %s", (reason, message) => {
    expect(accountError(reason, page, false)).toEqual({ code: -32603, message });
  });

  it.each(["refused", "unavailable"] as const)("sends nobody to reconnect what may be in order: %s", (reason) => {
    expect(accountError(reason, page, true)).toEqual({ code: -32603, message: "Your connected account can not be reached now. Try again in a while." });
  });

  it("asks a client that opens addresses to open the page, which tells nothing about anybody", () => {
    const { code, data } = accountError("reconnect_required", page, true);
    expect(code).toBe(-32042);
    expect(data).toEqual({ elicitations: [{ mode: "url", url: "https://mcp.example.com/base/account", elicitationId: expect.stringMatching(/^[\w-]{22}$/), message: expect.stringContaining("Connect it again") }] });
  });

  it("is a question in the revision that has no such error", () => {
    expect(accountInputRequired("not_connected", page)).toEqual({
      resultType: "input_required",
      inputRequests: { "mcp-auth-proxy/account": { method: "elicitation/create", params: { mode: "url", url: "https://mcp.example.com/base/account", message: expect.stringContaining("not connected") } } },
    });
  });
});
