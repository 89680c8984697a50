import { Gateway, type GatewayOptions, smallServer } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll } from "vitest";

/** One gateway for all tests of a file, in front of the small server unless told otherwise; it is gone with its folders after the last of them, failed or not. */
export function useGateway(options: GatewayOptions = {}): () => Gateway {
  let gateway: Gateway | undefined;
  beforeAll(async () => {
    gateway = await Gateway.launch({ command: smallServer, ...options });
  });
  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
  });
  return () => {
    if (gateway === undefined) throw new Error("the gateway is only there while tests run");
    return gateway;
  };
}
