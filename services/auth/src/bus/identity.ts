import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { AppError, authV1 } from "@mcp-auth-proxy/contracts";
import { sealTo } from "@mcp-auth-proxy/crypto";
import { personalDataOf } from "../custody/subjects.ts";
import { subjectId } from "../domain/ids.ts";
import type { AuthParts } from "../parts.ts";
import { findGrant } from "../read-models/grants.ts";
import { issueIdentityAssertion } from "../tokens/identity-assertion.ts";

/** A service that came with its own credentials (RFC 6749 section 4.4) is nobody with a name. */
const namesOf = async ({ store, keys }: AuthParts, id: string): Promise<Pick<authV1.Identity, "email" | "preferred_username">> => {
  const person = await personalDataOf(store.sql, keys, subjectId(id));
  const email = person?.facts?.email;
  return { ...(email === undefined ? {} : { email }), ...(person === undefined ? {} : { preferred_username: person.name }) };
};

/**
 * Says to a bridge who stands behind a grant, for the server of that grant. The id of a living grant is what proves that
 * the bridge has seen a token of it: who has none learns of nobody.
 */
export const serveIdentity = (messenger: Messenger, parts: AuthParts): readonly Subscription[] => [
  messenger.serve(authV1.identity, async ({ grantId, resource, replyKey }) => {
    const { config, store, clock, signingKeys } = parts;
    const grant = await findGrant(store.sql, grantId);
    if (grant?.active !== true || grant.resource !== resource) throw new AppError("refused", "no living grant of this resource");
    const names = await namesOf(parts, grant.subjectId);
    const { assertion, expiresAt } = await issueIdentityAssertion(signingKeys.active(), {
      issuer: config.issuer,
      resource,
      subjectId: grant.subjectId,
      clientId: grant.clientId,
      ...(names.email === undefined ? {} : { email: names.email }),
      ...(names.preferred_username === undefined ? {} : { preferredUsername: names.preferred_username }),
      now: clock.now(),
    });
    const identity: authV1.Identity = { sub: grant.subjectId, ...names, assertion: assertion.reveal(), expiresAt };
    return { sealed: await sealTo(replyKey, Buffer.from(JSON.stringify(identity), "utf8")) };
  }),
];
