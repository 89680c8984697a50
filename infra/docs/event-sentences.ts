/** What the page says of one event in a log: which facts it holds, and what it means. */
export interface EventSentence {
  /** Names of its data; a question mark: not always there. */
  readonly holds: readonly string[];
  readonly says: string;
}

/** One sentence for each kind of stream, by the name of its decider. */
export const streamSentences: Readonly<Record<string, string>> = {
  authorization: "One sign-in, from consent to the redemption of its code. The stream begins when all of it was right: an anonymous visitor appends nothing.",
  client: "A client that completed an authorization at least once. Before that it is a row that expires. Where a document describes it, `<id>` is the SHA-256 of the document's URL.",
  grant: "The access of one client on behalf of one person, with the family of refresh tokens that keeps it alive.",
  subject: "A person, as an id. Names and logins are in `cx_subjects`, encrypted and deletable.",
  "signing-key": "One key that signs access tokens; only its public half is here.",
  keyring: "Which operator keys the vault has had, by their public terms.",
  credential: "One person's tokens at one provider for one server, through all their generations. `<id>` is the SHA-256 of these three; the tokens are in `cx_ciphertexts`.",
  refresh: "The refreshes of one credential: when it is due, each attempt and what it came to. The vault has the tokens.",
};

/** Every event that a log may hold. `*Fingerprint` is a keyed hash, `*At` is epoch milliseconds. */
export const eventSentences: Readonly<Record<string, EventSentence>> = {
  ConsentGranted: { holds: ["clientId", "resource", "scope", "declinedScope?", "consentedAt"], says: "A person agreed that this client may use this server with this scope; what they unticked is declined." },
  UserAuthenticated: { holds: ["subjectId", "method", "provider?", "authenticatedAt"], says: "The person who agreed proved who they are: by password, at a provider, or by a session." },
  AuthorizationCodeIssued: {
    holds: ["codeFingerprint", "redirectUriFingerprint", "challenge?", "expiresAt"],
    says: "A code was made for this redirect URI and this challenge (its method and fingerprint); it is good once, until it expires.",
  },
  AuthorizationCodeRedeemed: { holds: ["grantId", "redeemedAt"], says: "The client that asked redeemed the code and got this grant." },
  AuthorizationCodeReplayed: { holds: ["grantId", "replayedAt"], says: "The same code came again with everything that proves it; the grant it gave is revoked in the same transaction." },
  AuthorizationFailed: { holds: ["reason", "failedAt"], says: "The right client came too late: the code had expired." },
  ClientRegistered: { holds: ["clientId", "issuedAt", "facts"], says: "A client completed its first authorization; `facts` are its name for itself, redirect URIs, grant types, scope and application type." },
  ClientUpdated: { holds: ["clientId", "facts"], says: "A client came back with other metadata than it had: the document that describes it was changed." },
  ClientDisabled: { holds: ["clientId", "disabledAt"], says: "Nobody signs in through this client any more (not written by this version: no command asks for it)." },
  GrantIssued: {
    holds: ["grantId", "authorizationId?", "origin?", "subjectId", "clientId", "resource", "scope", "refresh?", "accessTokenExpiresAt", "issuedAt"],
    says:
      "A client got access on behalf of a person; `refresh` is the fingerprint, generation and expiry of its first refresh token. Where nobody signed in here, `origin` says why: " +
      "`client-credentials` (a service for itself, `subjectId` is the client) or `id-jag` (a trusted issuer vouched for the person).",
  },
  RefreshTokenRotated: {
    holds: ["fingerprint", "generation", "expiresAt", "accessTokenExpiresAt", "rotatedAt"],
    says: "The current refresh token was used up and this is the one that counts now.",
  },
  RefreshTokenReplayed: { holds: ["generation", "replayedAt"], says: "The client repeated a token of this generation inside its window and got the identical answer; written once a rotation." },
  RefreshTokenReuseDetected: {
    holds: ["generation", "currentGeneration", "detectedAt"],
    says: "A genuine old token came after its window: two parties hold the family, and the grant is revoked in the same transaction.",
  },
  GrantRevoked: {
    holds: ["grantId", "subjectId", "clientId", "reason", "revokedAt", "accessTokensEndAt"],
    says: "Access ended; until `accessTokensEndAt` a token of this grant may still be unexpired and has to be denied.",
  },
  SubjectSeen: { holds: ["subjectId", "seenAt"], says: "A person signed in for the first time." },
  ConnectionLinked: {
    holds: ["subjectId", "provider", "resource", "scope", "linkedAt"],
    says: "A person connected their account at this provider for this server; `scope` is what was asked for. The vault is given what the provider answered right after.",
  },
  ConnectionUnlinked: {
    holds: ["subjectId", "provider", "resource", "reason", "unlinkedAt"],
    says: "The connection ended: by its person, with the last access that a person or the operator ended, or because the vault did not take it. The vault is asked to shred what it keeps.",
  },
  SubjectSignedOut: { holds: ["subjectId", "signedOutAt"], says: "A person was signed out in every browser, and codes that were not redeemed yet are void." },
  SigningKeyIntroduced: { holds: ["kid", "algorithm", "x", "y", "introducedAt"], says: "A signing key exists; `x` and `y` are its public half." },
  SigningKeyActivated: { holds: ["kid", "activatedAt"], says: "From here on this key signs." },
  SigningKeyRetired: { holds: ["kid", "retiredAt", "publishedUntil"], says: "The key signs no more and its private half is deleted; the JWKS shows it until its last token has expired." },
  CredentialStored: {
    holds: ["credentialId", "subjectId", "resource", "provider", "generation", "scope", "refreshable", "storedAt", "expiresAt?"],
    says: "A person signed in or connected: this generation of tokens counts from here on.",
  },
  CredentialReplaced: {
    holds: ["credentialId", "subjectId", "resource", "provider", "generation", "scope", "refreshable", "storedAt", "expiresAt?", "rotated"],
    says: "A refresh succeeded and this generation counts; `rotated`: the provider gave another refresh token with it.",
  },
  CredentialBroken: {
    holds: ["credentialId", "subjectId", "resource", "provider", "generation", "reason", "brokenAt"],
    says: "Only the person can mend it, by connecting again.",
  },
  CredentialShredded: {
    holds: ["credentialId", "subjectId", "resource", "provider", "generation", "shreddedAt"],
    says: "Ciphertext and data key are deleted; the generation's number is never used again.",
  },
  KeyIntroduced: { holds: ["term"], says: "The vault can open what this operator key closed." },
  KeyPromoted: { holds: ["term"], says: "From here on this operator key closes." },
  KeyRetired: { holds: ["term"], says: "The operator took this key away; what it still closes stays closed until it comes back." },
  RefreshScheduled: { holds: ["credentialId", "provider", "generation", "expiresAt", "dueAt"], says: "This generation expires, and is refreshed when it is due. Never written for one without expiry." },
  RefreshStarted: {
    holds: ["credentialId", "provider", "generation", "attemptId", "epoch", "cause", "startedAt", "endsAt"],
    says: "One replica has the claim (`epoch`) and may ask the provider until `endsAt`; `cause` is `due`, or `asked` when the owner waits.",
  },
  RefreshSucceeded: {
    holds: ["credentialId", "provider", "generation", "attemptId", "clientId", "rotated?", "succeededAt"],
    says: "The vault has the new tokens, and `generation` is theirs; `rotated`: the provider gave another refresh token with them.",
  },
  RefreshFailed: {
    holds: ["credentialId", "provider", "generation", "attemptId", "failure", "failedAt", "retryAt?", "retryAfterAt?", "breakId?"],
    says: "The provider was not asked, or said no. Tried again at `retryAt`; without it the vault is told, under `breakId`, that the person has to connect again.",
  },
  RefreshUncertain: {
    holds: ["credentialId", "provider", "generation", "attemptId", "failedAt", "retryAt?", "breakId?"],
    says: "The provider was asked, and nobody knows what it did. Tried again only where the refresh token survives its use.",
  },
  RefreshAbandoned: {
    holds: ["credentialId", "generation", "reason"],
    says: "Nothing more is tried: the person connected anew (`superseded`), has to connect again (`broken`), the credential was deleted (`forgotten`), or does not expire now (`unscheduled`).",
  },
};

