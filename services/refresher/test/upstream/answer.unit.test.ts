import { Secret } from "@mcp-auth-proxy/crypto";
import { describe, expect, it } from "vitest";
import { knownCode, refusalInSuccess, refusalOf } from "../../src/upstream/answer.ts";

const body = (text: string): Secret<Buffer> => Secret.of(Buffer.from(text));

describe("what a provider's no means", () => {
  it.each([
    [400, '{"error":"invalid_grant"}', "invalid-grant", "RFC 6749: revoked, expired, or used up"],
    [400, '{"error":"bad_refresh_token"}', "invalid-grant", "GitHub's own code"],
    [400, '{"error":"interaction_required"}', "invalid-grant", "Entra ID wants the person"],
    [401, '{"error":"invalid_client"}', "client-refused", "our secret"],
    [400, '{"error":"unauthorized_client"}', "client-refused", "our registration"],
    [401, "<html>", "client-refused", "no code at all"],
    [404, "{}", "client-refused", "the endpoint is wrong"],
    [307, "", "client-refused", "the endpoint is elsewhere"],
    [400, '{"error":"temporarily_unavailable"}', "temporary", "OpenID Connect"],
    [400, "<html>", "temporary", "something in between that is no provider"],
    [400, '{"error":"something_new"}', "temporary", "a code that nobody knows must not end a connection"],
    [403, "blocked", "temporary", "a firewall"],
    [429, '{"error":"invalid_grant"}', "temporary", "a limit, whatever else it says"],
    [500, '{"error":"invalid_grant"}', "temporary", "its own trouble"],
    [503, "", "temporary", "away"],
    [400, '{"error":["invalid_grant"]}', "temporary", "no code"],
    [400, '{"error":"__proto__"}', "temporary", "no code of the table"],
    [400, '{"error":"constructor"}', "temporary", "no code of the table"],
  ])("%i %s: %s (%s)", (status, text, refusal) => {
    expect(refusalOf(status, body(text))).toBe(refusal);
  });

  it("is looked for in a success only where there is no token", () => {
    expect(refusalInSuccess(body('{"error":"bad_refresh_token"}'))).toBe("invalid-grant");
    expect(refusalInSuccess(body('{"error":"odd"}'))).toBe("temporary");
    expect(refusalInSuccess(body('{"error":"invalid_grant","access_token":"a"}'))).toBeUndefined();
    expect(refusalInSuccess(body("{}"))).toBeUndefined();
    expect(refusalInSuccess(body("[1"))).toBeUndefined();
    expect(refusalInSuccess(body("null"))).toBeUndefined();
  });

  it("comes into the log as a word of ours, never as what they wrote", () => {
    expect(knownCode(body('{"error":"invalid_grant","error_description":"token abc of ada"}'))).toBe("invalid_grant");
    expect(knownCode(body('{"error":"refresh-abc of ada"}'))).toBe("no code that is known here");
    expect(knownCode(body('{"error":"toString"}'))).toBe("no code that is known here");
  });
});
