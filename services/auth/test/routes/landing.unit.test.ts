import { createHttpApp } from "@mcp-auth-proxy/http";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { describe, expect, it } from "vitest";
import { landingRoute } from "../../src/routes/landing.ts";
import { answerErrorsWithPages } from "../../src/routes/pages.ts";

const log = createLog({ level: "error", format: "json", destination: { write: () => true } });
const files = { name: "files", resource: "https://gate.example.com/mcp", path: "/mcp", displayName: "Team files" };

const opening = async (url: string, { issuer = "https://gate.example.com", resources = [files], language = "en" } = {}) => {
  const app = createHttpApp({ log });
  await app.register(async (scope) => {
    answerErrorsWithPages(scope, { issuer, log });
    landingRoute(scope, { issuer, resources });
  });
  return app.inject({ url, headers: { host: "evil.example", accept: "text/html", "accept-language": language } });
};

describe("the gateway's own address in a browser", () => {
  it("tells a person how to use the server, in their language, under the locked policy", async () => {
    const answer = await opening("/", { language: "ko-KR,ko;q=0.9,en;q=0.8" });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('<html lang="ko">');
    expect(answer.body).toContain("claude mcp add --transport http files https://gate.example.com/mcp");
    expect(answer.body).not.toContain("evil.example");
    expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-/);
  });

  it("lies below the path of the issuer", async () => {
    expect((await opening("/t1/", { issuer: "https://gate.example.com/t1" })).statusCode).toBe(200);
  });

  it("keeps the names of several servers to itself", async () => {
    const answer = await opening("/", { resources: [files, { ...files, name: "mail", displayName: "Mail" }] });
    expect(answer.statusCode).toBe(404);
    expect(answer.body).not.toMatch(/Team files|Mail|files/);
  });
});
