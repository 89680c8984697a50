import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test } from "vitest";
import type { DurableMessage } from "../port.ts";
import type { BusUnderTest } from "./bus.contract.ts";
import { bytes, eventually, text } from "./text.ts";

export const durableRules = ({ bus, subject, durable }: BusUnderTest): void => {
  const into = (list: string[]) => async (message: DurableMessage): Promise<void> => void list.push(text(message.payload));

  test("a durable message arrives with its id, headers, subject and first delivery", async () => {
    const got: DurableMessage[] = [];
    await bus().consume({ durable: durable(), filter: subject(">") }, async (message) => void got.push(message));
    await bus().emit(subject("a"), "id-1", bytes("hello"), { traceparent: "t" });
    await eventually(() => got.length).toBe(1);
    expect(got[0]).toMatchObject({ messageId: "id-1", subject: subject("a"), deliveries: 1 });
    expect(text(got[0]?.payload ?? bytes(""))).toBe("hello");
    expect(got[0]?.headers["traceparent"]).toBe("t");
  });

  test("a new consumer gets what was stored before it came, in order", async () => {
    const got: string[] = [];
    for (const each of ["1", "2", "3"]) await bus().emit(subject(), `id-${each}-${subject()}`, bytes(each));
    await bus().consume({ durable: durable(), filter: subject() }, into(got));
    await eventually(() => got).toEqual(["1", "2", "3"]);
  });

  test("the same message id is stored once", async () => {
    const got: string[] = [];
    await bus().emit(subject(), durable("id"), bytes("first"));
    await bus().emit(subject(), durable("id"), bytes("again"));
    await bus().emit(subject(), durable("other"), bytes("last"));
    await bus().consume({ durable: durable(), filter: subject() }, into(got));
    await eventually(() => got).toEqual(["first", "last"]);
  });

  test("members of one consumer share the work, each message going to one of them", async () => {
    const got: string[] = [];
    const members = new Set<number>();
    for (const member of [1, 2]) {
      await bus().consume({ durable: durable(), filter: subject() }, async (message) => {
        got.push(text(message.payload));
        members.add(member);
        // Busy until the other has had a message too, so that one can not do all the work.
        await eventually(() => members.size).toBe(2);
      });
    }
    const expected = Array.from({ length: 20 }, (_, index) => String(index));
    for (const each of expected) await bus().emit(subject(), durable(each), bytes(each));
    await eventually(() => got.toSorted((a, b) => Number(a) - Number(b))).toEqual(expected);
  });

  test("consumers of different names get everything each", async () => {
    const first: string[] = [];
    const second: string[] = [];
    await bus().consume({ durable: durable("a"), filter: subject() }, into(first));
    await bus().consume({ durable: durable("b"), filter: subject() }, into(second));
    await bus().emit(subject(), durable("id"), bytes("x"));
    await eventually(() => [first, second]).toEqual([["x"], ["x"]]);
  });

  test("a consumer goes on where it was when it comes back", async () => {
    const got: string[] = [];
    const options = { durable: durable(), filter: subject() };
    const before = await bus().consume(options, into(got));
    await bus().emit(subject(), durable("1"), bytes("1"));
    await eventually(() => got).toEqual(["1"]);
    await before.stop();
    await bus().emit(subject(), durable("2"), bytes("2"));
    await bus().consume(options, into(got));
    await eventually(() => got).toEqual(["1", "2"]);
  });

  test("a subscription handles one message at a time, in order", async () => {
    const seen: string[] = [];
    await bus().consume({ durable: durable(), filter: subject() }, async (message) => {
      seen.push(`begin ${text(message.payload)}`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`end ${text(message.payload)}`);
    });
    for (const each of ["1", "2", "3"]) await bus().emit(subject(), durable(each), bytes(each));
    await eventually(() => seen).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
  });

  test("a message whose handler rejects comes again, counted", async () => {
    const deliveries: number[] = [];
    await bus().consume({ durable: durable(), filter: subject() }, async (message) => {
      deliveries.push(message.deliveries);
      if (message.deliveries < 3) throw new Error("not yet");
    });
    await bus().emit(subject(), durable("id"), bytes("x"));
    await eventually(() => deliveries).toEqual([1, 2, 3]);
  });

  test("a redelivered message is whole, whatever the handler did to the bytes before", async () => {
    const got: string[] = [];
    await bus().consume({ durable: durable(), filter: subject() }, async (message) => {
      got.push(text(message.payload));
      message.payload.fill(0);
      if (message.deliveries === 1) throw new Error("again");
    });
    await bus().emit(subject(), durable("id"), bytes("whole"));
    await eventually(() => got).toEqual(["whole", "whole"]);
  });

  test("after the last delivery a message is given up, told once, and does not hold up others", async () => {
    const got: string[] = [];
    const givenUp: string[] = [];
    await bus().consume(
      {
        durable: durable(),
        filter: subject(),
        maxDeliver: 2,
        onGivenUp: (message, cause) => void givenUp.push(`${text(message.payload)} ${message.deliveries} ${String(cause)}`),
      },
      async (message) => {
        got.push(text(message.payload));
        if (text(message.payload) === "poison") throw new Error("never");
      },
    );
    await bus().emit(subject(), durable("1"), bytes("poison"));
    await eventually(() => givenUp).toEqual(["poison 2 Error: never"]);
    await bus().emit(subject(), durable("2"), bytes("food"));
    await eventually(() => got).toEqual(["poison", "poison", "food"]);
    expect(givenUp).toHaveLength(1);
  });

  test("a message that is not acknowledged in time goes to another member", async () => {
    const hung = Promise.withResolvers<void>();
    const deliveries: number[] = [];
    const handler = async (message: DurableMessage): Promise<void> => {
      deliveries.push(message.deliveries);
      if (message.deliveries === 1) await hung.promise;
    };
    const options = { durable: durable(), filter: subject(), ackWaitMs: 200 };
    await bus().consume(options, handler);
    await bus().consume(options, handler);
    await bus().emit(subject(), durable("id"), bytes("x"));
    await eventually(() => deliveries).toEqual([1, 2]);
    hung.resolve();
  });

  test("a filter with wildcards gets what it names", async () => {
    const got: string[] = [];
    await bus().consume({ durable: durable(), filter: subject("*.x") }, into(got));
    for (const each of ["a.x", "a.y", "b.x", "x", "a.x.x", "c.x"]) await bus().emit(subject(each), durable(each.replaceAll(".", "-")), bytes(each));
    await eventually(() => got).toEqual(["a.x", "b.x", "c.x"]);
  });

  test("a durable message is not heard by core subscribers, and a published one not by consumers", async () => {
    const heard: string[] = [];
    const got: string[] = [];
    bus().subscribe(subject(), (message) => void heard.push(text(message.payload)));
    await bus().consume({ durable: durable(), filter: subject() }, into(got));
    for (const each of ["1", "2"]) {
      await bus().emit(subject(), durable(each), bytes(`emitted ${each}`));
      await bus().publish(subject(), bytes(`published ${each}`));
    }
    await eventually(() => heard).toEqual(["published 1", "published 2"]);
    await eventually(() => got).toEqual(["emitted 1", "emitted 2"]);
  });

  test("a handler does not see the sender's async context", async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    await bus().consume({ durable: durable(), filter: subject() }, async () => void seen.push(context.getStore()));
    await context.run("the sender's transaction", () => bus().emit(subject(), durable("id"), bytes("x")));
    await eventually(() => seen).toEqual([undefined]);
  });

  test("a durable name can not be taken for another filter", async () => {
    await bus().consume({ durable: durable(), filter: subject("a") }, async () => undefined);
    await expect(bus().consume({ durable: durable(), filter: subject("b") }, async () => undefined)).rejects.toMatchObject({ code: "conflict" });
  });

  test("a durable message over the limit is refused", async () => {
    await expect(bus().emit(subject(), durable("id"), new Uint8Array(1_048_577))).rejects.toMatchObject({ code: "bad_request" });
  });

  test.each(["", "a b", "a.b", "a*"])("the durable name %j is refused", async (name) => {
    await expect(bus().consume({ durable: name, filter: subject() }, async () => undefined)).rejects.toMatchObject({ code: "bad_request" });
  });
};
