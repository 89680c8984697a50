import type { HttpServer } from "../config.ts";
import type { ToolPolicy } from "../guard/policy.ts";
import type { BridgeLimits } from "../limits.ts";
import type { RequestStates } from "../relay/modern/request-states.ts";
import type { HttpRelays } from "../upstream-http/http-relays.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ScopeOptions } from "./scope.ts";

/** What the routes of one server behind an address work with. */
export interface HttpServerRouteOptions extends ScopeOptions {
  readonly endpoint: Endpoint<HttpServer>;
  readonly relays: HttpRelays;
  readonly states: RequestStates;
  readonly policy: ToolPolicy;
  readonly limits: BridgeLimits;
}
