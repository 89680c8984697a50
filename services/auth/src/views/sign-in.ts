import { ownerLogin } from "../accounts/owner-login.ts";
import { formatUtcTime } from "./duration.ts";
import { renderHiddenFields } from "./hidden-fields.ts";
import { renderHost } from "./host.ts";
import { renderFrame } from "./layout.ts";
import type { SignInPage, SignInProblem } from "./models.ts";
import { template } from "./template.ts";
import { textsIn } from "./texts-in.ts";
import type { Texts } from "./texts.ts";


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
  readonly providers: readonly { readonly href: string; readonly label: string }[];
  readonly password: { readonly action: string; readonly hidden: string } | undefined;
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
<% if (it.providers.length > 0) { %>
<div class="providers">
<% for (const provider of it.providers) { %>
<a class="button" href="<%= provider.href %>"><%= provider.label %></a>
<% } %>
</div>
<% } %>
<% if (it.password !== undefined) { %>
<% if (it.providers.length > 0) { %>
<p class="or"><span><%= it.text.or %></span></p>
<% } %>
<form method="post" action="<%= it.password.action %>">
<%~ it.password.hidden %>
<input type="text" name="username" value="<%= it.login %>" autocomplete="username" hidden>
<div class="field">
<label for="password"><%= it.text.password %></label>
<input type="password" id="password" name="password" autocomplete="current-password" required maxlength="1024"<% if (it.providers.length === 0) { %> autofocus<% } %><% if (it.notice !== undefined) { %> aria-invalid="true" aria-describedby="problem"<% } %>>
</div>
<div class="actions single">
<button class="button primary" type="submit"><%= it.text.submit %></button>
</div>
</form>
<% } %>`);

/** Asks who it is, after the consent: by a provider, or by the password. The form stays while it is locked: it works again once the time is over. */
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
      providers: page.providers.map(({ name, href }) => ({ href, label: text.with(name) })),
      password: page.form === undefined ? undefined : { action: page.form.action, hidden: renderHiddenFields(page.form) },
    }),
  });
};
