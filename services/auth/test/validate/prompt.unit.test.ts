import { expect, it } from "vitest";
import { parsePrompt } from "../../src/validate/prompt.ts";
import { mayBeSilent } from "../../src/validate/silent-consent.ts";

const nothing = { none: false, login: false, consent: false };

it.each([
  [undefined, nothing, "not said"],
  ["", nothing, "empty"],
  ["consent", { ...nothing, consent: true }, "consent"],
  ["login consent", { none: false, login: true, consent: true }, "both"],
  ["select_account", { ...nothing, login: true }, "there is one account: choosing it is signing in"],
  ["none", { ...nothing, none: true }, "none"],
  ["create", nothing, "a value that is not ours is passed over"],
  ["Consent", nothing, "values are case sensitive"],
])("prompt=%s means %j: %s", (raw, meaning, _why) => {
  expect(parsePrompt(raw)).toEqual({ ok: true, value: meaning });
});

it.each(["none login", "consent none"])("refuses prompt=%s, which contradicts itself", (raw) => {
  expect(parsePrompt(raw)).toEqual({ ok: false, error: "invalid_request" });
});

const own = { site: "same-origin", mode: "navigate", dest: "document" };
it.each([
  [own, "https", true, "a page of ours led here"],
  [{ ...own, site: "none" }, "https", false, "a site that was opened by hand may have sent it on (A03)"],
  [{ ...own, site: "cross-site" }, "https", false, "another site led here (A03)"],
  [{ ...own, site: "same-site" }, "https", false, "a neighbour led here"],
  [{ ...own, site: undefined }, "https", false, "nobody says who led here (A03)"],
  [{ ...own, mode: "no-cors" }, "https", false, "not a navigation"],
  [{ ...own, dest: "iframe" }, "https", false, "inside of another page"],
  [own, "loopback", false, "any program may listen there (A09)"],
  [own, "private-use", false, "any program may claim the scheme"],
] as const)("a navigation %j back to %s may be silent: %s (%s)", (navigation, kind, silent, _why) => {
  expect(mayBeSilent(navigation, kind)).toBe(silent);
});
