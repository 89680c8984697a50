import type { Fault, Hold } from "./fault-plan.ts";
import type { LiveToken } from "./oidc-store.ts";
import type { TokenRequest } from "./token-requests.ts";
import type { UpstreamClient } from "./upstream-client.ts";

/** What a test can do with a running provider of any make. */
export interface UpstreamControls extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly issuer: string;
  readonly endpoints: { readonly authorization: string; readonly token: string; readonly userinfo: string };
  /** Every request that arrived at the token endpoint. */
  readonly requests: readonly TokenRequest[];
  /** Every request at all, as `GET /path?query`. */
  readonly visits: readonly string[];
  /** Whom the sign-in page takes without asking (a login); undefined: it asks. A hint in the request works too. */
  signedIn: string | undefined;
  accessTokenTtlSeconds: number | undefined;
  /** The name that tokens and `requests` have for a person. */
  subOf(login: string): string;
  addClient(client: UpstreamClient): void;
  /** What the access token stands for, or undefined when it is no living token of this provider. */
  isLive(accessToken: string): LiveToken | undefined;
  /** Ends access tokens now, everybody's or one person's; refresh tokens go on. */
  expireAccessTokens(sub?: string): void;
  /** Takes away all that a person has given. They can sign in again. */
  revokePerson(sub: string): void;
  failNext(fault: Fault): void;
  /** Forgets the failures that did not happen yet. */
  recover(): void;
  /** Keeps requests at the door until it is released. */
  hold(endpoint: Fault["endpoint"]): Hold;
  /** Twice is safe. */
  stop(): Promise<void>;
}
