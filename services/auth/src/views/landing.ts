import { renderFrame } from "./layout.ts";
import type { LandingPage } from "./models.ts";
import { template } from "./template.ts";
import { textsIn } from "./texts-in.ts";
import type { Texts } from "./texts.ts";

const body = template<{
  readonly text: Texts["landing"];
  readonly page: LandingPage;
  readonly heading: string;
  readonly cursorEntry: string;
  readonly visualStudioCodeEntry: string;
}>(`<h1><%= it.heading %></h1>
<p class="lead"><%= it.text.lead %></p>
<h2><%= it.text.address %></h2>
<pre translate="no"><code><%= it.page.mcpUrl %></code></pre>
<h2>Claude Code</h2>
<pre translate="no"><code>claude mcp add --transport http <%= it.page.shortName %> <%= it.page.mcpUrl %></code></pre>
<h2>Cursor</h2>
<pre translate="no"><code><%= it.cursorEntry %></code></pre>
<h2>VS Code</h2>
<pre translate="no"><code>code --add-mcp '<%= it.visualStudioCodeEntry %>'</code></pre>
<h2><%= it.text.others %></h2>
<pre translate="no"><code>npx mcp-remote <%= it.page.mcpUrl %></code></pre>
<p class="small"><%= it.text.note %></p>`);

/** The answer to a person who opens an MCP address in a browser: a bare 401 looks like something broken. */
export const renderLanding = (page: LandingPage): string => {
  const { landing: text } = textsIn(page.language);
  const { shortName, mcpUrl } = page;
  return renderFrame({
    language: page.language,
    title: text.title(page.serverName),
    wide: true,
    body: body({
      text,
      page,
      heading: text.title(page.serverName),
      cursorEntry: JSON.stringify({ mcpServers: { [shortName]: { url: mcpUrl } } }, undefined, 2),
      visualStudioCodeEntry: JSON.stringify({ name: shortName, type: "http", url: mcpUrl }),
    }),
  });
};
