import { discover } from "./discovery.ts";
import { FormRobot } from "./form-robot.ts";
import { type AuthorizationRequest, OAuthClient, type Overrides, type Tokens, tokensIn } from "./oauth-client.ts";

/** Where the robot's client pretends to listen: nothing ever connects there. */
export const robotRedirectUri = "http://127.0.0.1:9/callback";

export interface Approved {
  readonly code: string;
  readonly made: AuthorizationRequest;
  readonly redirect: URL;
  readonly robot: FormRobot;
}

export interface SignedIn extends Approved {
  readonly client: OAuthClient;
  readonly tokens: Tokens;
}

/** What a test needs to know of a gateway to sign in to it. */
export interface SignInTarget {
  readonly mcpUrl: string;
  readonly password: string;
  /** Whom to be at a provider: the value of a button there. */
  readonly person?: string;
}

export async function registeredClient(target: SignInTarget, redirectUri = robotRedirectUri): Promise<OAuthClient> {
  return OAuthClient.register(await discover(target.mcpUrl), redirectUri);
}

/** Goes through consent and sign-in, up to the redirect that carries the code. */
export async function approve(target: SignInTarget, client: OAuthClient, overrides: Overrides = {}, robot = new FormRobot()): Promise<Approved> {
  const made = client.authorizationRequest(overrides);
  const { password, person } = target;
  const redirect = await robot.walk(made.url, made.redirectUri, { password, ...(person === undefined ? {} : { person }) });
  const code = redirect.searchParams.get("code");
  if (code === null) throw new Error(`no code came back: ${redirect.searchParams.get("error") ?? "no error either"}`);
  return { code, made, redirect, robot };
}

/** A whole sign-in of a new client without a browser. */
export async function signIn(target: SignInTarget, known?: OAuthClient, robot = new FormRobot()): Promise<SignedIn> {
  const client = known ?? (await registeredClient(target));
  const approved = await approve(target, client, {}, robot);
  return { ...approved, client, tokens: tokensIn(await client.exchange(approved.code, approved.made)) };
}
