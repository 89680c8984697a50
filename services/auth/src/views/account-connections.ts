import { formatTime } from "./duration.ts";
import { renderHost } from "./host.ts";
import type { AccountConnection, PageForm } from "./models.ts";
import { renderHiddenFields } from "./hidden-fields.ts";
import type { Language } from "./language.ts";
import { template } from "./template.ts";
import { textsIn } from "./texts-in.ts";
import type { Texts } from "./texts.ts";

interface ConnectionView {
  readonly server: string;
  readonly provider: string;
  readonly resource: string;
  readonly host: string;
  readonly isBad: boolean;
  readonly state: string;
  readonly expires: { readonly iso: string; readonly text: string } | undefined;
  readonly connect: string | undefined;
  readonly connectLabel: string;
  readonly canDisconnect: boolean;
  readonly disconnectLabel: string;
}

const section = template<{ readonly text: Texts["connections"]; readonly action: string; readonly hidden: string; readonly connections: readonly ConnectionView[] }>(`<section aria-labelledby="connections">
<h2 id="connections"><%= it.text.heading %></h2>
<p class="small"><%= it.text.note %></p>
<ul class="cards">
<% for (const each of it.connections) { %>
<li>
<p class="card-name"><bdi><%= each.server %></bdi></p>
<% if (each.isBad) { %>
<div class="notice bad"><%= each.state %></div>
<% } %>
<dl class="details">
<div><dt><%= it.text.account %></dt><dd><bdi><%= each.provider %></bdi></dd></div>
<div><dt><%= it.text.server %></dt><dd><%~ each.host %></dd></div>
<% if (!each.isBad) { %>
<div><dt><%= it.text.state %></dt><dd><%= each.state %></dd></div>
<% } %>
<% if (each.expires !== undefined) { %>
<div><dt><%= it.text.expires %></dt><dd><time datetime="<%= each.expires.iso %>"><%= each.expires.text %></time></dd></div>
<% } %>
</dl>
<form method="post" action="<%= it.action %>"><%~ it.hidden %>
<input type="hidden" name="resource" value="<%= each.resource %>">
<div class="pair">
<% if (each.connect !== undefined) { %>
<button class="button small-button<% if (each.isBad) { %> primary<% } %>" type="submit" name="action" value="connect" aria-label="<%= each.connectLabel %>"><%= each.connect %></button>
<% } %>
<% if (each.canDisconnect) { %>
<button class="button small-button" type="submit" name="action" value="disconnect" aria-label="<%= each.disconnectLabel %>"><%= it.text.disconnect %></button>
<% } %>
</div>
</form>
</li>
<% } %>
</ul>
</section>`);

const viewOf = (connection: AccountConnection, text: Texts["connections"], language: Language): ConnectionView => {
  const { server, provider, resource, status, expiresAt } = connection;
  const connect = status === "unlinked" ? text.connect : text.reconnect;
  return {
    server,
    provider,
    resource,
    host: renderHost(resource),
    isBad: status === "expired" || status === "broken" || status === "outdated",
    state: status === undefined ? text.unknown : text.states[status](provider),
    expires: expiresAt === undefined || status !== "connected" ? undefined : { iso: new Date(expiresAt).toISOString(), text: formatTime(expiresAt, language) },
    connect: status === undefined ? undefined : connect,
    connectLabel: `${connect}: ${provider}, ${server}`,
    canDisconnect: status !== undefined && status !== "unlinked",
    disconnectLabel: `${text.disconnect}: ${provider}, ${server}`,
  };
};

/** The accounts that servers need, each with its state and the way to mend or end it; nothing where no server needs one. */
export const renderConnections = (connections: readonly AccountConnection[], form: PageForm, language: Language): string => {
  if (connections.length === 0) return "";
  const { connections: text } = textsIn(language);
  return section({ text, action: form.action, hidden: renderHiddenFields(form), connections: connections.map((each) => viewOf(each, text, language)) });
};
