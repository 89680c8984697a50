import type { ConnectionStatus } from "../accounts/connections.ts";
import type { ActivityKind } from "../read-models/activity.ts";
import type { PageProblem, ProviderProblem } from "./models.ts";

/** A page's problem in words: what happened, and what to do now. */
export interface ProblemTexts {
  readonly title: string;
  readonly happened: string;
  readonly todo: string;
}

/** Every sentence of the pages. What comes from a client never stands inside a sentence: it has a place of its own. */
export interface Texts {
  readonly consent: {
    readonly title: string;
    readonly heading: (serverName: string) => string;
    readonly lead: string;
    readonly app: string;
    readonly unverified: string;
    readonly unverifiedNote: string;
    readonly nameless: string;
    readonly describedBy: string;
    readonly returnsTo: string;
    readonly server: string;
    readonly scopesHeading: string;
    readonly scopes: Readonly<Record<string, string>>;
    readonly untick: string;
    /** After a scope that includes others: unticking one of them unticks it, too. */
    readonly onlyWith: (scopes: string) => string;
    readonly newScope: string;
    readonly allowedBefore: string;
    readonly asksMore: string;
    readonly lasts: (durationMs: number) => string;
    readonly localApp: string;
    readonly localAppNote: string;
    readonly deny: string;
    readonly approve: string;
  };
  readonly signIn: {
    readonly title: string;
    readonly heading: string;
    readonly lead: (serverName: string) => string;
    readonly accountLead: string;
    readonly with: (provider: string) => string;
    /** Between the providers and the password. */
    readonly or: string;
    readonly password: string;
    readonly submit: string;
    readonly wrongPassword: string;
    readonly emptyPassword: string;
    readonly locked: string;
    readonly unlocks: (inMs: number, atUtc: string) => string;
  };
  readonly returning: {
    readonly approvedTitle: string;
    readonly deniedTitle: string;
    readonly approved: string;
    readonly denied: string;
    readonly goesTo: string;
    readonly continue: string;
    readonly stuck: string;
    readonly stuckApp: string;
  };
  readonly leaving: {
    readonly heading: (provider: string) => string;
    readonly signIn: string;
    readonly connect: (server: string) => string;
    readonly goesTo: string;
    readonly goOn: string;
    readonly stuck: string;
  };
  readonly atProvider: {
    readonly problems: Readonly<Record<ProviderProblem, (provider: string) => ProblemTexts>>;
    readonly account: string;
    readonly retry: string;
    readonly another: string;
    readonly giveUp: string;
  };
  readonly connections: {
    readonly heading: string;
    readonly note: string;
    readonly account: string;
    readonly server: string;
    readonly state: string;
    readonly expires: string;
    readonly states: Readonly<Record<ConnectionStatus, (provider: string) => string>>;
    readonly unknown: string;
    readonly connect: string;
    readonly reconnect: string;
    readonly disconnect: string;
  };
  readonly account: {
    readonly title: string;
    readonly goOn: string;
    readonly signedInAs: string;
    readonly signOut: string;
    readonly apps: string;
    readonly noApps: string;
    readonly appsNote: string;
    readonly scopes: string;
    readonly since: string;
    readonly lastUsed: string;
    readonly endApp: string;
    readonly endApps: string;
    readonly sessions: string;
    readonly thisBrowser: string;
    readonly unknownBrowser: string;
    readonly signedInAt: string;
    readonly endSession: string;
    readonly endOthers: string;
    readonly alsoApps: string;
    readonly signOutEverywhere: string;
    readonly activity: string;
    readonly facts: Readonly<Record<ActivityKind, string>>;
  };
  readonly problems: Readonly<Record<PageProblem, ProblemTexts>>;
  readonly reference: string;
}
