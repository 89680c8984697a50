import type { IncomingMessage, ServerResponse } from "node:http";
import type { Interaction, InteractionResult, Provider } from "oidc-provider";
import { readForm } from "./form-body.ts";
import { emailOf, nameOf, type OidcPerson, subjectOf } from "./oidc-person.ts";
import type { People } from "./people.ts";
import { peopleButtons, providerPage } from "./provider-page.ts";

export interface OidcInteractionParts {
  readonly provider: Provider;
  readonly people: People<OidcPerson>;
  /** Whether people grant a scope that was asked for. */
  readonly grants: (scope: string) => boolean;
}

const interactionPath = "/interaction/";

export const isInteraction = (path: string): boolean => path.startsWith(interactionPath);
export const interactionUrl = (uid: string): string => `${interactionPath}${uid}`;

/** The pages on which a person signs in and consents. */
export async function answerInteraction(parts: OidcInteractionParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const interaction = await parts.provider.interactionDetails(request, response);
  const form = request.method === "POST" ? await readForm(request) : undefined;
  const finish = (result: InteractionResult): Promise<void> => parts.provider.interactionFinished(request, response, result);
  if (form?.get("decision") === "cancel") return finish({ error: "access_denied", error_description: "End-User aborted interaction" });
  if (interaction.prompt.name !== "consent") {
    const person = chosenPerson(parts.people, interaction, form);
    if (person !== undefined) return finish({ login: { accountId: subjectOf(person) }, select_account: {} });
    return show(response, interaction, signInPage(parts.people));
  }
  // Who has just chosen their name has said yes with it; a session that was there before is asked.
  const agreed = form?.get("decision") === "allow" || interaction.lastSubmission?.login !== undefined || parts.people.signedIn !== undefined;
  if (agreed) return finish({ consent: { grantId: await grantOf(parts, interaction) } });
  return show(response, interaction, consentPage(interaction));
}

function chosenPerson(people: People<OidcPerson>, { params }: Interaction, form: URLSearchParams | undefined): OidcPerson | undefined {
  if (form !== undefined) return people.find(form.get("person") ?? undefined);
  const hint = params.login_hint;
  return people.find(people.signedIn) ?? people.all().find((person) => hint === person.login || hint === emailOf(person));
}

async function grantOf({ provider, grants }: OidcInteractionParts, { grantId, session, params, prompt }: Interaction): Promise<string> {
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = known ?? new provider.Grant({ accountId: session?.accountId ?? "", clientId: String(params.client_id) });
  const { missingOIDCScope, missingOIDCClaims } = prompt.details;
  for (const scope of strings(missingOIDCScope)) {
    if (grants(scope)) grant.addOIDCScope(scope);
    else grant.rejectOIDCScope(scope);
  }
  grant.addOIDCClaims(strings(missingOIDCClaims));
  return grant.save();
}

const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

interface Shown {
  readonly title: string;
  readonly lines: readonly string[];
  readonly buttons: ReturnType<typeof peopleButtons>;
}

const signInPage = (people: People<OidcPerson>): Shown => ({
  title: "Choose an account",
  lines: ["This provider exists for a test."],
  buttons: peopleButtons(people.all().map((person) => ({ login: person.login, name: nameOf(person) }))),
});

const consentPage = ({ params }: Interaction): Shown => ({
  title: "Allow access",
  lines: [`${String(params.client_id)} asks for: ${String(params.scope)}`],
  buttons: [
    { name: "decision", value: "allow", label: "Allow" },
    { name: "decision", value: "cancel", label: "Cancel" },
  ],
});

function show(response: ServerResponse, { uid }: Interaction, shown: Shown): void {
  const html = providerPage({ ...shown, action: interactionUrl(uid) });
  response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end(html);
}
