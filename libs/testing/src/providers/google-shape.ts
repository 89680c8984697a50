import type { Context } from "oidc-provider";
import { isObject } from "../json.ts";
import { googleScopeName } from "./google-scopes.ts";
import type { OidcShape, SignInFacts } from "./oidc-shape.ts";

const routes: OidcShape["routes"] = {
  authorization: "/o/oauth2/v2/auth",
  token: "/token",
  userinfo: "/v1/userinfo",
  jwks: "/oauth2/v3/certs",
  revocation: "/revoke",
  // Google has none. It is there for servers of a test that check what they got, and discovery does not name it.
  introspection: "/test/introspection",
};

export interface GoogleShapeOptions {
  readonly scopes: readonly string[];
  readonly showedConsent: (signIn: SignInFacts) => boolean;
}

/** In what Google differs from other OpenID providers, by its documentation and by what it does. */
export const googleShape = ({ scopes, showedConsent }: GoogleShapeOptions): OidcShape => ({
  routes,
  extraParams: ["access_type", "hd", "include_granted_scopes"],
  scopes,
  claims: {
    openid: ["sub", "hd"],
    email: ["email", "email_verified"],
    profile: ["name", "given_name", "family_name", "picture"],
    [googleScopeName("email")]: ["email", "email_verified"],
    [googleScopeName("profile")]: ["name", "given_name", "family_name", "picture"],
  },
  // Only who has just been asked, and only for offline access; everybody else gets an access token alone.
  issuesRefreshToken: (signIn) => showedConsent(signIn) && signIn.parameters.access_type === "offline",
  finish: (context, { isRefresh }) => {
    if (context.path === routes.token) finishToken(context, isRefresh);
    else if (context.path === routes.userinfo && context.status === 401) {
      context.body = { error: "invalid_request", error_description: "Invalid Credentials" };
    } else if (context.path.startsWith(routes.authorization)) finishRedirect(context);
  },
  refusal: (kind) => {
    if (kind === "500") return { error: "internal_failure", error_description: "Backend Error" };
    return { error: "rate_limit_exceeded", error_description: "Rate Limit Exceeded" };
  },
});

const descriptions: Readonly<Record<string, string>> = { invalid_client: "Unauthorized", invalid_grant: "Bad Request" };

function finishToken(context: Context, isRefresh: boolean): void {
  const { body } = context;
  if (!isObject(body)) return;
  if (typeof body.error === "string") {
    const revoked = isRefresh && body.error === "invalid_grant";
    const text = revoked ? "Token has been expired or revoked." : (descriptions[body.error] ?? body.error_description);
    context.body = { error: body.error, error_description: text };
    return;
  }
  const { scope } = body;
  if (typeof scope === "string") context.body = { ...body, scope: scope.split(" ").map(googleScopeName).join(" ") };
}

/** Google tells the client in the redirect what was granted, and names its issuer without saying in discovery that it does. */
function finishRedirect({ res, oidc }: Context): void {
  const location = String(res.getHeader("location") ?? "");
  const redirectUri = oidc?.params?.redirect_uri;
  if (typeof redirectUri !== "string" || !location.startsWith(redirectUri)) return;
  const url = new URL(location);
  if (!url.searchParams.has("code")) return;
  url.searchParams.set("scope", String(oidc?.params?.scope).split(" ").map(googleScopeName).join(" "));
  url.searchParams.set("authuser", "0");
  const prompt = oidc?.params?.prompt;
  url.searchParams.set("prompt", typeof prompt === "string" ? prompt : "none");
  res.setHeader("location", url.href);
}
