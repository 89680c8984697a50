import { AuthorizationResponseError, ClientError, ResponseBodyError } from "openid-client";
import { UpstreamError } from "./upstream-error.ts";

/** RFC 6749 section 5.2: what a code may be made of. Others are not repeated, not even in the log. */
const codeShape = /^[a-z0-9_.-]{1,60}$/i;
const told = (code: string): string => (codeShape.test(code) ? code : "a code that is none");

const causes = (error: unknown): readonly unknown[] => {
  const chain: unknown[] = [];
  for (let at = error; at instanceof Error && chain.length < 8; at = at.cause) chain.push(at);
  return chain;
};

/** What went wrong at a provider, from what openid-client throws. Its messages and causes hold what the provider sent: they stay here. */
export const upstreamErrorOf = (error: unknown): UpstreamError => {
  const own = causes(error).find((each) => each instanceof UpstreamError);
  if (own instanceof UpstreamError) return own;
  if (error instanceof AuthorizationResponseError) {
    const temporary = error.error === "temporarily_unavailable" || error.error === "server_error";
    return new UpstreamError(temporary ? "unavailable" : "declined", `the provider says ${told(error.error)}`);
  }
  if (error instanceof ResponseBodyError) return new UpstreamError("refused", `the token endpoint says ${told(error.error)}`);
  if (error instanceof ClientError) return new UpstreamError(error.code === "OAUTH_TIMEOUT" ? "unavailable" : "invalid", `${error.code ?? "an answer"} was not accepted`);
  return new UpstreamError("invalid", error instanceof Error ? error.name : "an unknown error");
};

/** Runs `work`; whatever it throws comes out as an UpstreamError. */
export const asUpstream = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw upstreamErrorOf(error);
  }
};
