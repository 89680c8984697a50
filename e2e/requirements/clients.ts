import { auth, type Citation, type Requirement, security } from "./requirement.ts";

const described = auth("clients/described-client.int");
const a10 = security("A10-documents-come-from-public-addresses-only");
const documents = auth("clients/client-documents.unit");
const documentRefused: Citation = [auth("validate/client-document.unit"), "is refused: %s"];
const notUsable: Citation = [described, "ends in a page of ours and no redirect, and a good one works right after: %s (A4.13)"];
const a13 = security("A13-hostile-registrations-are-refused-marked-and-bounded");

/** Clients: described by documents, and dynamically registered. */
export const clientRequirements: readonly Requirement[] = [
  { id: "A4.1", asks: "An https URL as client id means a document; ids of ours never look like one.", tests: [[auth("validate/client-id-url.unit"), "%j is looked for as a document: %s (A4.1)"], [described, "signs in without registering, and stays signed in (A4.1, A4.17)"]] },
  { id: "A4.2", asks: "The URL is https with a path, and without dot segments, fragment, userinfo; judged as it was sent.", tests: [[auth("validate/client-id-url.unit"), "%j is refused: %s (%s)"]] },
  { id: "A4.3", asks: "Only a 200 counts, and no redirect is followed.", tests: [notUsable, [a10, "is not left for another: no redirect is followed"]] },
  { id: "A4.4", asks: "Its host is public, checked on the address that is connected to; loopback only from loopback.", tests: [[a10, "is not connected to: %s (%s)"], ["libs/http/test/outbound/outbound.int.test.ts", "is not connected to when the name leads there on a second question (rebinding)"], [described, "a document on loopback is not asked for (A4.4)"]] },
  { id: "A4.5", asks: "Other URLs in it lead to no special address either.", tests: [[a10, "is the only one of a document that is asked for: none of its other URLs is, and none is shown"]] },
  { id: "A4.6", asks: "Fetches have a size, a time and a rate.", tests: [[documents, "are asked for with 5 KB and 5 s (A4.6)"], [documents, "are asked for 30 times a minute for one address, and others still may"], [a10, "may not keep a request waiting by sending slowly"]], because: "Documents are fetched before anybody signs in, as consent comes first here: the rates are what bounds it." },
  { id: "A4.7", asks: "It is JSON with client_id, client_name and redirect URIs.", tests: [documentRefused, notUsable] },
  { id: "A4.8", asks: "Its client_id is the very string that was asked for.", tests: [documentRefused] },
  { id: "A4.9", asks: "It has no secret and no method that needs one.", tests: [documentRefused] },
  { id: "A4.10", asks: "A client that says it signs has to, at the token endpoint.", tests: [[described, "has to prove itself at the token endpoint, at every use"], documentRefused] },
  { id: "A4.11", asks: "Only the document's redirect URIs count.", tests: [[described, "may use the redirect URIs of its document only (A4.11)"]] },
  { id: "A4.12", asks: "It is cached within bounds; failures are not.", tests: [[documents, "are not asked for again while fresh, and then are (A4.12)"], [documents, "are not remembered when they fail: %s (A12)"]] },
  { id: "A4.13", asks: "A document that can not be had ends on a page of ours.", tests: [notUsable] },
  { id: "A4.14", asks: "Consent shows both hosts, and warns of loopback; no picture comes from elsewhere.", tests: [[described, "is shown with the host of its document, with its name and with where it returns (A4.14, A09)"], [a10, "is the only one of a document that is asked for: none of its other URLs is, and none is shown"]] },
  { id: "A4.15", asks: "The operator may decide whom to trust.", tests: [[a10, "no document is announced or asked for, and a client that registers signs in"]], because: "On or off. A list of allowed domains, which is optional, is not there yet." },
  { id: "A4.16", asks: "A document that changed needs a new consent.", tests: [[described, "is asked about again once its document says something else, and not before (A4.16)"], [auth("accounts/consents.int"), "is for facts in any order, and not for other facts"], [described, "is held to the keys that its person consented to, until another consent"]] },
  { id: "A4.17", asks: "The token endpoint takes the URL too, and asks again when the document is stale.", tests: [[described, "asks for a document that is no longer fresh (A4.17)"], [described, "is what its document said when the person was asked, whatever it says afterwards"]] },
  { id: "A4.20", asks: "A registration is 201 with what is in effect, not to be stored; a secret only for who can keep it.", tests: [[auth("routes/register.unit"), "answers 201 with what is in effect, not to be stored"], [auth("routes/register.unit"), "tells the secret once, without an end, and keeps a fingerprint"]] },
  { id: "A4.21", asks: "Bad metadata is a named 400; what is unknown is passed over.", tests: [[auth("routes/register.unit"), "refuses %j as %s, keeps nothing, and a good one still works"], [auth("validate/client-metadata.unit"), "with %j is in effect %j: %s"]] },
  { id: "A4.22", asks: "No application_type is no reason to refuse loopback.", tests: [[auth("validate/client-metadata.unit"), "of $client keeps what may be used"], ["e2e/conformance/authorization-server.e2e.test.ts", "passes whole with a client that registered itself"]] },
  { id: "A4.23", asks: "Redirect URIs are https, loopback or of a listed scheme; dangerous ones never.", tests: [[auth("validate/redirect-uri.unit"), "refuses %j as %s: %s"], [auth("validate/redirect-uri.unit"), "accepts %s"], [a13, "with %s is refused, leaves nothing, and a good one still works"]] },
  { id: "A4.24", asks: "Registration is bounded, unused clients end, and what they say is hostile text.", tests: [[a13, "are held up for everybody together, say when to come back, and harm nobody who is there"], [a13, "that spoofs a name (%s) is shown in plain letters, as unverified, with the way back"], [auth("routes/register.unit"), "refuses beyond the quota %j, and goes on when rows have expired"]] },
  { id: "A4.25", asks: "The issuer is configuration and follows no header.", tests: [[security("A15-forged-host-headers-change-nothing"), "leave the issuer of the tokens alone"], [security("A15-forged-host-headers-change-nothing"), "%s does not get into a metadata document, and warms no cache"]] },
];
