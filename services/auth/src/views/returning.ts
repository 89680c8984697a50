import { renderHost } from "./host.ts";
import { renderFrame } from "./layout.ts";
import type { ReturnPage } from "./models.ts";
import { template } from "./template.ts";
import { textsIn } from "./texts-in.ts";
import type { Texts } from "./texts.ts";

const body = template<{
  readonly text: Texts["returning"];
  readonly page: ReturnPage;
  readonly heading: string;
  readonly lead: string;
  readonly redirectHost: string;
  readonly stuck: string;
}>(`<h1><%= it.heading %></h1>
<p class="lead" role="status"><%= it.lead %></p>
<dl class="facts">
<div>
<dt><%= it.text.goesTo %></dt>
<dd class="target"><%~ it.redirectHost %></dd>
</div>
</dl>
<div class="actions single">
<a class="button primary" href="<%= it.page.target %>" rel="noreferrer"><%= it.text.continue %></a>
</div>
<p class="small"><%= it.stuck %></p>`);

/**
 * Takes the browser back to the app, as a page of its own: a redirect out of a form post is stopped by `form-action`
 * in Chromium, and an app that does not open would leave a blank tab. The target was matched against the registration before.
 */
export const renderReturning = (page: ReturnPage): string => {
  const { returning: text } = textsIn(page.language);
  const approved = page.outcome === "approved";
  const heading = approved ? text.approvedTitle : text.deniedTitle;
  return renderFrame({
    language: page.language,
    title: heading,
    refreshTo: page.target,
    body: body({
      text,
      page,
      heading,
      lead: approved ? text.approved : text.denied,
      redirectHost: renderHost(page.redirectHost),
      stuck: page.redirectKind === "private-use" ? text.stuckApp : text.stuck,
    }),
  });
};
