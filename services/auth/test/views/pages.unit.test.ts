import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { renderConsent } from "../../src/views/consent.ts";
import type { Language } from "../../src/views/language.ts";
import type { PageProblem } from "../../src/views/models.ts";
import { pageHeaders } from "../../src/views/page-headers.ts";
import { problemStatus, renderProblem } from "../../src/views/problem.ts";
import { renderReturning } from "../../src/views/returning.ts";
import { renderSignIn } from "../../src/views/sign-in.ts";
import { consentPage, everyPage, returnPage, signInPage } from "./samples.ts";

const languages: readonly Language[] = ["en", "ko"];
const pages = languages.flatMap((language) => everyPage(language).map(([name, html]) => ({ language, name, html })));
/** What lies inside of a page's forms, in order: name and value of each field, name, value and words of each button. */
const fieldsIn = (html: string): readonly (readonly string[])[] =>
  [...html.matchAll(/<input [^>]*name="([^"]*)"(?: value="([^"]*)")?/g)].map(([, name = "", value = ""]) => [name, value]);
const buttonsIn = (html: string): readonly (readonly string[])[] =>
  [...html.matchAll(/<button [^>]*name="([^"]*)" value="([^"]*)">([^<]*)</g)].map(([, ...parts]) => parts);
const bodyOf = (html: string): string => html.slice(html.indexOf("<body>"));
const textOf = (html: string): string => html.replace(/<(style|title)>[^]*?<\/\1>/g, "").replace(/<[^>]*>/g, "");

