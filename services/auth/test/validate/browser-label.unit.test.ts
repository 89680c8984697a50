import { expect, it } from "vitest";
import { browserLabel } from "../../src/validate/browser-label.ts";

it.each([
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge, Windows", "Edge also says Chrome and Safari"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", "Safari, macOS", "the plain one"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome, iOS", "iOS also says Mac OS X"],
  ["Mozilla/5.0 (Linux; Android 15; SM-S928N) AppleWebKit/537.36 SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36", "Samsung Internet, Android", "Android also says Linux"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox, Linux", "Firefox"],
  ["curl/8.5.0", "", "no browser"],
  ["<script>alert(1)</script>", "", "hostile text says nothing"],
  [`${"x".repeat(600)} Firefox/1`, "", "only the beginning is looked at"],
  [undefined, "", "no header"],
])("%s is shown as '%s': %s", (header: string | undefined, shown: string, _why: string) => {
  expect(browserLabel(header)).toBe(shown);
});
