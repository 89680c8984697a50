import { auth, type Requirement, security } from "./requirement.ts";

const a16 = security("A16-token-for-another-audience-is-refused");
const a17 = security("A17-refresh-replay-is-answered-within-its-window-only");

/** The token endpoint and its neighbours, and what changed between revisions. */
export const tokenRequirements: readonly Requirement[] = [
  { id: "A8.1", asks: "Tokens come as JSON that is not to be stored.", tests: [[auth("sign-in.int"), "leads from registration through consent and password to tokens"]] },
  { id: "A8.2", asks: "Errors are those of RFC 6749, with its statuses.", tests: [[auth("security/a14-client-authentication.int"), "is refused with %j %j as %s (%s), and its code stays good"], [security("A19-authorization-code-is-redeemed-once"), "with %s is invalid_request and stays good"], ["libs/http/test/oauth-error.unit.test.ts", "every code has its status"]] },
  { id: "A8.3", asks: "Access tokens live shortly.", tests: [[security("field-02-access-lasts-as-long-as-the-operator-says"), "field 2: is what the answer says, and a client that waits for the 401 gets on with its refresh token"]] },
  { id: "A8.4", asks: "Refresh tokens rotate, and a reuse ends the family after a short grace.", tests: [[a17, "ends the whole family: its access tokens and its newest refresh token"], [a17, "twenty times at once gets twenty identical answers and one successor"]] },
  { id: "A8.5", asks: "Refresh tokens go to those who ask, and to older clients, who never do.", tests: [[auth("sign-in.int"), "leads from registration through consent and password to tokens"], [auth("sign-in.int"), "gives no refresh token to a client that did not register for one"], [auth("accounts/consents.int"), "A20 gives what stayed ticked and no more: unticked to stay connected means no refresh token"]] },
  { id: "A8.6", asks: "A token of ours is tied to the third party's that stands behind it.", because: "Not yet: there are no accounts at third parties." },
  { id: "A8.7", asks: "Revoking an unknown token is 200; revoking a refresh token ends its access tokens.", tests: [[auth("security/a17-refresh-replay.int"), "a token that nobody knows is 200, as RFC 7009 wants"], [security("field-06-installations-of-one-described-client-stand-alone"), "field 6: a sign-in of one installation, its end and its misuse do not touch another with the same client id"]] },
  { id: "A8.8", asks: "Introspection is for who proves itself, and tells others no more than inactive.", tests: [[auth("routes/introspect.int"), "answers nobody who does not prove who they are, and changes nothing"], [auth("routes/introspect.int"), "says no more than that it is not active: to a client about the token of another, about a refresh token to a server, about anything else"]] },
  { id: "A8.9", asks: "Tokens are in no query, no log, and nowhere at rest as they are.", tests: [[a16, "a token in the query is no token"], [security("D01-planted-secrets-reach-no-sink"), "is in no log (%s, debug level), no file and no error page, while the gateway runs and after it"], [auth("custody/at-rest.int"), "keeps no token, code, password or private key in any file, event or log line"]] },
  { id: "A8.10", asks: "Access tokens are those of RFC 9068, for one audience.", tests: [[auth("sign-in.int"), "issues access tokens as RFC 9068 says, verifiable with the JWKS of the bus"], [auth("security/a16-a18-issuing.int"), "A16 has the server that was consented to as its only audience, in the canonical spelling"]] },
  { id: "A9", asks: "Clients of every revision with sign-in find their way.", tests: [[auth("routes/metadata.unit"), "of %s is the same bytes at %j (%s)"], [a16, "one slash more, or no resource at all, means our one server"]] },
];
