import { renderHost } from "./host.ts";
import { renderFrame } from "./layout.ts";
import type { LeavingPage } from "./models.ts";
import { template } from "./template.ts";
import { textsIn } from "./texts-in.ts";
import type { Texts } from "./texts.ts";

const body = template<{
  readonly text: Texts["leaving"];
  readonly heading: string;
  readonly lead: string;
  readonly target: string;
  readonly host: string;
}>(`<h1><%= it.heading %></h1>
<p class="lead" role="status"><%= it.lead %></p>
<dl class="facts">
<div>
<dt><%= it.text.goesTo %></dt>
<dd class="target"><%~ it.host %></dd>
</div>
</dl>
<div class="actions single"><a class="button primary" href="<%= it.target %>" rel="noreferrer"><%= it.text.goOn %></a></div>
<p class="small"><%= it.text.stuck %></p>`);

/** Takes the browser to a provider, as a page of its own: a redirect out of a form post is stopped by `form-action` in Chromium. */
export const renderLeaving = ({ language, provider, server, target }: LeavingPage): string => {
  const { leaving: text } = textsIn(language);
  const heading = text.heading(provider);
  const lead = server === undefined ? text.signIn : text.connect(server);
  return renderFrame({ language, title: heading, refreshTo: target, body: body({ text, heading, lead, target, host: renderHost(new URL(target).host) }) });
};
