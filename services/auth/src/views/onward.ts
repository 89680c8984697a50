import { renderFrame } from "./layout.ts";
import type { Language } from "./language.ts";
import { template } from "./template.ts";
import { textsIn } from "./texts-in.ts";

const body = template<{ readonly title: string; readonly goOn: string; readonly target: string }>(`<h1><%= it.title %></h1>
<div class="actions single"><a class="button primary" href="<%= it.target %>"><%= it.goOn %></a></div>`);

/** Goes on to a page of ours at once; the link is for browsers that do not. */
export const renderOnward = ({ language, target }: { readonly language: Language; readonly target: string }): string => {
  const { account: text } = textsIn(language);
  return renderFrame({ language, title: text.title, refreshTo: target, body: body({ title: text.title, goOn: text.goOn, target }) });
};