/** One sentence for everything that travels on the bus, by subject. */
export const messageSentences: Readonly<Record<string, string>> = {
  "mcpauth.auth.evt.v1.grant-issued": "A client got access.",
  "mcpauth.auth.evt.v1.grant-revoked": "Access ended: bridges deny the grant at once, cut its streams and end its children.",
  "mcpauth.auth.evt.v1.signing-key-activated": "Another key signs from now on.",
  "mcpauth.auth.evt.v1.heartbeat": "Every 5 s, where auth's log ends; a bridge that hears nothing for 30 s refuses every request. Never stored.",
  "mcpauth.auth.qry.v1.jwks": "The public keys with which access tokens may be signed now.",
  "mcpauth.auth.qry.v1.denylist": "Everything denied now, page by page (`next` is what to ask `after`), and the place in the log before the page was read.",
  "mcpauth.auth.qry.v1.verify-audit": "Reads the whole audit trail and names what is wrong with it; `noted` is a head from before.",
  "mcpauth.auth.qry.v1.read-feed": "Public events after a place in the log: how a consumer catches up.",
  "mcpauth.auth.qry.v1.users": "Who signed in, for the operator: the only message that holds a login.",
  "mcpauth.auth.cmd.v1.revoke": "Ends grants: one, a client's, a person's, or all.",
  "mcpauth.auth.cmd.v1.rotate-signing-key": "Makes a new signing key and retires the one before it.",
  "mcpauth.vault.qry.v1.sealing-keys": "The vault's public keys, the one to seal to first.",
  "mcpauth.vault.cmd.v1.wrap-auth-secret": "Closes a secret of auth's; `sealed` is a JWE that only the vault opens, the ciphertext is auth's to keep.",
  "mcpauth.vault.qry.v1.unwrap-auth-secret": "Opens what was closed for the same name and generation; the answer is sealed to a key made for this one question.",
  "mcpauth.auth.qry.v1.identity": "Who stands behind a living grant, with a signed assertion of it for the grant's own server; sealed to the asker.",
  "mcpauth.vault.cmd.v1.store-credential": "Keeps what a provider answered when a person signed in or connected.",
  "mcpauth.vault.cmd.v1.replace-credential": "Keeps what a provider answered to a refresh, for the generation that was refreshed and no other.",
  "mcpauth.vault.cmd.v1.break-credential": "Marks a credential that only its owner can mend, by connecting again.",
  "mcpauth.vault.cmd.v1.shred-credential": "Deletes ciphertext and data key of a credential.",
  "mcpauth.vault.cmd.v1.rotate-encryption-key": "Reads AUTH_ENCRYPTION_SECRET again and moves every wrapped key under its first key.",
  "mcpauth.vault.qry.v1.credentials-of": "What is kept for a person, and in which state it is; never the tokens.",
  "mcpauth.vault.qry.v1.lease-access-token": "The access token of the person whose own token comes with the question, sealed to the asker.",
  "mcpauth.vault.qry.v1.lease-refresh-token": "The refresh token of one generation for one attempt, sealed to the asker; only when it is due or its owner asked.",
  "mcpauth.vault.qry.v1.read-feed": "Public events of the vault after a place in its log.",
  "mcpauth.vault.qry.v1.feed-head": "Where the vault's log ends.",
  "mcpauth.vault.evt.v1.credential-stored": "A person connected an account to a server.",
  "mcpauth.vault.evt.v1.credential-replaced": "A refresh succeeded: leases of earlier generations end.",
  "mcpauth.vault.evt.v1.credential-broken": "A credential can not be refreshed any more: its owner has to connect again.",
  "mcpauth.vault.evt.v1.credential-shredded": "A credential was deleted beyond recovery.",
  "mcpauth.refresher.cmd.v1.refresh-now": "Refreshes a credential whose owner is waiting; one request to the provider, however many ask.",
  "mcpauth.refresher.evt.v1.refresh-failed": "A refresh did not succeed; with `retryAt` it is tried again then.",
};
