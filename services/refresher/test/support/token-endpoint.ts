import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { startWebHost } from "@mcp-auth-proxy/testing";

/** How one request fails. `lost`: the provider does its work, and the answer never arrives. `silent`: it does its work and says nothing. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: "lost" }
  | { readonly kind: "silent" };

export interface Grant {
  readonly refreshToken: string;
  /** What the token endpoint answered when the person signed in. */
  readonly response: string;
}

/**
 * A token endpoint with a family of tokens for each sign-in. Where it rotates, a refresh token counts once, and one that
 * comes again ends its family (RFC 9700 section 4.14.2).
 */
export interface TokenEndpoint extends AsyncDisposable {
  readonly url: string;
  rotate: boolean;
  /** What goes into answers beyond the tokens, or instead of them. */
  more: Readonly<Record<string, unknown>>;
  expiresIn: number | undefined;
  /** Requests that arrived, with the authorization header and the form. */
  readonly requests: readonly { readonly authorization: string | undefined; readonly form: URLSearchParams }[];
  /** Refresh tokens that came again after they were used up. */
  readonly replays: number;
  signIn(): Grant;
  revokeAll(): void;
  failNext(fault: Fault, times?: number): void;
  /** Requests wait until the promise is kept; then they are answered. */
  hold: Promise<void> | undefined;
  isLive(accessToken: string): boolean;
}

export const startTokenEndpoint = async ({ rotate = true }: { readonly rotate?: boolean } = {}): Promise<TokenEndpoint> => {
  const families = new Map<string, { live: boolean }>();
  const refreshTokens = new Map<string, { readonly family: string; used: boolean }>();
  const accessTokens = new Map<string, string>();
  const faults: Fault[] = [];
  const requests: { authorization: string | undefined; form: URLSearchParams }[] = [];
  let replays = 0;

  const issue = (family: string, refresh: boolean): string => {
    const accessToken = `access-${randomUUID()}`;
    accessTokens.set(accessToken, family);
    const refreshToken = `refresh-${randomUUID()}`;
    if (refresh) refreshTokens.set(refreshToken, { family, used: false });
    const { expiresIn, more } = endpoint;
    return JSON.stringify({
      access_token: accessToken,
      token_type: "Bearer",
      ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
      ...(refresh ? { refresh_token: refreshToken } : {}),
      ...more,
    });
  };

  const refreshed = (presented: string): { status: number; body: string } => {
    const known = refreshTokens.get(presented);
    const family = known === undefined ? undefined : families.get(known.family);
    if (known?.used === true) {
      replays += 1;
      if (family !== undefined) family.live = false;
    }
    if (known === undefined || family?.live !== true) return { status: 400, body: '{"error":"invalid_grant"}' };
    known.used = endpoint.rotate;
    return { status: 200, body: issue(known.family, endpoint.rotate) };
  };

  const answer = async (form: URLSearchParams, response: ServerResponse): Promise<void> => {
    await endpoint.hold;
    const fault = faults.shift();
    if (fault?.kind === "status") {
      response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers }).end(fault.body ?? "{}");
      return;
    }
    const { status, body } = refreshed(form.get("refresh_token") ?? "");
    if (fault?.kind === "lost") response.destroy();
    else if (fault === undefined) response.writeHead(status, { "content-type": "application/json" }).end(body);
  };

  const host = await startWebHost((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      requests.push({ authorization: request.headers.authorization, form });
      void answer(form, response);
    });
  });

  const endpoint: TokenEndpoint = {
    url: `http://127.0.0.1:${host.port}/token`,
    rotate,
    more: {},
    expiresIn: 3_600,
    requests,
    get replays() {
      return replays;
    },
    signIn: () => {
      const family = randomUUID();
      families.set(family, { live: true });
      const response = issue(family, true);
      const { refresh_token: refreshToken } = JSON.parse(response) as { refresh_token: string };
      return { refreshToken, response };
    },
    revokeAll: () => {
      for (const family of families.values()) family.live = false;
    },
    failNext: (fault, times = 1) => void faults.push(...Array.from({ length: times }, () => fault)),
    hold: undefined,
    isLive: (accessToken) => families.get(accessTokens.get(accessToken) ?? "")?.live === true,
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
  return endpoint;
};
