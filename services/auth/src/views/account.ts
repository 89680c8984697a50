import { renderConnections } from "./account-connections.ts";
import { formatTime } from "./duration.ts";
import { renderHiddenFields } from "./hidden-fields.ts";
import { renderHost } from "./host.ts";
import { renderFrame } from "./layout.ts";
import type { AccountPage } from "./models.ts";
import { template } from "./template.ts";
import { textsIn } from "./texts-in.ts";
import type { Texts } from "./texts.ts";

interface Moment {
  readonly iso: string;
  readonly text: string;
}

interface AppView {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly server: string;
  readonly scopes: string;
  readonly since: Moment;
  readonly lastUsed: Moment;
  readonly clientId: string;
  readonly resource: string;
  readonly endLabel: string;
}

interface SessionView {
  readonly browser: string;
  readonly isThis: boolean;
  readonly started: Moment;
  readonly lastSeen: Moment;
  readonly sessionId: string;
  readonly endLabel: string;
}

interface ActivityView {
  readonly moment: Moment;
  readonly text: string;
  /** Whom or what it is about, where it is about somebody or something. */
  readonly about: string | undefined;
}

const body = template<{
  readonly text: Texts["account"];
  readonly labels: Texts["consent"];
  readonly action: string;
  readonly hidden: string;
  readonly login: string;
  readonly apps: readonly AppView[];
  readonly connections: string;
  readonly sessions: readonly SessionView[];
  readonly activity: readonly ActivityView[];
}>(`<h1><%= it.text.title %></h1>
<p class="lead"><%= it.text.signedInAs %> <bdi class="who"><%= it.login %></bdi></p>
<form method="post" action="<%= it.action %>"><%~ it.hidden %>
<div class="actions single"><button class="button" type="submit" name="action" value="sign-out"><%= it.text.signOut %></button></div>
</form>

<%~ it.connections %>

<section aria-labelledby="apps">
<h2 id="apps"><%= it.text.apps %></h2>
<% if (it.apps.length === 0) { %>
<p class="small"><%= it.text.noApps %></p>
<% } else { %>
<p class="small"><%= it.text.appsNote %></p>
<ul class="cards">
<% for (const app of it.apps) { %>
<li>
<p class="card-name"><bdi><%= app.name %></bdi> <span class="badge warn"><%= it.labels.unverified %></span></p>
<dl class="details">
<div><dt><%= it.labels.returnsTo %></dt><dd><% for (const host of app.hosts) { %><%~ host %> <% } %></dd></div>
<div><dt><%= it.labels.server %></dt><dd><%~ app.server %></dd></div>
<div><dt><%= it.text.scopes %></dt><dd><%= app.scopes %></dd></div>
<div><dt><%= it.text.since %></dt><dd><time datetime="<%= app.since.iso %>"><%= app.since.text %></time></dd></div>
<div><dt><%= it.text.lastUsed %></dt><dd><time datetime="<%= app.lastUsed.iso %>"><%= app.lastUsed.text %></time></dd></div>
</dl>
<form method="post" action="<%= it.action %>"><%~ it.hidden %>
<input type="hidden" name="client_id" value="<%= app.clientId %>">
<input type="hidden" name="resource" value="<%= app.resource %>">
<button class="button small-button" type="submit" name="action" value="end-app" aria-label="<%= app.endLabel %>"><%= it.text.endApp %></button>
</form>
</li>
<% } %>
</ul>
<form method="post" action="<%= it.action %>"><%~ it.hidden %>
<div class="actions single"><button class="button" type="submit" name="action" value="end-apps"><%= it.text.endApps %></button></div>
</form>
<% } %>
</section>

<section aria-labelledby="sessions">
<h2 id="sessions"><%= it.text.sessions %></h2>
<ul class="cards">
<% for (const session of it.sessions) { %>
<li>
<p class="card-name"><%= session.browser %><% if (session.isThis) { %> <span class="badge new"><%= it.text.thisBrowser %></span><% } %></p>
<dl class="details">
<div><dt><%= it.text.signedInAt %></dt><dd><time datetime="<%= session.started.iso %>"><%= session.started.text %></time></dd></div>
<div><dt><%= it.text.lastUsed %></dt><dd><time datetime="<%= session.lastSeen.iso %>"><%= session.lastSeen.text %></time></dd></div>
</dl>
<% if (!session.isThis) { %>
<form method="post" action="<%= it.action %>"><%~ it.hidden %>
<input type="hidden" name="session_id" value="<%= session.sessionId %>">
<button class="button small-button" type="submit" name="action" value="end-session" aria-label="<%= session.endLabel %>"><%= it.text.endSession %></button>
</form>
<% } %>
</li>
<% } %>
</ul>
<% if (it.sessions.length > 1) { %>
<form method="post" action="<%= it.action %>"><%~ it.hidden %>
<div class="actions single"><button class="button" type="submit" name="action" value="end-other-sessions"><%= it.text.endOthers %></button></div>
</form>
<% } %>
<form method="post" action="<%= it.action %>"><%~ it.hidden %>
<p class="choice"><label><input type="checkbox" name="apps" value="on"> <span><%= it.text.alsoApps %></span></label></p>
<div class="actions single"><button class="button" type="submit" name="action" value="sign-out-everywhere"><%= it.text.signOutEverywhere %></button></div>
</form>
</section>

<section aria-labelledby="activity">
<h2 id="activity"><%= it.text.activity %></h2>
<ul class="log">
<% for (const each of it.activity) { %>
<li><time datetime="<%= each.moment.iso %>"><%= each.moment.text %></time> <span><%= each.text %><% if (each.about !== undefined) { %>: <bdi><%= each.about %></bdi><% } %></span></li>
<% } %>
</ul>
</section>`);

/** What a person gave to whom, where they are signed in, and what happened lately; each with the way to end it. */
export const renderAccount = (page: AccountPage): string => {
  const { account: text, consent: labels } = textsIn(page.language);
  const moment = (at: number): Moment => ({ iso: new Date(at).toISOString(), text: formatTime(at, page.language) });
  const words = (scope: string): string => (Object.hasOwn(labels.scopes, scope) ? (labels.scopes[scope] ?? scope) : scope);
  const nameOf = (clientName: string | undefined): string => clientName ?? labels.nameless;
  return renderFrame({
    language: page.language,
    title: text.title,
    wide: true,
    body: body({
      text,
      labels,
      action: page.form.action,
      hidden: renderHiddenFields(page.form),
      login: page.login,
      apps: page.apps.map((app) => ({
        name: nameOf(app.clientName),
        hosts: app.hosts.map(renderHost),
        server: renderHost(app.resource),
        scopes: app.scopes.map(words).join(", "),
        since: moment(app.since),
        lastUsed: moment(app.lastUsedAt),
        clientId: app.clientId,
        resource: app.resource,
        endLabel: `${text.endApp}: ${nameOf(app.clientName)}`,
      })),
      connections: renderConnections(page.connections, page.form, page.language),
      sessions: page.sessions.map((session) => ({
        browser: session.browser === "" ? text.unknownBrowser : session.browser,
        isThis: session.isThis,
        started: moment(session.startedAt),
        lastSeen: moment(session.lastSeenAt),
        sessionId: session.sessionId,
        endLabel: `${text.endSession}: ${session.browser === "" ? text.unknownBrowser : session.browser}`,
      })),
      activity: page.activity.map(({ at, kind, app, ours }) => ({ moment: moment(at), text: text.facts[kind], about: app ?? ours })),
    }),
  });
};
