import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { launchChromium } from "@mcp-auth-proxy/testing/chromium";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everyPage } from "./samples.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

const looks = [
  { language: "en", colorScheme: "light", width: 1100 },
  { language: "en", colorScheme: "dark", width: 320 },
  { language: "ko", colorScheme: "light", width: 320 },
  { language: "ko", colorScheme: "dark", width: 1100 },
] as const;
const long = "A very long name that somebody made up for an app, with.a.host.in.it.example";

describe("every page, in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it.each(looks)("has no serious issue for axe-core and fits its window: $language, $colorScheme, $width pixels", async ({ language, colorScheme, width }) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
    try {
      const page = await context.newPage();
      for (const [name, html] of everyPage(language, long)) {
        // Without its refresh: the page would be gone before it was looked at.
        await page.setContent(html.replace(/<meta http-equiv="refresh"[^>]*>/, ""));
        await page.evaluate(axe);
        const { violations, passes } = await page.evaluate<{ violations: readonly Finding[]; passes: readonly unknown[] }>("axe.run()");
        expect(passes.length, name).toBeGreaterThan(10);
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id} ${nodes.flatMap(({ target }) => target).join(" ")}`);
        expect(serious, name).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"), name).toBe(0);
      }
    } finally {
      await context.close();
    }
  });

  it("can be used by keyboard alone: everything that can be pressed is reached, and shows that it is", async () => {
    const page = await browser.newPage();
    try {
      for (const [name, html] of everyPage("en")) {
        await page.setContent(html.replace(/<meta http-equiv="refresh"[^>]*>/, "").replaceAll(" autofocus", ""));
        const total = await page.locator("button, a[href], input:not([type=hidden]):not([hidden])").count();
        const reached: string[] = [];
        for (let press = 0; press < total; press += 1) {
          await page.keyboard.press("Tab");
          reached.push(await page.evaluate<string>("`${document.activeElement.tagName} ${getComputedStyle(document.activeElement).outlineStyle}`"));
        }
        expect(reached.filter((each) => /^(?:BUTTON|A|INPUT) solid$/.test(each)), name).toHaveLength(total);
      }
    } finally {
      await page.close();
    }
  });
});
