import type { IncomingMessage, ServerResponse } from "node:http";
import { startWebHost, type WebHost } from "../web-host.ts";
import type { Fault, FaultKind, FaultPlan, ProviderEndpoint } from "./fault-plan.ts";
import { readForm } from "./form-body.ts";

export interface ProviderDoorOptions {
  readonly faults: FaultPlan;
  /** Which part of the provider answers on a path. */
  readonly endpointOf: (path: string) => ProviderEndpoint;
  /** The JSON that this provider sends with a refusal. */
  readonly refusal: (kind: "403" | "429" | "500") => unknown;
  /** Told of a request at the token endpoint that fails before the provider saw it. */
  readonly onFaultyToken: (request: IncomingMessage, form: URLSearchParams, kind: FaultKind, status: number | undefined) => void;
  /** Default: a free one. */
  readonly port?: number | undefined;
}

/** Answers a request. `fault` is `lost` when the answer will not arrive. */
export type Inside = (request: IncomingMessage, response: ServerResponse, fault: FaultKind | undefined) => void;

/** The listener of a provider: everything that a test wants to go wrong goes wrong here, before the provider is asked. */
export interface ProviderDoor extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** Every request so far, as `GET /path?query`. */
  readonly visits: readonly string[];
  /** Until this is called everything is answered with 503. */
  serve(inside: Inside): void;
}

const statusOf: Readonly<Partial<Record<FaultKind, number>>> = { "403": 403, "429": 429, "500": 500, garbage: 200, huge: 200 };

export async function openProviderDoor({ faults, endpointOf, refusal, onFaultyToken, port }: ProviderDoorOptions): Promise<ProviderDoor> {
  let inside: Inside = (_request, response) => response.writeHead(503).end();
  const inflict = (fault: Fault, response: ServerResponse): void => {
    const retryAfter = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
    const json = { "content-type": "application/json; charset=utf-8", ...retryAfter, ...fault.headers };
    switch (fault.kind) {
      case "403":
      case "429":
      case "500":
        response.writeHead(Number(fault.kind), json).end(JSON.stringify(refusal(fault.kind)));
        return;
      case "garbage":
        response.writeHead(200, json).end('{"access_token":"<!doctype html><h1>');
        return;
      case "huge":
        response.writeHead(200, json).end(JSON.stringify({ padding: "x".repeat(8 * 1024 * 1024) }));
        return;
      case "close":
        response.destroy();
        return;
      case "hang":
        return;
      case "lost":
        loseAnswer(response);
    }
  };
  const admit = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const endpoint = endpointOf(path);
    await faults.admission(endpoint, path);
    if (response.destroyed) return;
    const fault = faults.take(endpoint, path);
    if (fault !== undefined && fault.kind !== "lost" && endpoint === "token") {
      onFaultyToken(request, await readForm(request), fault.kind, statusOf[fault.kind]);
    }
    if (fault !== undefined) inflict(fault, response);
    if (fault === undefined || fault.kind === "lost") inside(request, response, fault?.kind);
  };
  const host: WebHost = await startWebHost((request, response) => void admit(request, response).catch(() => response.destroy()), port === undefined ? {} : { port });
  return {
    origin: `http://127.0.0.1:${host.port}`,
    visits: host.requests,
    serve: (next) => {
      inside = next;
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** Lets the request do its work and ends the connection where the answer would start. */
function loseAnswer(response: ServerResponse): void {
  response.write = () => true;
  response.end = () => {
    response.destroy();
    return response;
  };
}
