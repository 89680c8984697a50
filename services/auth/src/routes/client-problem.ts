import { OAuthError } from "@mcp-auth-proxy/http";
import type { ClientProblem } from "../clients/find-client.ts";
import { PageError } from "./page-error.ts";

/** For a person: a page of ours, never a redirect, because nobody vouches for the address (A4.13). */
export const clientPageError = (problem: ClientProblem): PageError => {
  switch (problem) {
    case "unknown":
      return new PageError("unknown-client", "no such client");
    case "refused":
      return new PageError("client-document", "the document of the client was refused");
    case "unreachable":
      return new PageError("client-document", "the document of the client could not be fetched");
    case "too_many":
      return new PageError("too-many", "too many documents are asked for");
    default:
      return problem satisfies never;
  }
};

/** For a client at an endpoint; undefined where it is to be treated as a stranger. An outage of its host costs it no grant. */
export const clientTokenError = (problem: ClientProblem): OAuthError | undefined => {
  switch (problem) {
    case "unknown":
    case "refused":
      return undefined;
    case "unreachable":
      return new OAuthError("temporarily_unavailable", "the document of the client could not be fetched", { headers: { "retry-after": "30" } });
    case "too_many":
      return new OAuthError("slow_down", "too many documents are asked for", { headers: { "retry-after": "60" } });
    default:
      return problem satisfies never;
  }
};
