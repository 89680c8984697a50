import { Secret } from "@mcp-auth-proxy/crypto";
import { createProviderOutbound, outboundLimits } from "@mcp-auth-proxy/http";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { describe, expect, it } from "vitest";
import { createUpstreamClients } from "../../src/upstream/upstream-clients.ts";
import { githubApiUrl, githubUrl, type GithubProvider } from "../../src/upstream/upstream-provider.ts";
import type { AccessPolicy } from "../../src/validate/access-rules.ts";
import { asked, common } from "./visiting.ts";

const github: GithubProvider = { ...common, kind: "github", id: "github", url: githubUrl, apiUrl: githubApiUrl };
const log = createLog({ level: "error", format: "json", destination: { write: () => true } });

/** Servers come and go while it runs; each with a list of its own. */
const given = () => {
  let resources: AccessPolicy["resources"] = [];
  const policy: AccessPolicy = {
    allowed: [],
    providers: [github],
    get resources() {
      return resources;
    },
  };
  const outbound = createProviderOutbound({ configured: [], limits: outboundLimits, log });
  const clients = createUpstreamClients({ policy, outbound, clock: { now: () => 0 } });
  return { clients, serve: (...served: AccessPolicy["resources"]) => (resources = served) };
};

describe("our clients at a provider", () => {
  it("look for what the rules of now ask, also of a server that came later", async () => {
    const { clients, serve } = given();
    const scope = async () => new URL(await clients.clientOf(github).authorizationUrl(asked)).searchParams.get("scope");
    expect(await scope()).not.toContain("read:org");
    serve({ resource: "https://mcp.example.com/code/mcp", allowedUsers: [{ kind: "github-org", org: "acme" }] });
    expect(await scope()).toContain("read:org");
    serve();
    expect(await scope()).not.toContain("read:org");
  });

  it("are others once their secret is another, and the same as long as it is not", () => {
    const { clients } = given();
    const withSecret = (secret: string) => clients.clientOf(github, { id: "of-one-server", secret: Secret.of(secret) });
    const first = withSecret("first");
    expect(withSecret("first")).toBe(first);
    expect(withSecret("second")).not.toBe(first);
  });
});
