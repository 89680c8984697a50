import { basicCredentials } from "./basic-credentials.ts";
import { type Fault, FaultPlan, type Hold, type ProviderEndpoint } from "./fault-plan.ts";
import { githubApi } from "./github-api.ts";
import type { GithubApplication } from "./github-application.ts";
import { githubAuthorize } from "./github-authorize.ts";
import { githubId, type GithubPerson } from "./github-person.ts";
import { GithubRecords } from "./github-records.ts";
import type { GithubState } from "./github-state.ts";
import { githubTokenEndpoint } from "./github-token-endpoint.ts";
import type { LiveToken } from "./oidc-store.ts";
import { People } from "./people.ts";
import { openProviderDoor, type ProviderDoor } from "./provider-door.ts";
import { type TokenRequest, TokenRequests } from "./token-requests.ts";
import type { UpstreamControls } from "./upstream-controls.ts";

export interface GithubProviderOptions {
  readonly clients: readonly GithubApplication[];
  /** Default: ada and bob. */
  readonly people?: readonly GithubPerson[];
  /** GitHub Enterprise Server: the API lives at /api/v3. Default false: at the origin itself, as on api.github.com. */
  readonly enterprise?: boolean;
  /** Whether a person whose primary address is not verified gets a token. Default "refuse", as GitHub does. */
  readonly unverifiedEmails?: "refuse" | "allow";
  readonly port?: number;
}

/** GitHub while it runs. `sub` is the numeric id as a string. */
export class GithubProvider implements UpstreamControls {
  /** What GITHUB_URL takes. */
  readonly issuer: string;
  /** What GITHUB_API_URL takes. */
  readonly apiUrl: string;
  readonly endpoints: { readonly authorization: string; readonly token: string; readonly userinfo: string };
  readonly visits: readonly string[];
  readonly #state: GithubState;
  readonly #faults: FaultPlan;
  readonly #door: ProviderDoor;

  constructor(state: GithubState, faults: FaultPlan, door: ProviderDoor) {
    this.#state = state;
    this.#faults = faults;
    this.#door = door;
    this.issuer = state.origin;
    this.apiUrl = state.apiUrl;
    this.endpoints = { authorization: `${state.origin}/login/oauth/authorize`, token: state.origin + tokenPath, userinfo: `${state.apiUrl}/user` };
    this.visits = door.visits;
  }

  get requests(): readonly TokenRequest[] {
    return this.#state.seen.all;
  }

  get signedIn(): string | undefined {
    return this.#state.people.signedIn;
  }

  set signedIn(login: string | undefined) {
    this.#state.people.signedIn = login;
  }

  /** Of tokens of GitHub Apps; those of OAuth Apps never expire. */
  get accessTokenTtlSeconds(): number {
    return this.#state.records.accessTokenTtlSeconds;
  }

  set accessTokenTtlSeconds(value: number) {
    this.#state.records.accessTokenTtlSeconds = value;
  }

  subOf(login: string): string {
    return String(githubId(this.#state.people.find(login) ?? { login }));
  }

  addClient(client: GithubApplication): void {
    this.#state.applications.set(client.clientId, client);
  }

  /** Adds a person or changes one: what is not named stays. */
  changePerson(person: GithubPerson): void {
    this.#state.people.change(person.login, (before) => ({ ...before, ...person }));
  }

  /** Gives a person another login. The id and the tokens stay, and the old login is free for anybody. */
  rename(login: string, to: string): void {
    const person = this.#state.people.find(login);
    if (person === undefined) throw new Error(`nobody is called ${login}`);
    this.#state.people.remove(login);
    this.#state.people.change(to, () => ({ ...person, login: to, id: githubId(person) }));
  }

  isLive(accessToken: string): LiveToken | undefined {
    const token = this.#state.records.liveToken(accessToken);
    if (token === undefined) return undefined;
    const { personId, clientId, scopes, expiresAt = Number.POSITIVE_INFINITY } = token;
    return { sub: String(personId), clientId, scope: scopes.join(" "), expiresAt };
  }

  expireAccessTokens(sub?: string): void {
    this.#state.records.expireAccessTokens(sub === undefined ? undefined : Number(sub));
  }

  revokePerson(sub: string): void {
    this.#state.records.revokePerson(Number(sub));
  }

  failNext(fault: Fault): void {
    this.#faults.failNext(fault);
  }

  recover(): void {
    this.#faults.recover();
  }

  hold(endpoint: Fault["endpoint"]): Hold {
    return this.#faults.hold(endpoint);
  }

  async stop(): Promise<void> {
    await this.#door[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

const tokenPath = "/login/oauth/access_token";

/** GitHub on a loopback port, written from its documentation: what is odd about it is odd here too. */
export async function startGithubProvider(options: GithubProviderOptions): Promise<GithubProvider> {
  const { enterprise = false, unverifiedEmails = "refuse", port } = options;
  const faults = new FaultPlan();
  const seen = new TokenRequests();
  const prefix = enterprise ? "/api/v3" : "";
  const door = await openProviderDoor({
    faults,
    port,
    endpointOf: (path) => endpointOf(path, prefix),
    refusal,
    onFaultyToken: (request, form, fault, status) => {
      const clientId = form.get("client_id") ?? basicCredentials(request.headers.authorization)?.clientId;
      const grantType = form.get("grant_type") ?? "authorization_code";
      seen.arrived({ at: Date.now(), grantType, clientId, status, error: undefined, fault }, form.get("refresh_token") ?? undefined);
    },
  });
  const state: GithubState = {
    origin: door.origin,
    apiUrl: door.origin + prefix,
    enterprise,
    unverifiedEmails,
    people: new People(options.people ?? [{ login: "ada" }, { login: "bob" }]),
    applications: new Map(options.clients.map((client) => [client.clientId, client])),
    records: new GithubRecords(),
    seen,
    sessions: new Map(),
  };
  door.serve((request, response, fault) => {
    const serve = (): Promise<void> => {
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      if (path === tokenPath) return githubTokenEndpoint(state, request, response, fault);
      if (path.startsWith("/login/")) return githubAuthorize(state, request, response);
      return githubApi(state, request, response);
    };
    serve().catch((error: unknown) => response.writeHead(400, { "content-type": "text/plain" }).end(String(error)));
  });
  return new GithubProvider(state, faults, door);
}

function endpointOf(path: string, prefix: string): ProviderEndpoint {
  if (path === tokenPath) return "token";
  if (path.startsWith("/login/")) return "authorization";
  if (path.startsWith(`${prefix}/applications/`)) return "revocation";
  return path === `${prefix}/user` ? "userinfo" : "api";
}

const refusal = (kind: "403" | "429" | "500"): unknown =>
  kind === "500"
    ? { message: "Server Error" }
    : {
        message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        documentation_url: "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
        status: kind,
      };
