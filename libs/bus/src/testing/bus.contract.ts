import { afterEach, beforeEach, describe } from "vitest";
import { randomToken } from "@mcp-auth-proxy/crypto";
import type { Bus } from "../port.ts";
import { durableRules } from "./durable.rules.ts";
import { lifecycleRules } from "./lifecycle.rules.ts";
import { publishRules } from "./publish.rules.ts";
import { requestRules } from "./request.rules.ts";

/** What the rules of one area work with: a bus of their own, and names that no other test on the server uses. */
export interface BusUnderTest {
  readonly bus: () => Bus;
  /** A subject of this test alone, or one below it. */
  readonly subject: (rest?: string) => string;
  readonly durable: (rest?: string) => string;
}

/** The duties of every Bus. `open` connects anew each time; buses of one suite may share a server. */
export const busContract = (name: string, open: () => Promise<Bus>): void => {
  describe(`${name} as a bus`, () => {
    let bus: Bus;
    let id: string;
    beforeEach(async () => {
      id = randomToken(9);
      bus = await open();
    });
    afterEach(() => bus.close());

    const under: BusUnderTest = {
      bus: () => bus,
      subject: (rest) => (rest === undefined ? `mcpauth.auth.evt.v1.${id}` : `mcpauth.auth.evt.v1.${id}.${rest}`),
      durable: (rest = "one") => `${id}_${rest}`,
    };
    requestRules(under);
    publishRules(under);
    durableRules(under);
    lifecycleRules(under);
  });
};
