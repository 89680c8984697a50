import { describe, expect, it } from "vitest";
import { findChildUser } from "../../src/children/child-user.ts";
import { minimalEnvironment } from "../../src/children/environment.ts";

describe("the environment of a child", () => {
  it("holds what a command needs to start and what was named for it, and nothing of ours", () => {
    const ambient = { PATH: "/bin", HOME: "/root", PASSWORD: "changeme", AUTH_ENCRYPTION_SECRET: "k", GITHUB_TOKEN: "t", NODE_OPTIONS: "--x", LD_PRELOAD: "x.so", SHELL: "() { :; }", npm_config_x: "y" };
    expect(minimalEnvironment(ambient, { API_KEY: "named" })).toEqual({ PATH: "/bin", HOME: "/root", API_KEY: "named" });
  });

  it("names the account the child runs as", () => {
    const user = { name: "mcp", uid: 1000, gid: 1000, home: "/home/mcp" };
    expect(minimalEnvironment({ HOME: "/root", USER: "root", PATH: "/bin" }, {}, user)).toEqual({ PATH: "/bin", HOME: "/home/mcp", USER: "mcp", LOGNAME: "mcp" });
  });
});

describe("the account of children", () => {
  const passwd = "root:x:0:0:root:/root:/bin/bash\n# comment\nmcp:x:1000:1001:,,,:/home/mcp:/bin/sh\n";

  it.each(["mcp", "1000"])("is found as %s", (named) => {
    expect(findChildUser(named, passwd)).toEqual({ ok: true, value: { name: "mcp", uid: 1000, gid: 1001, home: "/home/mcp" } });
  });

  it.each(["nobody", "", "# comment", "x"])("is not found as %j", (named) => {
    expect(findChildUser(named, passwd)).toEqual({ ok: false, error: "unknown_user" });
  });
});
