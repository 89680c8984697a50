import { auth, bridge, type Citation, type Requirement, security } from "./requirement.ts";

const protectedResource: Citation = [bridge("routes/metadata.int"), "at %j names the canonical resource and the issuer as it is, to everyone"];
const complete: Citation = [auth("routes/metadata.unit"), "says what works and nothing else"];
const places: Citation = [auth("routes/metadata.unit"), "of %s is the same bytes at %j (%s)"];
const noToken: Citation = [bridge("routes/admission.int"), "%s without a token is 401, names the metadata and the scope, and no error"];
const scopeMissing: Citation = [bridge("routes/admission.int"), "a token without the scope is 403 insufficient_scope, an expired one without it 401"];
const every401: Citation = [security("field-10-every-401-says-where-to-go"), "field 10: of %s %s names the metadata and the scope; without a token no error, with a bad one invalid_token"];

/** Protected resource metadata, authorization server metadata, and challenges. */
export const discoveryRequirements: readonly Requirement[] = [
  { id: "A1.1", asks: "The resource's metadata is at the well-known address with the endpoint's path in it.", tests: [protectedResource] },
  { id: "A1.2", asks: "The root form answers as well, or is 404.", tests: [protectedResource] },
  { id: "A1.3", asks: "It names an authorization server, byte for byte as that names itself.", tests: [protectedResource, [bridge("routes/metadata.int"), "has its metadata with the path inserted, and its endpoint under the path"]] },
  { id: "A1.4", asks: "Its resource is the canonical one: no fragment, no slash at the end.", tests: [protectedResource] },
  { id: "A1.5", asks: "It lists the least scopes only.", tests: [protectedResource] },
  { id: "A1.6", asks: "offline_access is neither in it nor in a challenge.", tests: [protectedResource, noToken] },
  { id: "A1.7", asks: "Tokens go in the header; the resource has a name; browsers may read it.", tests: [protectedResource, [bridge("routes/metadata.int"), "answers a preflight"]] },
  { id: "A1.8", asks: "No token is needed for it, and unknown paths are 404 in JSON.", tests: [[bridge("routes/metadata.int"), "at %j is 404 in JSON, never 401"], [security("field-12-what-is-not-listed-is-not-found"), "field 12: of protected resource metadata (%s) is 404 in JSON, not the document of the root"]] },
  { id: "A2.1", asks: "There is RFC 8414 metadata or OpenID discovery.", tests: [complete, places] },
  { id: "A2.2", asks: "Without a path in the issuer, both names say the same.", tests: [places] },
  { id: "A2.3", asks: "With a path in the issuer, all three places say the same.", tests: [places] },
  { id: "A2.4", asks: "Clients of 2025-03-26 find it at the root of the origin; a version header harms nothing.", tests: [places] },
  { id: "A2.5", asks: "The issuer is the same everywhere, without a slash that was not there.", tests: [places, [security("A08-every-answer-names-its-issuer"), "is the same in metadata, answers and tokens, without the slash"]] },
  { id: "A2.6", asks: "S256 is announced, in the OpenID form too.", tests: [[auth("routes/metadata.unit"), "lists S256 whatever else is allowed"], complete] },
  { id: "A2.7", asks: "That answers carry the issuer is announced.", tests: [[security("A08-every-answer-names-its-issuer"), "is announced, and on a success equals the metadata's, byte for byte"]] },
  { id: "A2.8", asks: "Client ID metadata documents are announced where they count.", tests: [complete, [auth("routes/metadata.unit"), "says nothing of client ID metadata documents when they are off"], ["e2e/conformance/authorization-server.e2e.test.ts", "passes whole with a client that a document on https describes"]] },
  { id: "A2.9", asks: "It has every endpoint and method that works; registration only where it is on.", tests: [complete, [auth("routes/metadata.unit"), "names no registration endpoint when registration is off"], ["e2e/conformance/authorization-server.e2e.test.ts", "passes whole with a client that registered itself"]] },
  { id: "A2.10", asks: "offline_access is announced here, and refresh_token among a client's grant types counts.", tests: [complete, [auth("sign-in.int"), "gives no refresh token to a client that did not register for one"]] },
  { id: "A2.11", asks: "With client credentials, the ways to prove oneself and their algorithms are announced.", tests: [complete, ["e2e/scenarios/operators-clients.e2e.test.ts", "are what the metadata speaks of"]] },
  { id: "A2.12", asks: "Everything is https, loopback apart.", tests: [[security("C13-default-is-loopback-with-sign-in"), "does not start on a public address of plain http"]] },
  { id: "A2.13", asks: "The OpenID form has what OpenID clients insist on.", tests: [complete, places] },
  { id: "A3.1", asks: "No token, or a bad one, is 401 on every method.", tests: [noToken, every401] },
  { id: "A3.2", asks: "The 401 names the resource's metadata.", tests: [noToken, every401] },
  { id: "A3.3", asks: "The 401 names the scope that is needed.", tests: [noToken, every401] },
  { id: "A3.4", asks: "No error where no token came, invalid_token where a bad one did.", tests: [every401] },
  { id: "A3.5", asks: "A good token without the scope is 403 insufficient_scope.", tests: [scopeMissing] },
  { id: "A3.6", asks: "All scopes that are missing are named at once.", tests: [scopeMissing], because: "There is one that can be missing, the baseline: the gateway does not know which tool needs which other." },
  { id: "A3.7", asks: "A scope that includes another is enough for it.", tests: [[auth("step-up.int"), "are granted when they are asked for and consented to, with what they include, and not before"]] },
  { id: "A3.8", asks: "Asking again with more gives one token with all of it.", tests: [[auth("step-up.int"), "A3.8 a second authorization with the union of scopes gives a token with all of them"]] },
  { id: "A3.9", asks: "A malformed authorization request is 400.", tests: [[auth("security/a06-redirect-uri.int"), "A06 a parameter that comes twice is refused"]] },
  { id: "A3.10", asks: "An expired token without the scope is 401, not 403.", tests: [scopeMissing] },
];
