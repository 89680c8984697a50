import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { waitFor } from "@mcp-auth-proxy/testing";
import type { Dispatcher } from "undici";
import { expect, it } from "vitest";
import { defaultBridgeLimits } from "../../src/limits.ts";
import { Exchange } from "../../src/upstream-http/exchange.ts";
import type { Trouble } from "../../src/upstream-http/trouble.ts";
import { aLease, alive } from "../inject/leases.ts";

const controller = { abort: () => undefined, pause: () => undefined, resume: () => undefined } as unknown as Dispatcher.DispatchController;

/** A server that lets nobody in. */
const dispatch = (_request: unknown, handler: Dispatcher.DispatchHandler): void => {
  handler.onRequestStart?.(controller, {});
  handler.onResponseStart?.(controller, 401, {});
};

it("a mistake of ours while another token is had ends the one request, in the log and with an error", async () => {
  const ended: (Trouble | undefined)[] = [];
  const broken: unknown[] = [];
  const mistake = new SyntaxError("no JSON");
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  new Exchange({
    pool: { dispatch },
    limits: defaultBridgeLimits,
    clock: { now: () => 0 },
    caller: alive("alice").caller,
    account: { lease: { ok: true, value: aLease() }, renew: () => Promise.reject(mistake), giveUp: () => undefined },
    method: "POST",
    request: () => ({ headers: {}, body: undefined }),
    session: false,
    deadlineMs: 1_000,
    response,
    headers: {},
    look: undefined,
    accepted: () => ({}),
    told: () => ({ status: 503, headers: {}, body: Buffer.from("{}") }),
    ended: (trouble) => void ended.push(trouble),
    broke: (cause) => void broken.push(cause),
  }).start();
  await waitFor("its end", () => ended.length > 0);
  expect([ended, broken, response.statusCode]).toEqual([[{ kind: "account", reason: "unavailable" }], [mistake], 503]);
});
