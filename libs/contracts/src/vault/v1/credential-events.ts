import { Type } from "typebox";
import { publicEvent } from "../../contract.ts";
import { BreakReason, CredentialFacts, CredentialIdText, Generation, ProviderText, ResourceText, SubjectIdText } from "./credential-fields.ts";

const which = {
  credentialId: CredentialIdText,
  subjectId: SubjectIdText,
  resource: ResourceText,
  provider: ProviderText,
  generation: Generation,
};

/** The person connected: what was leased before does not count any more. */
export const credentialStored = publicEvent("vault", "credential-stored", CredentialFacts);
/** A refresh succeeded: bridges drop what they leased of earlier generations. */
export const credentialReplaced = publicEvent("vault", "credential-replaced", CredentialFacts);
export const credentialBroken = publicEvent("vault", "credential-broken", Type.Object({ ...which, reason: BreakReason }));
export const credentialShredded = publicEvent("vault", "credential-shredded", Type.Object(which));
