import { formatUtcTime } from "./duration.ts";
import { renderHiddenFields } from "./hidden-fields.ts";
import { renderHost } from "./host.ts";
import { renderFrame } from "./layout.ts";
import type { SignInPage, SignInProblem } from "./models.ts";
import { template } from "./template.ts";
import { textsIn } from "./texts-in.ts";
import type { Texts } from "./texts.ts";

/** The one login of a gateway with a shared password. Password managers need a name to keep it under. */
const ownerLogin = "owner";

interface Notice {
  readonly strong: string | undefined;
  readonly text: string;
}

const noticeOf = (problem: SignInProblem | undefined, text: Texts["signIn"]): Notice | undefined => {
  switch (problem?.kind) {
    case undefined:
      return undefined;
    case "wrong-password":
      return { strong: undefined, text: text.wrongPassword };
    case "empty-password":
      return { strong: undefined, text: text.emptyPassword };
    case "locked":
      return { strong: text.locked, text: text.unlocks(problem.unlocksAt - problem.now, formatUtcTime(problem.unlocksAt)) };
    default:
      return problem satisfies never;
  }
};

const body = template<{
  readonly text: Texts["signIn"];
  readonly labels: Texts["consent"];
  readonly page: SignInPage;
  readonly lead: string;
  readonly notice: Notice | undefined;
  readonly login: string;
  readonly redirectHost: string;
  readonly hiddenFields: string;
}>(`<h1><%= it.text.heading %></h1>
<p class="lead"><%= it.lead %></p>
<% if (it.page.app !== undefined) { %>
<dl class="facts">
<div>
<dt><%= it.labels.app %></dt>
<dd class="name"><bdi><%= it.page.app.clientName ?? it.labels.nameless %></bdi> <span class="badge"><%= it.labels.unverified %></span></dd>
<dd class="note"><%~ it.redirectHost %></dd>
</div>
</dl>
<% } %>
<% if (it.notice !== undefined) { %>
<div class="notice bad" role="alert" id="problem"><% if (it.notice.strong !== undefined) { %><strong><%= it.notice.strong %></strong> <% } %><%= it.notice.text %></div>
<% } %>
<form method="post" action="<%= it.page.form.action %>">
<%~ it.hiddenFields %>
<input type="text" name="username" value="<%= it.login %>" autocomplete="username" hidden>
<div class="field">
<label for="password"><%= it.text.password %></label>
<input type="password" id="password" name="password" autocomplete="current-password" required maxlength="1024" autofocus<% if (it.notice !== undefined) { %> aria-invalid="true" aria-describedby="problem"<% } %>>
</div>
<div class="actions single">
<button class="button primary" type="submit"><%= it.text.submit %></button>
</div>
</form>`);

/** Asks for the password, after the consent. The form stays while it is locked: it works again once the time is over. */
export const renderSignIn = (page: SignInPage): string => {
  const { signIn: text, consent: labels } = textsIn(page.language);
  return renderFrame({
    language: page.language,
    title: text.title,
    body: body({
      text,
      labels,
      page,
      lead: page.app === undefined ? text.accountLead : text.lead(page.serverName),
      notice: noticeOf(page.problem, text),
      login: ownerLogin,
      redirectHost: page.app === undefined ? "" : renderHost(page.app.redirectHost),
      hiddenFields: renderHiddenFields(page.form),
    }),
  });
};
