import type { Language } from "./language.ts";
import { stylesheet } from "./stylesheet.ts";
import { template } from "./template.ts";

/** A page without its frame. `body` is HTML that a template made, escaped already. */
export interface Frame {
  readonly language: Language;
  readonly title: string;
  readonly body: string;
  readonly wide?: boolean;
  /** Where the browser goes by itself, at once. */
  readonly refreshTo?: string;
}

const mark = `<svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M10 1.9 3.2 4.5v5.2c0 4 2.8 7.2 6.8 8.4 4-1.2 6.8-4.4 6.8-8.4V4.5z"/><circle cx="10" cy="8.6" r="1.7"/><path d="M10 10.3v3"/></svg>`;

const icon = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" fill="none" stroke="#2c8277" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d="M10 1.9 3.2 4.5v5.2c0 4 2.8 7.2 6.8 8.4 4-1.2 6.8-4.4 6.8-8.4V4.5z"/><path d="M10 7.6v5"/></svg>`,
)}`;

const html = template<{
  readonly language: string;
  readonly title: string;
  readonly body: string;
  readonly mainClass: string;
  readonly refresh: string | undefined;
  readonly style: string;
  readonly icon: string;
  readonly mark: string;
}>(`<!doctype html>
<html lang="<%= it.language %>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<% if (it.refresh !== undefined) { %>
<meta http-equiv="refresh" content="<%= it.refresh %>">
<% } %>
<title><%= it.title %></title>
<link rel="icon" href="<%= it.icon %>">
<style><%~ it.style %></style>
</head>
<body>
<p class="brand"><%~ it.mark %><span>mcp-auth-proxy</span></p>
<main class="<%= it.mainClass %>">
<%~ it.body %>
</main>
</body>
</html>
`);

/** The document around a page's body: language, title, style; no script, nothing loaded from elsewhere. */
export const renderFrame = ({ language, title, body, wide = false, refreshTo }: Frame): string =>
  html({
    language,
    title,
    body,
    mainClass: wide ? "wide" : "narrow",
    refresh: refreshTo === undefined ? undefined : `0;url=${refreshTo}`,
    style: stylesheet,
    icon,
    mark,
  });
