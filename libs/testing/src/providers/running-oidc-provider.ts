import type { Fault, Hold } from "./fault-plan.ts";
import type { TokenRules } from "./oidc-configuration.ts";
import type { OidcEngine } from "./oidc-engine.ts";
import { type OidcPerson, subjectOf } from "./oidc-person.ts";
import type { OidcShape } from "./oidc-shape.ts";
import type { LiveToken } from "./oidc-store.ts";
import type { TokenRequest } from "./token-requests.ts";
import type { UpstreamClient } from "./upstream-client.ts";
import type { UpstreamControls } from "./upstream-controls.ts";

/** What people grant of what was asked for. */
export interface Granted {
  only: readonly string[] | undefined;
}

/** An OpenID provider while it runs. Its rules (`rotate` and the like) may be assigned at any time. */
export class OidcProvider implements UpstreamControls, TokenRules {
  readonly issuer: string;
  readonly endpoints: OidcShape["routes"];
  readonly requests: readonly TokenRequest[];
  readonly visits: readonly string[];
  /** Every token that it gave out: for who looks for them where they must not be. */
  readonly tokens: readonly string[];
  protected readonly engine: OidcEngine;
  readonly #rules: TokenRules;
  readonly #granted: Granted;

  constructor(engine: OidcEngine, rules: TokenRules, granted: Granted) {
    this.engine = engine;
    this.#rules = rules;
    this.#granted = granted;
    this.issuer = engine.door.origin;
    this.endpoints = absolute(engine.shape.routes, this.issuer);
    this.requests = engine.requests;
    this.visits = engine.door.visits;
    this.tokens = engine.tokens;
  }

  get signedIn(): string | undefined {
    return this.engine.people.signedIn;
  }

  set signedIn(login: string | undefined) {
    this.engine.people.signedIn = login;
  }

  get rotate(): boolean {
    return this.#rules.rotate;
  }

  set rotate(value: boolean) {
    this.#rules.rotate = value;
  }

  get omitRefreshToken(): boolean {
    return this.#rules.omitRefreshToken;
  }

  set omitRefreshToken(value: boolean) {
    this.#rules.omitRefreshToken = value;
  }

  get accessTokenTtlSeconds(): number {
    return this.#rules.accessTokenTtlSeconds;
  }

  set accessTokenTtlSeconds(value: number) {
    this.#rules.accessTokenTtlSeconds = value;
  }

  subOf(login: string): string {
    return subjectOf(this.engine.people.find(login) ?? { login });
  }

  addClient(client: UpstreamClient): void {
    this.engine.store.addClient(client);
  }

  /** Adds a person or changes one: what is not named stays. */
  changePerson(person: OidcPerson): void {
    this.engine.people.change(person.login, (before) => ({ ...before, ...person }));
  }

  /** Only these scopes are granted, whatever is asked for; undefined: all. Sign-in itself is never refused. */
  grantOnly(scopes: readonly string[] | undefined): void {
    this.#granted.only = scopes;
  }

  isLive(accessToken: string): LiveToken | undefined {
    return this.engine.store.liveToken(accessToken);
  }

  expireAccessTokens(sub?: string): void {
    this.engine.store.expireAccessTokens(sub);
  }

  revokePerson(sub: string): void {
    this.engine.store.revokePerson(sub);
  }

  failNext(fault: Fault): void {
    this.engine.faults.failNext(fault);
  }

  recover(): void {
    this.engine.faults.recover();
  }

  hold(endpoint: Fault["endpoint"]): Hold {
    return this.engine.faults.hold(endpoint);
  }

  async stop(): Promise<void> {
    await this.engine.door[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

const absolute = ({ authorization, token, userinfo, jwks, revocation, introspection }: OidcShape["routes"], origin: string): OidcShape["routes"] => ({
  authorization: origin + authorization,
  token: origin + token,
  userinfo: origin + userinfo,
  jwks: origin + jwks,
  revocation: origin + revocation,
  introspection: origin + introspection,
});
