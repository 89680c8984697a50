import { createServer } from "node:net";
import { Secret } from "@mcp-auth-proxy/crypto";
import { freePort } from "@mcp-auth-proxy/testing";
import { afterEach, describe, expect, test } from "vitest";
import { databasePlace, openPostgresStore, reachDatabase } from "../../src/index.ts";
import { ledger } from "../../src/testing/ledger.ts";
import { clock, usePostgres } from "./postgres-bench.ts";

const bench = usePostgres();
const password = "p@ss:word/canary";

const elsewhere = (change: (url: URL) => void): Secret<string> => {
  const url = new URL(bench().url);
  change(url);
  return Secret.of(url.href);
};

/** A role of this test, and the URL with it. */
const asRole = async (rights: string, database: string): Promise<Secret<string>> => {
  await bench().server.execute(`drop role if exists gateway`);
  await bench().server.execute(`create role gateway login password '${password}' ${rights}`);
  return elsewhere((url) => {
    url.username = "gateway";
    url.password = encodeURIComponent(password);
    url.pathname = `/${database}`;
  });
};
afterEach(async () => {
  for (const { datname } of await bench().server.execute("select datname from pg_database where datname like 'made%'")) {
    await bench().server.execute(`drop database ${String(datname)} with (force)`);
  }
});

const waited: string[] = [];
const reach = (url: Secret<string>, limitMs = 0) => reachDatabase({ url, limitMs, onWaiting: (why) => void waited.push(why) });
const failure = async (url: Secret<string>, limitMs = 0): Promise<Error> => {
  const error: unknown = await reach(url, limitMs).catch((cause: unknown) => cause);
  if (!(error instanceof Error)) throw new Error("it was reached");
  return error;
};

describe("a database that is missing", () => {
  test("is made where the role may", async () => {
    const url = await asRole("createdb", "made_by_us");
    await reach(url);
    const store = await openPostgresStore({ definition: ledger, url, schema: "ledger", clock });
    expect(await store.head()).toEqual({ logEpoch: 1, position: 0 });
    await store.close();
  });

  test("is asked for, in words to paste, where the role may not", async () => {
    const url = await asRole("", 'made "by" others');
    const error = await failure(url);
    expect(error).toMatchObject({ code: "refused" });
    expect(error.message).toContain('CREATE DATABASE "made ""by"" others" OWNER "gateway";');
  });

  test("is made once when two start", async () => {
    const url = await asRole("createdb", "made_twice");
    await Promise.all([reach(url), reach(url), reach(url)]);
  });
});

describe("a server that can not be reached", () => {
  test("is tried again until its time is over, saying so each time", async () => {
    const port = await freePort();
    waited.length = 0;
    const error = await failure(elsewhere((url) => (url.port = String(port))), 1_500);
    expect(error).toMatchObject({ code: "unavailable" });
    expect(error.message).toContain(`127.0.0.1:${port}`);
    expect(error.message).toContain("ECONNREFUSED");
    expect(waited.length).toBeGreaterThan(1);
  });

  test("is reached when it comes up meanwhile", async () => {
    const port = await freePort();
    const target = new URL(bench().url);
    const { connect } = await import("node:net");
    const forwarder = createServer((socket) => {
      const upstream = connect(Number(target.port), target.hostname);
      for (const each of [socket, upstream]) each.on("error", () => undefined);
      socket.pipe(upstream).pipe(socket);
    });
    const reaching = reachDatabase({
      url: elsewhere((url) => (url.port = String(port))),
      limitMs: 30_000,
      onWaiting: () => void (forwarder.listening || forwarder.listen(port, "127.0.0.1")),
    });
    await reaching;
    forwarder.close();
    expect(forwarder.listening).toBe(false);
  });
});

describe("what is no use to try again is refused at once", () => {
  test("a wrong password", async () => {
    expect(await failure(elsewhere((url) => (url.password = "wrong-canary")), 60_000)).toMatchObject({ code: "refused" });
  });

  test("TLS that the server does not speak", async () => {
    const error = await failure(elsewhere((url) => (url.search = "?sslmode=verify-full")), 60_000);
    expect(error).toMatchObject({ code: "refused" });
    expect(error.message).toContain("SSL");
  });

  test("a certificate file that is not there", async () => {
    expect(await failure(elsewhere((url) => (url.search = "?sslmode=verify-full&sslrootcert=/nowhere/ca.pem")), 60_000)).toMatchObject({ code: "refused" });
  });
});

const everything = (error: unknown): string => (error instanceof Error ? `${error.message} ${error.stack} ${JSON.stringify(error)} ${everything(error.cause)}` : String(error));

test("no error says the password", async () => {
  const urls = [
    elsewhere((url) => (url.password = "wrong-canary")),
    await asRole("", "made_never"),
    elsewhere((url) => Object.assign(url, { port: "1", password: "wrong-canary" })),
    elsewhere((url) => Object.assign(url, { search: "?sslmode=verify-full", password: "wrong-canary" })),
  ];
  for (const url of urls) {
    const said = everything(await failure(url));
    expect(said).not.toContain("canary");
    const opening: unknown = await openPostgresStore({ definition: ledger, url, schema: "s", clock }).catch((cause: unknown) => cause);
    expect(everything(opening)).not.toContain("canary");
  }
});

test.each([
  ["postgresql://user:secret@db.example:6543/gateway?sslmode=require", "db.example:6543/gateway"],
  ["postgres://db.example/gateway", "db.example:5432/gateway"],
  ["postgresql:///gateway?host=/run/postgresql", "the local socket:5432/gateway"],
])("of %s a sentence names only the place", (url, place) => {
  expect(databasePlace(Secret.of(url))).toBe(place);
});
