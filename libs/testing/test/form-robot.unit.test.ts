import { describe, expect, it } from "vitest";
import { CookieJar, formsIn, onwardLink } from "../src/index.ts";

const page = "https://gate.example/consent?x=1";

describe("forms of a page", () => {
  it("reads action, fields and buttons as a browser does", () => {
    const html = `<form method="post" action="/go?a=1&amp;b=2"><input type=hidden name="csrf" value="a&quot;b">
      <input type="checkbox" name="off" value="1"><input type="password" name="password">
      <button name="decision" value="deny">Deny</button><button type="button">x</button><input type="submit" name="s" value="Allow"></form>`;
    expect(formsIn(html, page)).toEqual([
      {
        action: "https://gate.example/go?a=1&b=2",
        method: "POST",
        fields: [
          { name: "csrf", type: "hidden", value: 'a"b' },
          { name: "password", type: "password", value: "" },
        ],
        buttons: [
          { name: "decision", value: "deny", label: "Deny" },
          { name: "s", value: "Allow", label: "Allow" },
        ],
      },
    ]);
  });

  it("sends a form without an action back to its own page", () => {
    expect(formsIn("<form><button>Go</button></form>", page)[0]).toMatchObject({ action: page, method: "GET" });
  });

  it("follows a meta refresh before a link", () => {
    const html = `<meta http-equiv="refresh" content="0; url=http://127.0.0.1:9/callback?code=1&amp;state=2"><a href="/other">x</a>`;
    expect(onwardLink(html, page)).toBe("http://127.0.0.1:9/callback?code=1&state=2");
    expect(onwardLink(`<a class=b href="/other">x</a>`, page)).toBe("https://gate.example/other");
    expect(onwardLink("<p>nothing</p>", page)).toBeUndefined();
  });
});

describe("the cookie jar", () => {
  const set = (...lines: string[]): Headers => new Headers(lines.map((line): [string, string] => ["set-cookie", line]));

  it("keeps a cookie to its path and drops it when it expires", () => {
    const jar = new CookieJar();
    jar.store(set("a=1; Path=/auth; HttpOnly", "b=x=y; Path=/"));
    expect(jar.header("http://h/auth/x")).toBe("a=1; b=x=y");
    expect(jar.header("http://h/authority")).toBe("b=x=y");
    jar.store(set("b=; Max-Age=0", "a=; Path=/auth; Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
    expect(jar.header("http://h/auth")).toBeUndefined();
  });
});
