import { describe, expect, it } from "vitest";
import { chooseLanguage } from "../../src/views/language.ts";

describe("the language of a page", () => {
  it.each<[header: string | undefined, language: string, why: string]>([
    [undefined, "en", "nothing said"],
    ["", "en", "nothing said"],
    ["ko", "ko", "plain"],
    ["ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko", "a Korean Chromium"],
    ["en-US,en;q=0.9,ko;q=0.8", "en", "a bilingual reader"],
    ["en;q=0.5, ko;q=0.51", "ko", "weights decide, not places"],
    ["de, ko;q=0.1", "ko", "the only one of ours"],
    ["ja,zh-TW;q=0.9", "en", "none of ours"],
    ["KO-kr", "ko", "ranges have no case"],
    ["ko;q=0", "en", "zero means: not this one"],
    ["*", "en", "anything"],
    ["en;q=0, *", "ko", "anything but English"],
    ["*;q=0.5, ko;q=0.4", "en", "the star covers English"],
    ["*;q=0.5, ko;q=0.5", "ko", "equal: the one that is named"],
    ["ko;q=0, en;q=0", "en", "none: English anyway"],
    ["ko;q=2", "en", "not a weight"],
    ["ko;q=0.1234", "en", "not a weight: three decimals at most"],
    ["kok, kos", "en", "other languages that begin alike"],
    ["ko ; q=0.9 , en ; q=0.1", "ko", "spaces"],
    ["ko;q=1.000", "ko", "one, in full"],
    [";;;,,,q=1,<script>", "en", "rubbish"],
    [`${"xx,".repeat(400)}ko`, "en", "beyond what is read"],
  ])("for %j is %s: %s", (header, language) => {
    expect(chooseLanguage(header)).toBe(language);
  });
});
