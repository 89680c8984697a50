import { auth, type Citation, type Requirement, security } from "./requirement.ts";

const a08 = security("A08-every-answer-names-its-issuer");
const issuerOnError: Citation = [a08, "is on the error for %s, with the state, and nothing is recorded"];
const issuerOnSuccess: Citation = [a08, "is announced, and on a success equals the metadata's, byte for byte"];
const a16 = security("A16-token-for-another-audience-is-refused");
const a19 = security("A19-authorization-code-is-redeemed-once");
const matching: Citation = [auth("validate/redirect-uri.unit"), "registered %s, asked %s: %s (%s)"];
const anyPort: Citation = [auth("security/a06-redirect-uri.int"), "A06 any port of a loopback URI is the client's, and the token endpoint wants the very one that was used"];
const consents = auth("accounts/consents.int");
const consentPages = auth("security/a01-a05-consent.int");

/** The authorization endpoint, redirect URIs, and consent. */
export const authorizationRequirements: readonly Requirement[] = [
  { id: "A5.1", asks: "Codes only: no other response type.", tests: [issuerOnError] },
  { id: "A5.2", asks: "Every client sends an S256 challenge.", tests: [[security("A07-every-client-must-prove-its-code-challenge"), "a request %s is answered with an error to the client and no code"]] },
  { id: "A5.3", asks: "An unknown client or redirect URI ends on a page of ours; what comes after is told to the client.", tests: [[security("A06-unregistered-redirect-uri-gets-a-local-error-page"), "gets an error page of our own and no redirect: %s"], [auth("security/a06-redirect-uri.int"), "A06 an unknown client is answered here, whatever it asks for"], issuerOnError] },
  { id: "A5.4", asks: "Answers carry the issuer, good and bad ones.", tests: [issuerOnSuccess, issuerOnError, [a08, "is on a person's refusal, after which the same client may ask again"]] },
  { id: "A5.5", asks: "An unknown resource is invalid_target; spellings of ours are taken.", tests: [[a16, "a sign-in for %s gets invalid_target"], [auth("validate/resource.unit"), "%j: %#"]] },
  { id: "A5.6", asks: "No resource means the only server there is, and with several none.", tests: [[auth("security/a06-redirect-uri.int"), "A5.6 takes the only server there is where no resource is named"], [auth("security/a16-a18-issuing.int"), "A16 with several servers there is no token without naming one"]] },
  { id: "A5.7", asks: "The token endpoint keeps to the resource that was consented to.", tests: [[a16, "another resource at the token endpoint gets invalid_target, and the code and the refresh token stay good"]] },
  { id: "A5.8", asks: "A code counts once, briefly, for what it was made for; a second use ends what it gave.", tests: [[a19, "sent again is refused and ends every token that came from it"], [a19, "with %s is refused without a change and stays good"], [a19, "redeemed fifty times at once succeeds at most once, and then ends what it gave"]] },
  { id: "A5.9", asks: "state comes back as it was.", tests: [issuerOnSuccess, issuerOnError] },
  { id: "A5.10", asks: "More scope than there is gives less, and the answer says so.", tests: [[auth("validate/scope.unit"), "%j grants %j: %s"], [auth("sign-in.int"), "leads from registration through consent and password to tokens"]] },
  { id: "A6.1", asks: "Redirect URIs match byte for byte.", tests: [matching, [security("A06-unregistered-redirect-uri-gets-a-local-error-page"), "gets an error page of our own and no redirect: %s"]] },
  { id: "A6.2", asks: "On loopback the port is free, and nothing else.", tests: [matching, anyPort] },
  { id: "A6.3", asks: "That goes for localhost too, and no name of loopback stands for another.", tests: [matching] },
  { id: "A6.4", asks: "The token request names the redirect URI that was used.", tests: [anyPort] },
  { id: "A6.5", asks: "Nobody is sent on unasked but to an address that can be trusted.", tests: [[consents, "counts without a question where a page of ours leads there and the way back is https"], [security("A09-an-app-on-this-device-is-never-let-in-unasked"), "A09 an approved client with an attacker's port is asked about, with a warning and the port, and gets nothing unasked"]] },
  { id: "A7.1", asks: "Our own consent comes first, for each person and client.", tests: [[security("A01-the-consent-for-this-client-always-comes-first"), "A01 a person who is signed in and trusts one client is asked about an attacker's, and it gets no code without them"]] },
  { id: "A7.2", asks: "What was approved is kept here, for one client.", tests: [[consents, "counts without a question where a page of ours leads there and the way back is https"], [consents, "does not count for %s"]] },
  { id: "A7.3", asks: "The page shows who asks and where it leads, has a token, and can not be framed.", tests: [[consentPages, "A05 shows client, server, scope and the redirect's host, under headers that allow nothing else"], [consentPages, "A04 refuses a form that comes from $why"]], because: "Scopes at a third party will be on it when there are third parties." },
  { id: "A7.4", asks: "Cookies are __Host-, Secure, HttpOnly and Lax, and bound to the request.", tests: [[consentPages, "A05 uses __Host- cookies with Secure on https"], [security("A04-a-changed-or-foreign-sign-in-gives-no-code"), "A04 a token of another sign-in is refused, and one that is over is not opened again"]] },
  { id: "A7.5", asks: "What ties the browser to a sign-in is set at the approval, not before, and is good once.", tests: [[consentPages, "A02 sets the binding cookie at the approval and not before"], [consentPages, "gives one code, however often the last form is sent"]], because: "The state of a sign-in elsewhere comes with identity providers." },
  { id: "A7.6", asks: "A consent counts for its person, client, way back, scopes, server and what the client says.", tests: [[consents, "does not count for %s"], [consents, "shows what is new when more is asked for, and counts for all of it from then on"], [consents, "is for facts in any order, and not for other facts"]] },
  { id: "A7.7", asks: "No code leaves without a decision in this browser.", tests: [[consentPages, "A01 gives no code for a right password without a consent"], [security("A02-a-sign-in-ends-in-the-browser-that-approved-it"), "A02 the link that an attacker got by approving is refused in the victim's browser, with the password and without"]] },
];