describe("every page", () => {
  it.each(pages)("$name in $language says its language and has one heading and one title", ({ language, html }) => {
    expect(html).toMatch(new RegExp(`^<!doctype html>\\n<html lang="${language}">`));
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html.match(/<title>[^<]+<\/title>/g)).toHaveLength(1);
    expect(html).toContain('name="viewport" content="width=device-width, initial-scale=1"');
  });

  it.each(pages)("$name in $language loads nothing and runs nothing", ({ html }) => {
    expect(html).not.toMatch(/<script|<iframe|<object|<img|@import|url\(|\son[a-z]+=|\sstyle=|javascript:/i);
    expect(html.match(/<link[^>]*>/g)).toEqual([expect.stringMatching(/^<link rel="icon" href="data:image\/svg\+xml,[^"]*">$/)]);
  });

  it.each(pages)("$name in $language has the one style that the policy names", ({ html }) => {
    const styles = [...html.matchAll(/<style>([^]*?)<\/style>/g)].map(([, css = ""]) => css);
    expect(styles).toHaveLength(1);
    const hash = createHash("sha256").update(styles[0] ?? "").digest("base64");
    expect(pageHeaders["content-security-policy"]).toContain(`style-src 'sha256-${hash}'`);
  });

  it.each(languages.flatMap((language) => everyPage(language, `" onfocus="alert(1)' onblur='alert(2)><script>alert(3)</script>`).map(([name, html]) => ({ language, name, html }))))(
    "$name in $language escapes whatever it is given, in text and in attributes",
    ({ html }) => {
      expect(html).not.toMatch(/<script|" onfocus|' onblur/);
      for (const [, value = ""] of html.matchAll(/=("[^"]*")/g)) expect(value).not.toContain("<");
    },
  );

  it.each(everyPage("ko").map(([name, html]) => ({ name, html })))("$name is in Korean throughout", ({ html }) => {
    const english = textOf(html).match(/[A-Za-z]{3,}(?: [a-z]+){2,}/g) ?? [];
    expect(english).toEqual([]);
    expect(textOf(html)).toMatch(/[가-힣]{2}/);
  });
});

describe("the headers of a page", () => {
  it("allow no script, no frame, no foreign form, and no copy in a cache", () => {
    expect(pageHeaders).toEqual({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      ),
      "x-frame-options": "DENY",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      "x-robots-tag": "noindex, nofollow",
      vary: "accept-language",
    });
  });
});

describe("the consent page", () => {
  const html = renderConsent(consentPage);

  it("shows the app's name as unverified, where it sends you, the server and each scope in words", () => {
    const text = textOf(html);
    for (const shown of ["Claude Code", "Unverified", "localhost:51823", "Files", "http://localhost:8080/mcp", "use the tools, files and prompts", "stay connected", "30 days"]) {
      expect(text).toContain(shown);
    }
  });

  it("posts the decision with what the form carries; deny comes first", () => {
    expect(html.match(/<form [^>]*>/g)).toEqual(['<form method="post" action="/authorize/decision">']);
    expect(fieldsIn(html)).toEqual([
      ["transaction", "t1"],
      ["csrf", "c1"],
    ]);
    expect(buttonsIn(html)).toEqual([
      ["decision", "deny", "Deny"],
      ["decision", "approve", "Allow"],
    ]);
  });

  it.each([
    ["loopback", true],
    ["private-use", true],
    ["https", false],
  ] as const)("for a %s redirect warns of apps on the device: %s", (redirectKind, warns) => {
    expect(textOf(renderConsent({ ...consentPage, redirectKind })).includes("app on your own device")).toBe(warns);
  });

  it("never leaves out a scope that it has no words for", () => {
    const text = textOf(renderConsent({ ...consentPage, scopes: ["calendar.readonly", "constructor"] }));
    expect(text).toContain("calendar.readonly");
    expect(text).toContain("constructor");
  });

  it("says so when the app gives no name", () => {
    expect(textOf(renderConsent({ ...consentPage, clientName: undefined }))).toContain("No name given");
  });

  it("keeps the direction of a name to itself", () => {
    expect(renderConsent({ ...consentPage, clientName: "مرحبا" })).toContain("<bdi>مرحبا</bdi>");
  });
});

describe("the sign-in page", () => {
  it("has a labelled password field that managers recognise", () => {
    const html = renderSignIn(signInPage);
    expect(html).toMatch(/<label for="password">Password<\/label>\n<input type="password" id="password" name="password" autocomplete="current-password" required/);
    expect(bodyOf(html)).not.toContain("aria-invalid");
    expect(fieldsIn(html)).toEqual([
      ["transaction", "t1"],
      ["csrf", "c1"],
      ["username", "owner"],
      ["password", ""],
    ]);
  });

  it.each([
    [{ kind: "wrong-password" }, "That password is not right."],
    [{ kind: "empty-password" }, "Enter the password."],
    [{ kind: "locked", now: Date.UTC(2026, 0, 1, 12, 0, 30), unlocksAt: Date.UTC(2026, 0, 1, 12, 15) }, "Try again in 15 minutes (after 12:15 UTC)."],
  ] as const)("announces %j next to the field", (problem, says) => {
    const html = renderSignIn({ ...signInPage, problem });
    expect(/<div class="notice bad" role="alert" id="problem">([^]*?)<\/div>/.exec(html)?.[1]).toContain(says);
    expect(html).toContain('aria-invalid="true" aria-describedby="problem"');
  });
});

describe("the returning page", () => {
  it("goes on by itself and has the same address on a button", () => {
    const html = renderReturning(returnPage);
    const escaped = returnPage.target.replaceAll("&", "&amp;");
    expect(html).toContain(`<meta http-equiv="refresh" content="0;url=${escaped}">`);
    expect(html).toContain(`<a class="button primary" href="${escaped}" rel="noreferrer">`);
    expect(textOf(html)).toContain("localhost:51823");
  });

  it("is the only page that goes on by itself, but for those that lead to a page of ours, or to a provider", () => {
    const refreshing = everyPage("en").filter(([, html]) => html.includes("http-equiv=\"refresh\"")).map(([name]) => name);
    expect(refreshing).toEqual(["returning", "denied", "leaving", "leaving to connect", "onward"]);
  });

  it("says which way it went", () => {
    expect(textOf(renderReturning(returnPage))).toContain("You are signed in");
    expect(textOf(renderReturning({ ...returnPage, outcome: "denied" }))).toContain("The app gets no access.");
  });
});

describe("the problem page", () => {
  const problems = Object.keys(problemStatus) as PageProblem[];

  it.each(problems.flatMap((problem) => languages.map((language) => ({ problem, language }))))("for $problem in $language says what to do, with the reference", ({ problem, language }) => {
    const html = renderProblem({ language, problem, reference: "ref-42" });
    expect(html).toContain('<code translate="no">ref-42</code>');
    const paragraphs = [...bodyOf(html).matchAll(/<p(?: class="lead")?>([^<]*)<\/p>/g)].map(([, words = ""]) => words.length > 10);
    expect(paragraphs).toEqual([true, true]);
  });

  it("goes out as an error", () => {
    for (const status of Object.values(problemStatus)) expect(status).toBeGreaterThanOrEqual(400);
  });
});
