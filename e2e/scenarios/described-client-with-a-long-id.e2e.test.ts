import { McpSession, signIn } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { describedClient, useClientSite } from "../support/client-site.ts";
import { useGateway } from "../support/use-gateway.ts";

const { environment, site } = useClientSite();
const gateway = useGateway({ environment });

it("a client whose id is as long as it may be gets in with the token it was given", async () => {
  const shortest = site().document("/");
  const client = await describedClient(gateway(), site().document(`/${"a".repeat(512 - shortest.length)}`));
  expect(client.clientId).toHaveLength(512);
  const { tokens } = await signIn(gateway(), client);
  const session = new McpSession(gateway().mcpUrl, tokens.accessToken);
  expect((await session.initialize()).status).toBe(200);
});
