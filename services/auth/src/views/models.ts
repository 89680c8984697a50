import type { ConnectionStatus } from "../accounts/connections.ts";
import type { AppAccess } from "../accounts/apps.ts";
import type { BrowserSession } from "../accounts/sessions.ts";
import type { Activity } from "../read-models/activity.ts";
import type { RedirectUri } from "../validate/redirect-uri.ts";
import type { ScopeCatalogue } from "../validate/scope-catalogue.ts";
import type { Language } from "./language.ts";

/** Where a page's form is posted to (a path of ours), and what goes along unseen: transaction, CSRF token. */
export interface PageForm {
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
}

/** Consent: `decision` is posted as `deny` or `approve`. Whatever comes from the client is hostile text, and escaped. */
export interface ConsentPage {
  readonly language: Language;
  readonly form: PageForm;
  /** The server's display name, from the configuration. */
  readonly serverName: string;
  /** The canonical resource: the address of the MCP server. */
  readonly resource: string;
  /** As the client claims; undefined when it claims none. */
  readonly clientName: string | undefined;
  /** The host of the document that describes the client; undefined for one that registered. */
  readonly describedBy: string | undefined;
  /** `shownHost` of the parsed redirect URI. */
  readonly redirectHost: string;
  readonly redirectKind: RedirectUri["kind"];
  readonly scopes: readonly string[];
  /** Those of `scopes` that can be unticked, each in a field named by `scopeField`; none unless given. */
  readonly optionalScopes?: readonly string[];
  /** Which scopes include which others; none unless given. */
  readonly catalogue?: ScopeCatalogue;
  /** What the same person allowed this app before; undefined the first time, or where nobody is signed in. */
  readonly allowedBefore?: readonly string[];
  /** How long the app keeps its access without using it. */
  readonly accessLastsMs: number;
}

/** Why a sign-in page is shown again. `unlocksAt` and `now` are epoch ms. */
export type SignInProblem =
  | { readonly kind: "wrong-password" }
  | { readonly kind: "empty-password" }
  | { readonly kind: "locked"; readonly unlocksAt: number; readonly now: number };

/** "Sign in with …": a link of ours that leads to a provider. */
export interface ProviderLink {
  readonly name: string;
  readonly href: string;
}

/** Sign-in: a link for each provider; the field `password` is posted (and `username`, always the owner, for password managers). */
export interface SignInPage {
  readonly language: Language;
  /** Undefined where nobody has a password. */
  readonly form: PageForm | undefined;
  readonly providers: readonly ProviderLink[];
  readonly serverName: string;
  /** Who the sign-in is for; undefined for our own pages. */
  readonly app: { readonly clientName: string | undefined; readonly redirectHost: string } | undefined;
  readonly problem?: SignInProblem;
}

/** "Returning to the app": carries the authorization response on, as a page and not as a redirect. */
export interface ReturnPage {
  readonly language: Language;
  readonly outcome: "approved" | "denied";
  readonly clientName: string | undefined;
  readonly redirectHost: string;
  readonly redirectKind: RedirectUri["kind"];
  /** The whole URI, with code or error, state and iss. */
  readonly target: string;
}

/** "Going to the provider": carries the browser on, as a page and not as a redirect. */
export interface LeavingPage {
  readonly language: Language;
  readonly provider: string;
  /** The server that the account is connected for; undefined for a sign-in. */
  readonly server: string | undefined;
  /** The whole URL. */
  readonly target: string;
}

/** What went wrong at a provider. `not-allowed`: by the operator's lists; `other-account`: not the one that they sign in with. */
export type ProviderProblem = "unavailable" | "declined" | "failed" | "not-allowed" | "not-for-server" | "other-account" | "not-stored";

export interface ProviderProblemPage {
  readonly language: Language;
  readonly provider: string;
  readonly problem: ProviderProblem;
  /** The account that was refused, as its provider names it. */
  readonly account: string | undefined;
  readonly retry: string;
  /** Leads to the provider's choice of accounts. */
  readonly another: string | undefined;
  /** Tells the app that it gets no access; undefined where no app is waiting. */
  readonly deny: PageForm | undefined;
  readonly reference: string;
}

/** What went wrong, as far as a person can do something about it. */
export type PageProblem =
  | "unknown-client"
  | "client-document"
  | "redirect-mismatch"
  | "bad-request"
  | "expired"
  | "other-browser"
  | "not-allowed"
  | "foreign-host"
  | "too-many"
  | "unavailable"
  | "internal";

export interface ErrorPage {
  readonly language: Language;
  readonly problem: PageProblem;
  /** Also in the log, as the correlation id. */
  readonly reference: string;
}

/** An account that a server needs. Without a status it is not known how things stand. */
export interface AccountConnection {
  readonly server: string;
  readonly resource: string;
  readonly provider: string;
  readonly status?: ConnectionStatus;
  /** Epoch ms; of a connected one that does not renew itself. */
  readonly expiresAt?: number;
}

/** A person's own page. Each button posts `action`, and what it is about. */
export interface AccountPage {
  readonly language: Language;
  readonly form: PageForm;
  readonly login: string;
  readonly apps: readonly AppAccess[];
  readonly sessions: readonly (Pick<BrowserSession, "sessionId" | "browser" | "startedAt" | "lastSeenAt"> & { readonly isThis: boolean })[];
  readonly connections: readonly AccountConnection[];
  /** `app` is the client's claim of its name, or its id; `ours` the operator's name of a provider or a server. */
  readonly activity: readonly (Pick<Activity, "at" | "kind"> & { readonly app: string | undefined; readonly ours: string | undefined })[];
}
