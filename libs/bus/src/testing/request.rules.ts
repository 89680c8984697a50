import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { AppError } from "@mcp-auth-proxy/contracts";
import type { BusUnderTest } from "./bus.contract.ts";
import { bytes, eventually, text } from "./text.ts";

export const requestRules = ({ bus, subject }: BusUnderTest): void => {
  test("a request gets the responder's bytes and headers", async () => {
    bus().respond(subject(), "q", async (message) => ({
      payload: bytes(`${text(message.payload)}, ${message.headers["traceparent"]}, ${message.subject === subject()}`),
      headers: { outcome: "ok" },
    }));
    const reply = await bus().request(subject(), bytes("héllo 한국어"), { headers: { traceparent: "00-ab-cd-01" } });
    expect(text(reply.payload)).toBe("héllo 한국어, 00-ab-cd-01, true");
    expect(reply.headers["outcome"]).toBe("ok");
  });

  test("an empty payload is a payload", async () => {
    bus().respond(subject(), "q", async (message) => ({ payload: message.payload }));
    expect((await bus().request(subject(), bytes(""))).payload).toHaveLength(0);
  });

  test("bytes are copied both ways: changing one's own changes nothing elsewhere", async () => {
    const kept = bytes("answer");
    const seen: string[] = [];
    bus().respond(subject(), "q", async (message) => {
      seen.push(text(message.payload));
      message.payload.fill(0);
      return { payload: kept };
    });
    const question = bytes("question");
    const asked = bus().request(subject(), question);
    question.fill(0);
    const reply = await asked;
    reply.payload.fill(0);
    expect(seen).toEqual(["question"]);
    expect(text(kept)).toBe("answer");
  });

  test("a request that nobody serves fails at once with no_responders", async () => {
    // The limit is longer than the test may take: waiting for it would fail the test.
    await expect(bus().request(subject(), bytes(""), { timeoutMs: 600_000 })).rejects.toMatchObject({ code: "no_responders" });
  });

  test("a request without an answer fails with timeout", async () => {
    const release = Promise.withResolvers<void>();
    bus().respond(subject(), "q", async () => release.promise.then(() => ({ payload: bytes("late") })));
    await expect(bus().request(subject(), bytes(""), { timeoutMs: 50 })).rejects.toMatchObject({ code: "timeout" });
    release.resolve();
  });

  test("an answer after the timeout disturbs nobody", async () => {
    const release = Promise.withResolvers<void>();
    let asked = 0;
    bus().respond(subject(), "q", async () => {
      asked += 1;
      if (asked === 1) await release.promise;
      return { payload: bytes(`answer ${asked}`) };
    });
    await expect(bus().request(subject(), bytes(""), { timeoutMs: 50 })).rejects.toBeInstanceOf(AppError);
    release.resolve();
    expect(text((await bus().request(subject(), bytes(""))).payload)).toBe("answer 2");
  });

  test("an aborted request rejects with the signal's reason", async () => {
    const release = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    bus().respond(subject(), "q", async () => {
      arrived.resolve();
      await release.promise;
      return { payload: bytes("") };
    });
    const controller = new AbortController();
    const asked = bus().request(subject(), bytes(""), { signal: controller.signal });
    const outcome = expect(asked).rejects.toThrow("the client left");
    await arrived.promise;
    controller.abort(new Error("the client left"));
    await outcome;
    release.resolve();
  });

  test("a request whose signal is aborted already is not sent", async () => {
    let asked = 0;
    bus().respond(subject(), "q", async () => ({ payload: bytes(String((asked += 1))) }));
    await expect(bus().request(subject(), bytes(""), { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
    expect(text((await bus().request(subject(), bytes(""))).payload)).toBe("1");
  });

  test("a handler that throws answers internal, and nothing of what it threw comes over", async () => {
    bus().respond(subject(), "q", () => Promise.reject(Object.assign(new Error("S3cr3t"), { secret: "S3cr3t" })));
    const failure = await bus().request(subject(), bytes(""), { timeoutMs: 600_000 }).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: "internal" });
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain("S3cr3t");
  });

  test("a handler that throws serves the next request", async () => {
    let asked = 0;
    bus().respond(subject(), "q", async () => {
      asked += 1;
      if (asked === 1) throw new Error("once");
      return { payload: bytes("well") };
    });
    await expect(bus().request(subject(), bytes(""))).rejects.toBeInstanceOf(AppError);
    expect(text((await bus().request(subject(), bytes(""))).payload)).toBe("well");
  });

  test("an answer over the limit fails the request with internal", async () => {
    bus().respond(subject(), "q", async () => ({ payload: new Uint8Array(1_048_577) }));
    await expect(bus().request(subject(), bytes(""), { timeoutMs: 600_000 })).rejects.toMatchObject({ code: "internal" });
  });

  test("of a queue group one member gets each request, and all members get some", async () => {
    const served = [0, 0, 0];
    for (const member of served.keys()) {
      bus().respond(subject(), "q", async () => {
        served[member] = (served[member] ?? 0) + 1;
        return { payload: bytes("") };
      });
    }
    await Promise.all(Array.from({ length: 90 }, () => bus().request(subject(), bytes(""))));
    expect(served.reduce((sum, count) => sum + count, 0)).toBe(90);
    expect(Math.min(...served)).toBeGreaterThan(0);
  });

  test("a responder on a wildcard sees the subject that was asked", async () => {
    bus().respond(subject("*"), "q", async (message) => ({ payload: bytes(message.subject) }));
    expect(text((await bus().request(subject("x"), bytes(""))).payload)).toBe(subject("x"));
  });

  test("a handler does not see the asker's async context", async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    bus().respond(subject(), "q", async () => {
      seen.push(context.getStore());
      return { payload: bytes("") };
    });
    await context.run("the asker's transaction", () => bus().request(subject(), bytes("")));
    expect(seen).toEqual([undefined]);
  });

  test("requests under way at the same time do not mix up their answers", async () => {
    bus().respond(subject(), "q", async (message) => ({ payload: message.payload }));
    const asked = await Promise.all(Array.from({ length: 50 }, (_, index) => bus().request(subject(), bytes(String(index)))));
    expect(asked.map((reply) => text(reply.payload))).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
  });

  test("a plain publish on a served subject runs the handler and answers nobody", async () => {
    let served = 0;
    bus().respond(subject(), "q", async () => {
      served += 1;
      return { payload: bytes("") };
    });
    await bus().publish(subject(), bytes(""));
    await eventually(() => served).toBe(1);
  });
};
