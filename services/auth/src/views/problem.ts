import { renderFrame } from "./layout.ts";
import type { ErrorPage, PageProblem } from "./models.ts";
import { template } from "./template.ts";
import { textsIn } from "./texts-in.ts";
import type { ProblemTexts } from "./texts.ts";

/** The HTTP status that each page goes out with. */
export const problemStatus: Readonly<Record<PageProblem, number>> = {
  "unknown-client": 400,
  "client-document": 400,
  "redirect-mismatch": 400,
  "bad-request": 400,
  expired: 400,
  "other-browser": 403,
  "not-allowed": 403,
  "foreign-host": 403,
  "too-many": 429,
  unavailable: 503,
  internal: 500,
};

const body = template<{
  readonly text: ProblemTexts;
  readonly label: string;
  readonly reference: string;
}>(`<h1><%= it.text.title %></h1>
<p class="lead"><%= it.text.happened %></p>
<p><%= it.text.todo %></p>
<p class="reference"><%= it.label %>: <code translate="no"><%= it.reference %></code></p>`);

/** Says what to do, and nothing about why: which check failed is in the log, under the reference. */
export const renderProblem = (page: ErrorPage): string => {
  const texts = textsIn(page.language);
  const text = texts.problems[page.problem];
  return renderFrame({
    language: page.language,
    title: text.title,
    body: body({ text, label: texts.reference, reference: page.reference }),
  });
};
