import { describe, expect, it } from "vitest";
import { stylesheet } from "../../src/views/stylesheet.ts";

/** The colours of both schemes, dark ones over light ones. */
const [light = "", dark = ""] = stylesheet.split("@media (prefers-color-scheme: dark)");
const coloursIn = (css: string): Record<string, string> => Object.fromEntries([...css.matchAll(/(--[a-z-]+): (#[0-9a-f]{6})/g)].map(([, name = "", value = ""]) => [name, value]));
const schemes = { light: coloursIn(light), dark: { ...coloursIn(light), ...coloursIn(dark) } };

/** WCAG 2.2, relative luminance and contrast ratio. */
const luminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (a: string, b: string): number => {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((left, right) => right - left);
  return (high + 0.05) / (low + 0.05);
};

describe.each(["light", "dark"] as const)("in %s colours", (scheme) => {
  it.each<[ink: string, ground: string, least: number, why: string]>([
    ["--ink", "--paper", 4.5, "text"],
    ["--ink", "--card", 4.5, "text"],
    ["--ink", "--sunken", 4.5, "facts"],
    ["--soft", "--paper", 4.5, "the brand"],
    ["--soft", "--card", 4.5, "the lead"],
    ["--soft", "--sunken", 4.5, "labels of facts"],
    ["--on-accent", "--accent", 4.5, "the button"],
    ["--on-accent", "--accent-strong", 4.5, "the button under the pointer"],
    ["--warn-ink", "--warn", 4.5, "the warning"],
    ["--bad-ink", "--bad", 4.5, "the error"],
    ["--field", "--card", 3, "the edge of a field"],
    ["--ring", "--card", 3, "the focus ring"],
    ["--bad-ink", "--card", 3, "the edge of a wrong field"],
  ])("%s on %s has a contrast of at least %s: %s", (ink, ground, least) => {
    const colours = schemes[scheme];
    expect(contrast(colours[ink] ?? "", colours[ground] ?? "")).toBeGreaterThanOrEqual(least);
  });
});

describe("the stylesheet", () => {
  it("shows the keyboard's focus", () => {
    expect(stylesheet).toContain(":focus-visible { outline: 3px solid var(--ring)");
  });

  it("can not end its own element", () => {
    expect(stylesheet).not.toContain("<");
  });
});
