import { FormRobot, onwardLink, type OAuthClient, type Overrides } from "@mcp-auth-proxy/testing";

/** What became of an authorization request that was only opened, with nobody approving anything. */
export interface AuthorizationOutcome {
  readonly status: number;
  readonly html: string;
  readonly headers: Headers;
  /** The redirect the answer makes a browser follow, in whatever way, when it leaves the gateway. */
  readonly leavesTo: URL | undefined;
}

export const openAuthorization = (client: OAuthClient, overrides: Overrides): Promise<AuthorizationOutcome> =>
  openUrl(client.authorizationRequest(overrides).url);

export async function openUrl(url: string): Promise<AuthorizationOutcome> {
  const page = await new FormRobot().open(url);
  const target = page.headers.get("location") ?? page.headers.get("refresh")?.split(/url=/i)[1] ?? onwardLink(page.text, url);
  const leavesTo = target === undefined || target === null ? undefined : new URL(target, url);
  const gone = leavesTo !== undefined && leavesTo.origin !== new URL(url).origin;
  return { status: page.status, html: page.text, headers: page.headers, leavesTo: gone ? leavesTo : undefined };
}
