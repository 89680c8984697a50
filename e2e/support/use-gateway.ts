import { Gateway, type GatewayOptions } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll } from "vitest";

/** One gateway for all tests of a file; it is gone with its folders after the last of them, failed or not. */
export function useGateway(options: GatewayOptions = {}): () => Gateway {
  let gateway: Gateway | undefined;
  beforeAll(async () => {
    gateway = await Gateway.launch(options);
  });
  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
  });
  return () => {
    if (gateway === undefined) throw new Error("the gateway is only there while tests run");
    return gateway;
  };
}
