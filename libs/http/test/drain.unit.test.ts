import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDrain } from "../src/index.ts";
import { runApp, type RunningApp } from "./running-app.ts";

let running: RunningApp;
let begun: PromiseWithResolvers<void>;
let release: PromiseWithResolvers<void>;
beforeEach(async () => {
  begun = Promise.withResolvers();
  release = Promise.withResolvers();
  running = await runApp((app) => {
    app.get("/slow", async () => {
      begun.resolve();
      await release.promise;
      return { done: true };
    });
    app.get("/stream", async (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200);
      reply.raw.write("begun");
      begun.resolve();
      await release.promise;
      reply.raw.end();
    });
  });
});
afterEach(async () => {
  release.resolve();
  await running.app.close();
});

test("a request under way gets its answer, and its connection ends with it", async () => {
  const drain = createDrain(running.app);
  const slow = running.get("/slow");
  await begun.promise;
  const closed = drain.close(60_000);
  await expect.poll(() => running.app.server.listening).toBe(false);
  release.resolve();
  const response = await slow;
  expect([response.status, response.headers.get("connection")]).toEqual([200, "close"]);
  expect(await closed).toBe("ended");
});

test("new connections are refused while draining", async () => {
  const drain = createDrain(running.app);
  const slow = running.get("/slow");
  await begun.promise;
  const closed = drain.close(60_000);
  await expect.poll(() => running.get("/healthz").then(() => "served", () => "refused")).toBe("refused");
  release.resolve();
  await slow;
  await closed;
});

test("a request that was on its way when draining began is answered 503", async () => {
  const drain = createDrain(running.app);
  const { port } = new URL(running.base);
  let answer = "";
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("data", (chunk) => (answer += chunk.toString()));
  const ended = new Promise((resolve) => socket.on("close", resolve));
  await new Promise((resolve) => socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n", resolve));
  await running.get("/healthz");
  const closed = drain.close(60_000);
  await expect.poll(() => running.app.server.listening).toBe(false);
  socket.write("\r\n");
  await ended;
  await closed;
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).toContain("temporarily_unavailable");
});

test("a request behind another on one connection is not served while draining", async () => {
  const drain = createDrain(running.app);
  let answer = "";
  const { port } = new URL(running.base);
  const socket = connect(Number(port), "127.0.0.1", () => socket.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"));
  socket.on("data", (chunk) => (answer += chunk.toString()));
  const ended = new Promise((resolve) => socket.on("close", resolve));
  await begun.promise;
  const closed = drain.close(60_000);
  await expect.poll(() => running.app.server.listening).toBe(false);
  socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  release.resolve();
  await ended;
  await closed;
  expect(answer).toContain('{"done":true}');
  expect(answer).not.toContain('{"status":"ok"}');
});

test("what is still under way at the deadline is cut", async () => {
  const drain = createDrain(running.app);
  const slow = running.get("/slow").then(() => "answered", () => "cut");
  await begun.promise;
  expect(await drain.close(50)).toBe("cut");
  expect(await slow).toBe("cut");
});

test("draining shows from its announcement on, and closing twice is safe", async () => {
  const drain = createDrain(running.app);
  expect(drain.isDraining()).toBe(false);
  drain.announce();
  expect(drain.isDraining()).toBe(true);
  expect((await running.get("/healthz")).status).toBe(200);
  expect(await Promise.all([drain.close(60_000), drain.close(60_000)])).toEqual(["ended", "ended"]);
});

test("a kept-alive connection that was busy when draining began does not hold up the end", async () => {
  const drain = createDrain(running.app);
  const { port } = new URL(running.base);
  const socket = connect(Number(port), "127.0.0.1");
  const closedByServer = new Promise((resolve) => socket.on("close", resolve));
  socket.resume();
  socket.write("GET /stream HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
  await begun.promise;
  // The headers are out before draining begins, so they promise to keep the connection.
  const closed = drain.close(15_000);
  await expect.poll(() => running.app.server.listening).toBe(false);
  release.resolve();
  await closedByServer;
  expect(await closed).toBe("ended");
});
