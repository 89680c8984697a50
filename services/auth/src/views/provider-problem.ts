import { renderHiddenFields } from "./hidden-fields.ts";
import { renderFrame } from "./layout.ts";
import type { ProviderProblem, ProviderProblemPage } from "./models.ts";
import { template } from "./template.ts";
import { textsIn } from "./texts-in.ts";
import type { Texts } from "./texts.ts";

/** The HTTP status that each page goes out with. */
export const providerProblemStatus: Readonly<Record<ProviderProblem, number>> = {
  unavailable: 503,
  declined: 403,
  failed: 400,
  "not-allowed": 403,
  "not-for-server": 403,
  "other-account": 403,
  "not-stored": 503,
};

const body = template<{
  readonly text: Texts["atProvider"];
  readonly title: string;
  readonly happened: string;
  readonly todo: string;
  readonly account: string | undefined;
  readonly retry: string;
  readonly another: string | undefined;
  readonly deny: { readonly action: string; readonly hidden: string } | undefined;
  readonly label: string;
  readonly reference: string;
}>(`<h1><%= it.title %></h1>
<p class="lead"><%= it.happened %></p>
<% if (it.account !== undefined) { %>
<dl class="facts">
<div>
<dt><%= it.text.account %></dt>
<dd class="name"><bdi><%= it.account %></bdi></dd>
</div>
</dl>
<% } %>
<p><%= it.todo %></p>
<div class="actions single"><% if (it.another !== undefined) { %><a class="button primary" href="<%= it.another %>"><%= it.text.another %></a><% } else { %><a class="button primary" href="<%= it.retry %>"><%= it.text.retry %></a><% } %></div>
<% if (it.deny !== undefined) { %>
<form method="post" action="<%= it.deny.action %>"><%~ it.deny.hidden %>
<div class="actions single second"><button class="button" type="submit" name="decision" value="deny"><%= it.text.giveUp %></button></div>
</form>
<% } %>
<p class="reference"><%= it.label %>: <code translate="no"><%= it.reference %></code></p>`);

/** Of these, another account is the way on; for the rest it is another try. */
const needsAnother: ReadonlySet<ProviderProblem> = new Set(["not-allowed", "not-for-server", "other-account"]);

/** Says what happened at a provider and what to do now. Which check failed is in the log, under the reference. */
export const renderProviderProblem = (page: ProviderProblemPage): string => {
  const { language, provider, problem, account, retry, another, deny, reference } = page;
  const texts = textsIn(language);
  const { title, happened, todo } = texts.atProvider.problems[problem](provider);
  return renderFrame({
    language,
    title,
    body: body({
      text: texts.atProvider,
      title,
      happened,
      todo,
      account,
      retry,
      another: needsAnother.has(problem) ? another : undefined,
      deny: deny === undefined ? undefined : { action: deny.action, hidden: renderHiddenFields(deny) },
      label: texts.reference,
      reference,
    }),
  });
};
