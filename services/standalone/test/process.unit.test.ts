import { expect, it } from "vitest";
import { callersFolder } from "../src/caller.ts";
import { callersPath, childEnvironment } from "../src/child-environment.ts";
import { createCloseStack } from "../src/close-stack.ts";
import { childUser } from "../src/child-user.ts";
import { createStopWatch } from "../src/signals.ts";

it("takes npm's word for the caller's folder only when npm started it in its own", () => {
  expect(callersFolder({ INIT_CWD: "/home/me" }, "/repo", "/repo")).toBe("/home/me");
  expect(callersFolder({ INIT_CWD: "/home/me" }, "/home/me/app", "/repo")).toBe("/home/me/app");
  expect(callersFolder({}, "/repo", "/repo")).toBe("/repo");
});

it("gives the server the caller's search path, without what npm put in front", () => {
  const path = "/srv/repo/node_modules/.bin:/srv/node_modules/.bin:/node_modules/.bin:/usr/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin:/home/me/app/node_modules/.bin::/usr/bin";

  expect(callersPath(path, "/srv/repo")).toBe("/home/me/app/node_modules/.bin:/usr/bin");
});

it("gives the server what a command needs, and none of our settings or anybody's credentials", () => {
  const environment = childEnvironment(
    {
      PATH: "/usr/bin", HOME: "/home/me", LANG: "C", LC_TIME: "C", TZ: "UTC", NODE_EXTRA_CA_CERTS: "/ca.pem", SSL_CERT_DIR: "/certs",
      PASSWORD: "s3cret", AUTH_ENCRYPTION_SECRET: "s3cret", DATA_PATH: "/data", GITHUB_TOKEN: "s3cret", AWS_SECRET_ACCESS_KEY: "s3cret", NODE_OPTIONS: "--require /x",
      INIT_CWD: "/x", npm_config_userconfig: "/x", LC_EVIL: "() { :; }", LD_PRELOAD: "/x",
    },
    "/repo",
    undefined,
  );

  expect(environment).toEqual({ PATH: "/usr/bin", HOME: "/home/me", LANG: "C", LC_TIME: "C", TZ: "UTC", NODE_EXTRA_CA_CERTS: "/ca.pem", SSL_CERT_DIR: "/certs" });
});

it("lets only root name another user, one that exists and is not root", () => {
  expect(childUser(undefined, 1)).toBeUndefined();
  expect(() => childUser("nobody", 1000)).toThrow(/only root/);
  expect(() => childUser("nobody-like-this", 0)).toThrow(/user of this machine/);
  expect(() => childUser("root", 0)).toThrow(/root itself/);
  expect(childUser("nobody", 0)).toMatchObject({ name: "nobody" });
});

const watch = () => {
  let now = 1_000;
  const ended: number[] = [];
  return { ...createStopWatch({ now: () => now }, (code) => ended.push(code)), ended, pass: (ms: number) => (now += ms) };
};

it("asks for an orderly end at the first signal", async () => {
  const { stopped, receive, ended } = watch();

  receive("SIGTERM");

  await expect(stopped).resolves.toBe("SIGTERM");
  expect(ended).toEqual([]);
});

it("takes the second arrival of one Ctrl-C for the same press", () => {
  const { receive, ended, pass } = watch();

  receive("SIGINT");
  pass(499);
  receive("SIGINT");

  expect(ended).toEqual([]);
});

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("ends at once at a second %s", (signal, code) => {
  const { receive, ended, pass } = watch();

  receive("SIGINT");
  pass(500);
  receive(signal);

  expect(ended).toEqual([code]);
});

it("closes in reverse, all of it, whatever one says, and once", async () => {
  const closed: string[] = [];
  const stack = createCloseStack();
  stack.add(() => void closed.push("first"));
  stack.add(() => {
    throw new Error("stuck");
  });
  stack.add(async () => void closed.push("last"));

  await expect(stack.close()).rejects.toThrow("stuck");
  await stack.close();

  expect(closed).toEqual(["last", "first"]);
});
