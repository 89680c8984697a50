// The package ships no types; these are the parts of it that are used here.
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  export interface Payload {
    readonly [name: string]: unknown;
  }

  export interface Adapter {
    upsert(id: string, payload: Payload, expiresInSeconds?: number): Promise<void>;
    find(id: string): Promise<Payload | undefined>;
    findByUid(uid: string): Promise<Payload | undefined>;
    findByUserCode(code: string): Promise<Payload | undefined>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
    consume(id: string): Promise<void>;
  }

  export interface OidcContext {
    readonly route?: string;
    readonly body?: Payload;
    readonly params?: Payload;
    readonly client?: { readonly clientId: string };
    readonly entities: { readonly Account?: { readonly accountId: string } };
  }

  /** A Koa context. `oidc` is missing before a route was found. */
  export interface Context {
    readonly req: IncomingMessage;
    readonly res: ServerResponse;
    readonly path: string;
    readonly oidc?: OidcContext;
    status: number;
    body: unknown;
    set(name: string, value: string): void;
    redirect(url: string): void;
  }

  /** What a refresh token would be issued for. */
  export interface RefreshTokenSource {
    readonly jti: string;
    readonly accountId: string;
    readonly clientId: string;
    readonly scopes: ReadonlySet<string>;
  }

  export interface Interaction {
    readonly uid: string;
    readonly grantId?: string;
    readonly params: Payload;
    readonly prompt: { readonly name: string; readonly details: Payload };
    readonly session?: { readonly accountId: string };
    readonly lastSubmission?: { readonly login?: { readonly accountId: string } };
  }

  export interface Grant {
    addOIDCScope(scope: string): void;
    rejectOIDCScope(scope: string): void;
    addOIDCClaims(claims: readonly string[]): void;
    save(): Promise<string>;
  }

  export interface InteractionResult {
    readonly login?: { readonly accountId: string };
    /** Present when an account was chosen. */
    readonly select_account?: Readonly<Record<string, never>>;
    readonly consent?: { readonly grantId: string };
    readonly error?: string;
    readonly error_description?: string;
  }

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    readonly Grant: { new (of: { readonly accountId: string; readonly clientId: string }): Grant; find(id: string): Promise<Grant | undefined> };
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): this;
    on(event: "authorization.success", listener: (context: Context, out: { readonly code?: string }) => void): this;
    on(event: "server_error", listener: (context: Context, error: Error) => void): this;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: InteractionResult,
      options?: { readonly mergeWithLastSubmission?: boolean },
    ): Promise<void>;
  }

  export const interactionPolicy: {
    readonly Prompt: new (of: { readonly name: string; readonly requestable: boolean }) => unknown;
    base(): readonly unknown[];
  };
  export const errors: { readonly InvalidGrant: new (detail: string) => Error };
}
