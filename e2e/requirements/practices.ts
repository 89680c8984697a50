import { auth, bridge, type Requirement, security } from "./requirement.ts";

const a16 = security("A16-token-for-another-audience-is-refused");
const a10 = security("A10-documents-come-from-public-addresses-only");
const noProviders = "Not yet: the gateway is nobody's OAuth client before there are identity providers and servers of others.";

/** The security best practices of MCP. */
export const practiceRequirements: readonly Requirement[] = [
  { id: "F1", asks: "Tokens of others are refused here, and ours go no further.", tests: [[a16, "%s is refused as access token"], [a16, "a token of another gateway is refused, and stays good there"], [a16, "never reaches the server behind"]] },
  { id: "F2", asks: "What is fetched is https, public, pinned to the address that was checked, and bounded.", tests: [[a10, "is not connected to: %s (%s)"], [a10, "is not left for another: no redirect is followed"], ["libs/http/test/outbound/outbound.int.test.ts", "is not connected to when the name leads there on a second question (rebinding)"]], because: "An egress proxy, which is optional, is not there yet." },
  { id: "F3", asks: "An operator's own servers may be at private addresses.", because: "Not yet: servers are commands, none has an address." },
  { id: "F4", asks: "Session ids are random, no authentication, and nobody else's: 404.", tests: [[bridge("routes/mcp.int"), "C07: are not found by another person, another client or with a made-up id, on any method"], [security("field-12-what-is-not-listed-is-not-found"), "field 12: of a session is 404 on every verb, to its owner and to everybody else"]] },
  { id: "F5", asks: "Handles of the stateless revision are bound to their person, and expire.", tests: [[bridge("relay/modern/request-states.unit"), "opens for the same person, client, server and request, and says nothing to anybody else"], [bridge("routes/modern-request-states.int"), "is refused for everybody else, for another request, changed, and after its time; and stays good meanwhile"]] },
  { id: "F6", asks: "Commands come from the operator, without a shell.", tests: [[security("C01-no-request-names-a-command"), "is started by nobody: not from a registration, a sign-in, a message or a header"], [bridge("children/supervisor.int"), "gets the arguments as they are, the folder and the environment it was given, and nothing of ours"]] },
  { id: "F7", asks: "A server's process may be confined.", tests: [["services/standalone/test/process.unit.test.ts", "lets only root name another user, one that exists and is not root"]], because: "Another user (CHILD_USER) is all there is; containers and limits on files are the operator's." },
  { id: "F8", asks: "Addresses of others are http(s), are opened by no shell, and no link runs code.", tests: [[security("A13-hostile-registrations-are-refused-marked-and-bounded"), "shows nobody its links, its logo or its markup, and asks for none of them"]], because: "Addresses of providers to sign in at come with providers." },
  { id: "F9", asks: "Pages run no script and allow none.", tests: [[auth("views/pages.unit"), "allow no script, no frame, no foreign form, and no copy in a cache"], ["e2e/scenarios/sign-in-pages.e2e.test.ts", "forbid script, framing, and forms to anybody else (A05)"]] },
  { id: "F10", asks: "As a client, answers are held to the issuer that was asked.", because: noProviders },
  { id: "F11", asks: "As a client of protected servers, the rules for clients are kept.", because: noProviders },
  { id: "F12", asks: "Scopes are the least, and more is asked for when it is needed.", tests: [[security("A20-scopes-are-the-least-and-can-be-left-out"), "A20 a client that names no scope is given the baseline, and the page says when access ends"], [auth("step-up.int"), "are granted when they are asked for and consented to, with what they include, and not before"]] },
  { id: "F13", asks: "The way back is shown, and loopback warned of.", tests: [[security("A09-an-app-on-this-device-is-never-let-in-unasked"), "A09 an approved client with an attacker's port is asked about, with a warning and the port, and gets nothing unasked"]] },
  { id: "F14", asks: "Addresses that people are asked to open carry nothing of theirs, and are for the same person.", because: "Not yet: the gateway asks nobody to open an address of its own; what a server asks is passed on as it is." },
  { id: "F15", asks: "Logs hold no token, code, secret or assertion.", tests: [[security("D01-planted-secrets-reach-no-sink"), "is in no log (%s, debug level), no file and no error page, while the gateway runs and after it"], [auth("grants/id-jag.int"), "is not in the log, nor on the log"]] },
];
