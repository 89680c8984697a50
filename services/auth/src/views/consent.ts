import { withIncluded } from "../validate/scope-catalogue.ts";
import { renderHiddenFields } from "./hidden-fields.ts";
import { renderHost } from "./host.ts";
import { renderFrame } from "./layout.ts";
import type { ConsentPage } from "./models.ts";
import { template } from "./template.ts";
import { textsIn } from "./texts-in.ts";
import type { Texts } from "./texts.ts";

/** One thing that the app will be able to do; a line with a field has a box that can be unticked. */
interface ScopeLine {
  readonly text: string;
  readonly field: string | undefined;
  /** What it includes, in words; undefined where that is nothing. */
  readonly onlyWith: string | undefined;
  /** Not among what was allowed before. */
  readonly isNew: boolean;
}

/** The name of a scope's box; it is posted while it is ticked. */
export const scopeField = (scope: string): string => `scope:${scope}`;

const scopeLines = (page: ConsentPage, text: Texts["consent"]): readonly ScopeLine[] => {
  // A scope without words of ours is shown as it is: never leave out something that is granted.
  const wordsFor = (scope: string): string => (Object.hasOwn(text.scopes, scope) ? (text.scopes[scope] ?? scope) : scope);
  return page.scopes.map((scope) => {
    const included = withIncluded([scope], page.catalogue ?? []);
    const others = page.scopes.filter((other) => other !== scope && included.has(other)).map(wordsFor);
    return {
      text: wordsFor(scope),
      field: page.optionalScopes?.includes(scope) === true ? scopeField(scope) : undefined,
      onlyWith: others.length === 0 ? undefined : text.onlyWith(others.join(", ")),
      isNew: page.allowedBefore !== undefined && !page.allowedBefore.includes(scope),
    };
  });
};

const beforeText = (lines: readonly ScopeLine[], page: ConsentPage, text: Texts["consent"]): string | undefined => {
  if (page.allowedBefore === undefined) return undefined;
  return lines.some(({ isNew }) => isNew) ? text.asksMore : text.allowedBefore;
};

const body = template<{
  readonly text: Texts["consent"];
  readonly page: ConsentPage;
  readonly heading: string;
  readonly scopes: readonly ScopeLine[];
  readonly before: string | undefined;
  readonly lasts: string;
  readonly describedBy: string | undefined;
  readonly redirectHost: string;
  readonly resource: string;
  readonly hiddenFields: string;
}>(`<h1><%= it.heading %></h1>
<p class="lead"><%= it.text.lead %></p>
<dl class="facts">
<div>
<dt><%= it.text.app %></dt>
<dd class="name"><bdi><%= it.page.clientName ?? it.text.nameless %></bdi> <span class="badge"><%= it.text.unverified %></span></dd>
<dd class="note"><%= it.text.unverifiedNote %></dd>
</div>
<% if (it.describedBy !== undefined) { %>
<div>
<dt><%= it.text.describedBy %></dt>
<dd class="target"><%~ it.describedBy %></dd>
</div>
<% } %>
<div>
<dt><%= it.text.returnsTo %></dt>
<dd class="target"><%~ it.redirectHost %></dd>
</div>
<div>
<dt><%= it.text.server %></dt>
<dd><%~ it.resource %></dd>
</div>
</dl>
<% if (it.page.redirectKind !== "https") { %>
<div class="notice" role="note"><strong><%= it.text.localApp %></strong> <%= it.text.localAppNote %></div>
<% } %>
<% if (it.before !== undefined) { %>
<p class="small"><%= it.before %></p>
<% } %>
<form method="post" action="<%= it.page.form.action %>">
<h2 id="scopes"><%= it.text.scopesHeading %></h2>
<ul class="scopes" aria-labelledby="scopes">
<% for (const scope of it.scopes) { %>
<% if (scope.field === undefined) { %>
<li><%= scope.text %><% if (scope.isNew) { %> <span class="badge new"><%= it.text.newScope %></span><% } %></li>
<% } else { %>
<li class="choice"><label><input type="checkbox" name="<%= scope.field %>" value="on" checked> <span><%= scope.text %><% if (scope.onlyWith !== undefined) { %> <span class="small">(<%= scope.onlyWith %>)</span><% } %><% if (scope.isNew) { %> <span class="badge new"><%= it.text.newScope %></span><% } %></span></label></li>
<% } %>
<% } %>
</ul>
<% if (it.page.optionalScopes !== undefined && it.page.optionalScopes.length > 0) { %>
<p class="small"><%= it.text.untick %></p>
<% } %>
<p class="small"><%= it.lasts %></p>
<%~ it.hiddenFields %>
<div class="actions">
<button class="button" type="submit" name="decision" value="deny"><%= it.text.deny %></button>
<button class="button primary" type="submit" name="decision" value="approve"><%= it.text.approve %></button>
</div>
</form>`);

/** Asks for a decision before anything is shared (A7.3, A05). Deny comes first: Enter and Tab reach it first. */
export const renderConsent = (page: ConsentPage): string => {
  const { consent: text } = textsIn(page.language);
  const scopes = scopeLines(page, text);
  return renderFrame({
    language: page.language,
    title: text.title,
    body: body({
      text,
      page,
      heading: text.heading(page.serverName),
      scopes,
      before: beforeText(scopes, page, text),
      lasts: text.lasts(page.accessLastsMs),
      describedBy: page.describedBy === undefined ? undefined : renderHost(page.describedBy),
      redirectHost: renderHost(page.redirectHost),
      resource: renderHost(page.resource),
      hiddenFields: renderHiddenFields(page.form),
    }),
  });
};
