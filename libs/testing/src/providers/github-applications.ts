import type { IncomingMessage } from "node:http";
import { type ApiAnswer, problem } from "./api-answer.ts";
import { basicCredentials } from "./basic-credentials.ts";
import { readForm } from "./form-body.ts";
import { githubId } from "./github-person.ts";
import { type GithubState, personById } from "./github-state.ts";

/** `/applications/{client_id}/token` and `/grant`: an application looks after its own tokens, with its id and secret as Basic. */
export async function githubApplications(state: GithubState, request: IncomingMessage, path: string): Promise<ApiAnswer> {
  const [, , clientId = "", part = ""] = path.split("/");
  const given = basicCredentials(request.headers.authorization);
  const application = state.applications.get(decodeURIComponent(clientId));
  const secret = application?.clientSecret;
  if (secret === undefined || given?.clientId !== application?.clientId || given?.clientSecret !== secret) return problem(401, "Bad credentials");
  const value = (await readForm(request)).get("access_token");
  if (value === null) return problem(422, "Validation Failed");
  const token = state.records.liveToken(value);
  if (token === undefined || token.clientId !== application?.clientId) return problem(404, "Not Found");
  switch (`${request.method} ${part}`) {
    case "POST token": {
      const person = personById(state, token.personId);
      const { id, scopes, createdAt } = token;
      const user = person === undefined ? null : { login: person.login, id: githubId(person) };
      return { status: 200, body: { id, token: value, scopes, user, created_at: new Date(createdAt).toISOString(), app: { client_id: token.clientId } } };
    }
    case "DELETE token":
      state.records.revokeToken(token);
      return { status: 204 };
    case "DELETE grant":
      state.records.revokeAuthorization(token);
      return { status: 204 };
    default:
      return problem(404, "Not Found");
  }
}
